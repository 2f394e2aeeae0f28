"""The addresses of sign-in."""

from django.urls import include, path

from .views import (
    ChangePasswordView,
    LiveTokenView,
    LoginView,
    LogoutView,
    MeView,
    RefreshTokenView,
    RegisterView,
)

urlpatterns = [
    path("", include("loyalty_site.accounts.roster.urls")),
    path("api/auth/register", RegisterView.as_view(), name="auth-register"),
    path("api/auth/login", LoginView.as_view(), name="auth-login"),
    path("api/auth/refresh-token", RefreshTokenView.as_view(), name="auth-refresh-token"),
    path("api/auth/logout", LogoutView.as_view(), name="auth-logout"),
    path("api/auth/change-password", ChangePasswordView.as_view(), name="auth-change-password"),
    path("api/auth/live-token", LiveTokenView.as_view(), name="auth-live-token"),
    path("api/auth/me", MeView.as_view(), name="auth-me"),
]
