"""The catalogue of rewards and what members redeemed from it."""

from django.apps import AppConfig


class RewardsConfig(AppConfig):
    """The app as Django knows it."""

    name = "rewards"
    verbose_name = "Rewards"
