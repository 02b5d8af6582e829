"""The template tag and the checks of a site's settings."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, Permission, User
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory, TestCase, override_settings
from perch_control.checks import check_settings

PAGE = Template('{% load perch_control %}{% perch_camera device camera="front" theme="light" %}')


class TagTest(TestCase):
    """What stands in the page for whom."""

    def page(self, user: object, device: str = "garden") -> str:
        request = RequestFactory().get("/")
        request.user = user  # type: ignore[assignment]
        return PAGE.render(Context({"request": request, "device": device}))

    def user(self, *permissions: str) -> User:
        user = User.objects.create_user("u")
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        return user

    def test_an_operator_gets_a_panel_without_anything_inline(self) -> None:
        html = self.page(self.user("change_camera"))
        self.assertIn('data-socket="/perch/control/garden"', html)
        self.assertIn('data-camera="front"', html)
        self.assertIn('data-theme="light"', html)
        self.assertIn('data-may-change="yes"', html)
        self.assertIn('<script type="module" src="/static/perch_control/panel.js"></script>', html)
        self.assertNotIn("style=", html.replace("data-style=", ""))

    def test_a_viewer_gets_one_that_changes_nothing(self) -> None:
        self.assertIn('data-may-change="no"', self.page(self.user("view_camera")))

    def test_everybody_else_gets_a_sentence(self) -> None:
        self.assertIn("You may not look at the camera “garden”", self.page(self.user()))
        self.assertIn("Log in to see the camera “garden”", self.page(AnonymousUser()))
        self.assertNotIn("script", self.page(AnonymousUser()))

    def test_names_are_escaped(self) -> None:
        html = self.page(self.user("view_camera"), device='"><script>alert(1)</script>')
        self.assertNotIn("<script>", html)

    def test_without_the_request_it_says_what_to_add(self) -> None:
        with self.assertRaisesRegex(TemplateSyntaxError, "context_processors.request"):
            PAGE.render(Context({"device": "garden"}))


class ChecksTest(TestCase):
    """`manage.py check`."""

    def ids(self, **settings: object) -> list:
        good = {"PERCH_RELAY_URL": "wss://cameras.example:8001", "PERCH_RELAY_TOKEN": "t"}
        with override_settings(**{**good, **settings}):
            return [message.id for message in check_settings()]

    def test_good_settings(self) -> None:
        self.assertEqual(self.ids(), [])
        self.assertEqual(self.ids(PERCH_MAY="tests.test_consumer.only_the_garden"), [])

    def test_each_mistake_is_named(self) -> None:
        for address in ("", "cameras.example:8001", "http://a", "ws://", "ws://a:99999", "ws://u:p@a", "ws://a/?x=1"):
            self.assertEqual(self.ids(PERCH_RELAY_URL=address), ["perch_control.E001"], address)
        self.assertEqual(self.ids(PERCH_RELAY_TOKEN=""), ["perch_control.W001"])
        self.assertEqual(self.ids(PERCH_RELAY_CA="/no/such/file"), ["perch_control.E002"])
        self.assertEqual(self.ids(PERCH_MAY="tests.nowhere"), ["perch_control.E003"])
        self.assertEqual(self.ids(PERCH_COMMANDS_PER_SECOND="many"), ["perch_control.E004"])
