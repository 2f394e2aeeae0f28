"""The ledger: accounts, transactions, lots, actions, activities and levels."""

from django.apps import AppConfig


class PointsConfig(AppConfig):
    name = "points"
    verbose_name = "Points"
