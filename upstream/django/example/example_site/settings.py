"""The least a site needs around perch_control: sessions, logins, templates, static files."""

from __future__ import annotations

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

# Known to everybody who has this file: an example, for this machine only.
SECRET_KEY = os.environ.get("EXAMPLE_SECRET_KEY", "only for the example on this machine")
DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "perch_control",
]
MIDDLEWARE = [
    "example_site.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "example_site.urls"
ASGI_APPLICATION = "example_site.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "example_site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("EXAMPLE_DATABASE", str(BASE_DIR / "example.sqlite3")),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

STATIC_URL = "/static/"

PERCH_RELAY_URL = os.environ.get("PERCH_RELAY_URL", "ws://127.0.0.1:8001")
PERCH_RELAY_TOKEN = os.environ.get("PERCH_RELAY_TOKEN", "")
PERCH_RELAY_CA = os.environ.get("PERCH_RELAY_CA", "")
PERCH_RECHECK_SECONDS = float(os.environ.get("PERCH_RECHECK_SECONDS", "10"))
PERCH_COMMANDS_PER_SECOND = float(os.environ.get("PERCH_COMMANDS_PER_SECOND", "60"))
PERCH_COMMANDS_AT_ONCE = 2 * PERCH_COMMANDS_PER_SECOND

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"perch_control": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}
