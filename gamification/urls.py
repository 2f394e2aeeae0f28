"""The addresses of dashboards, badges, measures and leaderboards."""

from django.urls import path

from . import views

urlpatterns = [
    path("v2/gamification/dashboard", views.DashboardView.as_view()),
    path("v2/gamification/dashboard/user/<str:user_id>", views.MemberDashboardView.as_view()),
    path("v2/gamification/stats", views.PlatformStatsView.as_view()),
    path("v2/gamification/members/<str:user_id>/stats", views.MemberStatsView.as_view()),
    path("v2/gamification/badges", views.BadgeListView.as_view()),
    path("v2/gamification/badges/my", views.MyBadgesView.as_view()),
    path("v2/gamification/badges/progress", views.BadgeProgressView.as_view()),
    path("v2/gamification/badges/award", views.AwardBadgeView.as_view()),
    path("v2/gamification/badges/user/<str:user_id>", views.MemberBadgesView.as_view()),
    path(
        "v2/gamification/badges/<str:badge>/revoke/<str:user_id>", views.RevokeBadgeView.as_view()
    ),
    path("v2/gamification/badges/<str:badge>", views.BadgeView.as_view()),
    path("v2/gamification/leaderboard", views.LeaderboardListView.as_view()),
    path("v2/gamification/leaderboard/preferences", views.BoardPreferenceView.as_view()),
    path("v2/gamification/leaderboard/<str:slug>", views.LeaderboardView.as_view()),
]
