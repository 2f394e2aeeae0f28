"""The addresses of codes and referrals."""

from django.urls import path

from . import views

urlpatterns = [
    path("api/points/my-points", views.MyPointsView.as_view()),
    path("api/points/referrals", views.ReferralListView.as_view()),
    path("api/points/generate-referral-code", views.GenerateCodeView.as_view()),
    path("api/points/leaderboard", views.BoardView.as_view()),
    path("api/referral/link", views.ReferralLinkView.as_view()),
    path("api/referral/convert", views.ConvertView.as_view()),
    path("api/referral/stats", views.ReferralStatsView.as_view()),
    # Whatever stands behind /r/ ends at the sign-up page, so a mangled link still helps.
    path("r/<path:code>", views.ShortLinkView.as_view()),
]
