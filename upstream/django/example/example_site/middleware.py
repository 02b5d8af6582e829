"""A strict content policy: nothing inline, nothing from elsewhere. The panel works under it."""

from __future__ import annotations

from typing import Callable

from django.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


View = Callable[[HttpRequest], HttpResponse]


def content_security_policy(get_response: View) -> View:
    """Adds the header to every answer."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Content-Security-Policy"] = POLICY
        return response

    return answer
