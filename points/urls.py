"""The ledger's addresses."""

from django.urls import path

from . import views

urlpatterns = [
    path("api/points/transactions", views.TransactionListView.as_view()),
    path("api/points/expiring", views.ExpiringView.as_view()),
    path("api/points/balance", views.BalanceView.as_view()),
    path("api/points/statement", views.StatementView.as_view()),
    path("api/points/levels", views.LevelListView.as_view()),
    path("v2/gamification/points/actions", views.ActionListView.as_view()),
    path("v2/gamification/activities", views.ActivityView.as_view()),
]
