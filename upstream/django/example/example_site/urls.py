"""A page with a camera for each device, and Django's own login."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


def camera(request: HttpRequest, device: str = "garden") -> HttpResponse:
    """The page of one device."""
    return render(request, "camera.html", {"device": device, "camera": request.GET.get("camera", "")})


urlpatterns = [
    path("", camera),
    path("cameras/<slug:device>", camera),
    path("login", LoginView.as_view(template_name="login.html"), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
]
