"""The pages members use: server-rendered, whole without scripts."""

from django.apps import AppConfig


class MemberSiteConfig(AppConfig):
    name = "loyalty_site.member_site"
    label = "member_site"
    verbose_name = "Member site"
