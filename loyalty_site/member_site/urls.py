"""The addresses of the member site."""

from django.urls import path
from django.views.i18n import set_language

from .views import (
    badges,
    balance,
    dashboard,
    expiring,
    home,
    leaderboards,
    levels,
    live,
    news,
    options,
    redemptions,
    referrals,
    rewards,
    sessions,
    transactions,
)

app_name = "site"

urlpatterns = [
    path("", home.HomePage.as_view(), name="home"),
    path("login", sessions.SignInPage.as_view(), name="sign-in"),
    path("auth/jwt/sign-up", sessions.SignUpPage.as_view(), name="sign-up"),
    path("sign-out", sessions.SignOut.as_view(), name="sign-out"),
    path("language", set_language, name="language"),
    path("live", live.LivePage.as_view(), name="live"),
    path("websocket-test.html", live.LivePage.as_view(), name="live-by-file-name"),
    path("dashboard", dashboard.DashboardPage.as_view(), name="dashboard"),
    path("dashboard/password", sessions.PasswordPage.as_view(), name="password"),
    path(
        "dashboard/points/transactions",
        transactions.TransactionsPage.as_view(),
        name="transactions",
    ),
    path("dashboard/points/statement", transactions.StatementFile.as_view(), name="statement"),
    path("dashboard/points/expiring", expiring.ExpiringPage.as_view(), name="expiring"),
    path("dashboard/points/levels", levels.LevelsPage.as_view(), name="levels"),
    path("dashboard/points/balance", balance.BalancePart.as_view(), name="balance"),
    path("dashboard/points/referrals", referrals.ReferralsPage.as_view(), name="referrals"),
    path("dashboard/points/referrals/invite", referrals.InvitePage.as_view(), name="invite"),
    path("dashboard/points/referrals/new-code", referrals.NewCodePage.as_view(), name="new-code"),
    path("dashboard/points/referrals/<str:code>.svg", referrals.QRCode.as_view(), name="qr-code"),
    path("dashboard/news/words", news.NewsWords.as_view(), name="news-words"),
    path("dashboard/badges", badges.BadgesPage.as_view(), name="badges"),
    path("dashboard/rewards", rewards.RewardsPage.as_view(), name="rewards"),
    path("dashboard/rewards/<str:reward_id>", rewards.RewardPage.as_view(), name="reward"),
    path("dashboard/rewards/<str:reward_id>/redeem", rewards.RedeemPage.as_view(), name="redeem"),
    path(
        "dashboard/rewards/<str:reward_id>/watch",
        rewards.WatchReward.as_view(),
        name="watch-reward",
    ),
    path(
        "dashboard/rewards/<str:reward_id>/unwatch",
        rewards.UnwatchReward.as_view(),
        name="unwatch-reward",
    ),
    path("dashboard/options", options.OptionsPage.as_view(), name="options"),
    path(
        "dashboard/options/<str:option_type>/redeem",
        options.RedeemOptionPage.as_view(),
        name="redeem-option",
    ),
    path("dashboard/redemptions", redemptions.RedemptionsPage.as_view(), name="redemptions"),
    path(
        "dashboard/redemptions/<str:redemption_id>",
        redemptions.RedemptionPage.as_view(),
        name="redemption",
    ),
    path(
        "dashboard/redemptions/<str:redemption_id>/cancel",
        redemptions.CancelPage.as_view(),
        name="cancel-redemption",
    ),
    path("dashboard/leaderboards", leaderboards.LeaderboardsPage.as_view(), name="leaderboards"),
    path(
        "dashboard/leaderboards/preferences",
        leaderboards.BoardPreferencesPage.as_view(),
        name="board-preferences",
    ),
    path(
        "dashboard/leaderboards/<str:slug>",
        leaderboards.LeaderboardPage.as_view(),
        name="leaderboard",
    ),
]
