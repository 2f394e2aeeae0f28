"""The ledger's addresses."""

from django.urls import path

from . import views

urlpatterns = [
    path("api/points/transactions", views.TransactionListView.as_view()),
    path("api/points/expiring", views.ExpiringView.as_view()),
    path("api/points/balance", views.BalanceView.as_view()),
    path("api/points/statement", views.StatementView.as_view()),
    path("api/points/levels", views.LevelListView.as_view()),
    path("api/points/admin/add", views.AddPointsView.as_view()),
    path("v2/gamification/points", views.PointsView.as_view()),
    path("v2/gamification/points/history", views.HistoryView.as_view()),
    path("v2/gamification/points/actions", views.ActionListView.as_view()),
    path("v2/gamification/points/award", views.AwardView.as_view()),
    path("v2/gamification/points/deduct", views.DeductView.as_view()),
    path("v2/gamification/points/user/<str:user_id>", views.MemberPointsView.as_view()),
    path("v2/gamification/activities", views.ActivityView.as_view()),
    path("rewards/add-points/<str:user_id>", views.AddEarningView.as_view()),
    path("rewards/points/<str:user_id>", views.HoldingsView.as_view()),
    path("rewards/transactions/<str:user_id>", views.MemberTransactionListView.as_view()),
    path("rewards/admin/transactions", views.LedgerView.as_view()),
    path("analytics/rewards-distribution", views.DistributionView.as_view()),
]
