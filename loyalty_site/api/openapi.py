"""The settings of the OpenAPI document and its page. Settings import it: it imports nothing."""

SPECTACULAR_SETTINGS = {
    "TITLE": "Loyalty platform",
    "DESCRIPTION": "Points, levels, referral codes, badges and rewards from one ledger.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # The badge of an outside validator would be fetched from its host.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ActivityStatus": "points.enums.ActivityStatus",
        "PurchaseStatus": "rewards.enums.PurchaseStatus",
        "RedemptionStatus": "rewards.enums.RedemptionStatus",
        "ReferralStatus": "referrals.enums.ReferralStatus",
        "SiteStatus": ["ok", "degraded", "down"],
        "PartStatus": ["up", "down"],
    },
}
