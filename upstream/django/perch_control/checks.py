"""`manage.py check` says what is wrong with this app's settings, before a person meets it."""

from __future__ import annotations

from os.path import isfile
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.utils.module_loading import import_string

from .options import option, relay_problem

NUMBERS = (
    "PERCH_COMMANDS_PER_SECOND",
    "PERCH_COMMANDS_AT_ONCE",
    "PERCH_PANELS_PER_USER",
    "PERCH_RECHECK_SECONDS",
)


@register("perch_control")
def check_settings(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Looks at every setting of this app."""
    found: list[CheckMessage] = []
    problem = relay_problem(str(option("PERCH_RELAY_URL")))
    if problem:
        found.append(Error(problem, id="perch_control.E001"))
    if not option("PERCH_RELAY_TOKEN"):
        found.append(
            Warning(
                "PERCH_RELAY_TOKEN is not set, so the relay will turn this site away.",
                hint="Make a token on the relay and read it from the environment or a secret store.",
                id="perch_control.W001",
            )
        )
    authority = option("PERCH_RELAY_CA")
    if authority and not isfile(authority):
        found.append(Error(f"PERCH_RELAY_CA names {authority}, but there is no such file.", id="perch_control.E002"))
    hook = option("PERCH_MAY")
    if hook:
        try:
            usable = callable(import_string(hook))
        except ImportError:
            usable = False
        if not usable:
            found.append(
                Error(f"PERCH_MAY is {hook!r}, which is no function that can be imported.", id="perch_control.E003")
            )
    for name in NUMBERS:
        value = option(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
            found.append(Error(f"{name} is {value!r}, but must be a number above 0.", id="perch_control.E004"))
    return found
