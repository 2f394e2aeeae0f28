"""The staff's admin site."""

from django.contrib.admin import AdminSite


class ConsoleSite(AdminSite):
    """Django's admin under the platform's name."""

    site_header = "Loyalty console"
    site_title = "Loyalty console"
    index_title = "Today"
