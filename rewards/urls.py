"""The addresses of catalogue and purchases, as documented."""

from django.urls import path

from . import views

REWARDS = "v2/gamification/rewards"

urlpatterns = [
    path("api/points/redeem", views.RedeemPointsView.as_view(), name="redeem-points"),
    path(
        "api/points/purchases/<str:purchase_request_id>",
        views.PurchaseView.as_view(),
        name="purchase",
    ),
    path(REWARDS, views.RewardListView.as_view(), name="rewards"),
    path(f"{REWARDS}/categories", views.CategoryListView.as_view(), name="reward-categories"),
    path(f"{REWARDS}/redeem", views.RedeemView.as_view(), name="redeem-reward"),
    path(f"{REWARDS}/redemptions", views.RedemptionListView.as_view(), name="redemptions"),
    path(
        f"{REWARDS}/redemptions/<str:redemption_id>",
        views.RedemptionDetailView.as_view(),
        name="redemption",
    ),
    path(
        f"{REWARDS}/redemptions/<str:redemption_id>/cancel",
        views.RedemptionCancelView.as_view(),
        name="cancel-redemption",
    ),
    path(f"{REWARDS}/<str:reward_id>/watch", views.RewardWatchView.as_view(), name="watch-reward"),
    path(f"{REWARDS}/<str:reward_id>", views.RewardDetailView.as_view(), name="reward"),
    path("rewards/options", views.OptionListView.as_view(), name="reward-options"),
    path("rewards/admin/redemptions", views.AllRedemptionsView.as_view(), name="all-redemptions"),
    path("rewards/redeem/<str:user_id>", views.RedeemByTypeView.as_view(), name="redeem-by-type"),
    path(
        "rewards/redemptions/<str:user_id>",
        views.OptionRedemptionListView.as_view(),
        name="redemptions-by-type",
    ),
]
