"""Waiting for a sold-out reward over HTTP."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rewards.serializers.watches import WatchSerializer
from rewards.services.watches import unwatch_reward, watch_reward

from .base import CatalogueView

EXAMPLE = {"rewardId": "12", "isWatched": True, "position": 3, "watchedAt": "2026-05-23T10:00:00Z"}


class RewardWatchView(CatalogueView):
    """Where members get into the line for a reward and out of it."""

    serializer_class = WatchSerializer

    @extend_schema(
        summary="Watch a sold-out reward",
        description="Tells the caller, by the event `reward-available` and by e-mail, when there "
        "is one again and their turn has come. Nothing is set aside. Sent again, it keeps the "
        "place (200).",
        request=None,
        responses={200: WatchSerializer, 201: WatchSerializer},
        examples=[OpenApiExample("Third in line", response_only=True, value=EXAMPLE)],
    )
    def post(self, request: Request, reward_id: str) -> Response:
        """Put the caller into the line."""
        place = watch_reward(member=request.user, reward_id=reward_id, now=self.now)
        data = {
            "rewardId": str(place.watch.reward_id),
            "isWatched": True,
            "position": place.position,
            "watchedAt": place.watch.created_at,
        }
        return self.answer(
            self.present(WatchSerializer, data),
            message="You will be told when there is one again",
            status_code=201 if place.is_new else 200,
        )

    @extend_schema(
        summary="Watch a reward no more",
        description="Gives the caller's place up; without one it changes nothing.",
        responses={200: WatchSerializer},
    )
    def delete(self, request: Request, reward_id: str) -> Response:
        """Take the caller out of the line."""
        unwatch_reward(member=request.user, reward_id=reward_id)
        data = {"rewardId": reward_id, "isWatched": False, "position": None, "watchedAt": None}
        return self.answer(
            self.present(WatchSerializer, data), message="You do not wait for this reward"
        )
