"""Routes below /api/auth/."""

from __future__ import annotations

from django.urls import path

from accounts.api.views import LoginView, LogoutView, MeView, OrganisationView

urlpatterns = [
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("organisation/", OrganisationView.as_view(), name="organisation"),
    path("me/", MeView.as_view(), name="me"),
]
