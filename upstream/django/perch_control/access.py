"""Who is looking, and what that user may do. The site's own login and permissions decide."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

from channels.auth import get_user
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.utils.module_loading import import_string

from .options import option


class Access(NamedTuple):
    """What a user may do with one device. `name` is empty for nobody."""

    name: str
    key: Any
    view: bool
    change: bool


NOBODY = Access("", None, False, False)


def may(user: Any, device: str, action: str) -> bool:
    """
    Whether `user` may `view` or `change` the cameras of `device`.

    The permissions `perch_control.view_camera` and `perch_control.change_camera`, or the site's own
    function in PERCH_MAY. Who may change may look.
    """
    hook = option("PERCH_MAY")
    if hook:
        return bool(import_string(hook)(user, device, action))
    if action == "view" and user.has_perm("perch_control.view_camera"):
        return True
    return bool(user.has_perm("perch_control.change_camera"))


def access_of(user: Any, device: str) -> Access:
    """What this user may do now. Asks the database."""
    if user is None or not user.is_authenticated or not user.is_active:
        return NOBODY
    change = may(user, device, "change")
    return Access(user.get_username(), user.pk, change or may(user, device, "view"), change)


async def access_now(scope: Mapping[str, Any], device: str) -> Access:
    """The same for a connection, read anew: a logout, a new password or a lost permission shows."""
    return await database_sync_to_async(access_of)(await current_user(scope), device)


async def current_user(scope: Mapping[str, Any]) -> Any:
    """The user of a connection as the database knows it now; AnonymousUser when the login is over."""
    user = scope.get("user")
    if user is None or not user.is_authenticated:
        return AnonymousUser()
    key: str | None = getattr(scope.get("session"), "session_key", None)
    if key is None:
        # The site signs in by something else than a session: a token, a header.
        return await database_sync_to_async(reload_user)(user.pk)
    store = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return await get_user({"session": store})


def reload_user(key: Any) -> Any:
    """The user with this primary key, or AnonymousUser when it was deleted."""
    return get_user_model()._default_manager.filter(pk=key).first() or AnonymousUser()
