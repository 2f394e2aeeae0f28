"""Every address of the site. Each app's own urls carry the full documented path."""

from django.contrib import admin
from django.urls import include, path

from loyalty_site.routes import KeptRoutes

urlpatterns = [
    KeptRoutes(
        [
            path("", include("loyalty_site.member_site.urls")),
            path("admin/", admin.site.urls),
            path("", include("loyalty_site.api.urls")),
            path("", include("loyalty_site.accounts.urls")),
            path("", include("points.urls")),
            path("", include("referrals.urls")),
            path("", include("rewards.urls")),
            path("", include("gamification.urls")),
        ]
    )
]

handler400 = "loyalty_site.api.errors.bad_request"
handler403 = "loyalty_site.api.errors.permission_denied"
handler404 = "loyalty_site.api.errors.page_not_found"
handler500 = "loyalty_site.api.errors.server_error"
