"""The numbered endpoints of the documents, and who may call each."""

from dataclasses import dataclass

from django.urls import Resolver404, resolve

from loyalty_site.api.envelope import is_api_path

GAMIFICATION = "/v2/gamification"


@dataclass(frozen=True)
class Endpoint:
    """A documented method and path. `callers` is `everyone`, `members` or `staff`."""

    method: str
    path: str
    callers: str

    def stands(self) -> bool:
        """Say whether the site has it."""
        try:
            match = resolve(self.path)
        except Resolver404:
            return False
        # One badge's address answers every word that has no address of its own.
        if "badge" in match.kwargs and "{badge}" not in self.path:
            return False
        view = getattr(match.func, "view_class", None) or getattr(match.func, "cls", None)
        return view is None or hasattr(view, self.method.lower())

    @property
    def is_operation(self) -> bool:
        """Say whether it answers in the envelope."""
        return is_api_path(self.path) and self.path != "/api/docs"


def everyone(method: str, path: str) -> Endpoint:
    return Endpoint(method, path, "everyone")


def members(method: str, path: str) -> Endpoint:
    return Endpoint(method, path, "members")


def staff(method: str, path: str) -> Endpoint:
    return Endpoint(method, path, "staff")


# 61, the sample data, is a command and has no address.
ENDPOINTS = {
    1: members("GET", "/api/points/my-points"),
    2: members("GET", "/api/points/transactions"),
    3: members("GET", "/api/points/referrals"),
    4: members("GET", "/api/points/levels"),
    5: members("GET", "/api/points/leaderboard"),
    6: members("POST", "/api/points/redeem"),
    7: members("POST", "/api/points/generate-referral-code"),
    8: staff("POST", "/api/points/admin/add"),
    9: everyone("GET", "/r/{code}"),
    10: everyone("GET", "/health"),
    11: everyone("GET", "/api/health"),
    12: everyone("GET", "/api"),
    13: members("GET", f"{GAMIFICATION}/dashboard"),
    14: members("GET", f"{GAMIFICATION}/dashboard/user/{{member}}"),
    15: members("GET", f"{GAMIFICATION}/badges"),
    16: members("GET", f"{GAMIFICATION}/badges/{{badge}}"),
    17: members("GET", f"{GAMIFICATION}/badges/my"),
    18: members("GET", f"{GAMIFICATION}/badges/user/{{member}}"),
    19: members("GET", f"{GAMIFICATION}/badges/progress"),
    20: staff("POST", f"{GAMIFICATION}/badges/award"),
    21: staff("DELETE", f"{GAMIFICATION}/badges/{{badge}}/revoke/{{member}}"),
    22: members("GET", f"{GAMIFICATION}/points"),
    23: members("GET", f"{GAMIFICATION}/points/history"),
    24: members("GET", f"{GAMIFICATION}/points/actions"),
    25: members("GET", f"{GAMIFICATION}/points/user/{{member}}"),
    26: staff("POST", f"{GAMIFICATION}/points/award"),
    27: staff("POST", f"{GAMIFICATION}/points/deduct"),
    28: members("GET", f"{GAMIFICATION}/rewards"),
    29: members("GET", f"{GAMIFICATION}/rewards/{{coffee}}"),
    30: staff("POST", f"{GAMIFICATION}/rewards"),
    31: staff("PUT", f"{GAMIFICATION}/rewards/{{coffee}}"),
    32: staff("DELETE", f"{GAMIFICATION}/rewards/{{coffee}}"),
    33: members("POST", f"{GAMIFICATION}/rewards/redeem"),
    34: members("GET", f"{GAMIFICATION}/rewards/redemptions"),
    35: members("GET", f"{GAMIFICATION}/rewards/redemptions/{{redemption}}"),
    36: staff("PUT", f"{GAMIFICATION}/rewards/redemptions/{{redemption}}"),
    37: members("GET", f"{GAMIFICATION}/rewards/categories"),
    38: members("GET", f"{GAMIFICATION}/leaderboard/points"),
    39: members("GET", f"{GAMIFICATION}/leaderboard/trust"),
    40: members("GET", f"{GAMIFICATION}/leaderboard/badges"),
    41: members("GET", f"{GAMIFICATION}/leaderboard/events"),
    42: members("GET", f"{GAMIFICATION}/leaderboard/connections"),
    43: members("GET", f"{GAMIFICATION}/leaderboard/referrals"),
    44: staff("GET", f"{GAMIFICATION}/stats"),
    45: members("GET", "/api/referral/link"),
    46: everyone("POST", "/api/referral/convert"),
    47: members("GET", "/api/referral/stats"),
    48: staff("POST", "/rewards/create-user"),
    49: staff("POST", "/rewards/add-points/{member}"),
    50: members("GET", "/rewards/points/{member}"),
    51: members("GET", "/rewards/transactions/{member}"),
    52: members("POST", "/rewards/redeem/{member}"),
    53: members("GET", "/rewards/options"),
    54: staff("GET", "/analytics/rewards-distribution"),
    55: staff("GET", "/rewards/admin/users"),
    56: staff("GET", "/rewards/admin/transactions"),
    57: staff("GET", "/rewards/admin/redemptions"),
    58: staff("GET", "/rewards/admin/database-summary"),
    59: everyone("GET", "/api/docs"),
    60: everyone("GET", "/live"),
}
