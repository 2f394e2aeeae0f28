"""The addresses of the member site."""

from django.urls import path
from django.views.i18n import set_language

from .views import dashboard, home, levels, sessions, transactions

app_name = "site"

urlpatterns = [
    path("", home.HomePage.as_view(), name="home"),
    path("login", sessions.SignInPage.as_view(), name="sign-in"),
    path("auth/jwt/sign-up", sessions.SignUpPage.as_view(), name="sign-up"),
    path("sign-out", sessions.SignOut.as_view(), name="sign-out"),
    path("language", set_language, name="language"),
    path("dashboard", dashboard.DashboardPage.as_view(), name="dashboard"),
    path("dashboard/password", sessions.PasswordPage.as_view(), name="password"),
    path(
        "dashboard/points/transactions",
        transactions.TransactionsPage.as_view(),
        name="transactions",
    ),
    path("dashboard/points/levels", levels.LevelsPage.as_view(), name="levels"),
]
