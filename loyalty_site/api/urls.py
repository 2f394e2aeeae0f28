"""The site's own endpoints."""

from django.urls import path

from . import views

urlpatterns = [
    path("health", views.HealthView.as_view(), name="health"),
    path("api", views.DiscoveryView.as_view(), name="api-discovery"),
    path("api/health", views.DeepHealthView.as_view(), name="api-health"),
    path("rewards/admin/database-summary", views.DatabaseSummaryView.as_view()),
    path("api/schema", views.SchemaView.as_view(), name="api-schema"),
    path("api/docs", views.DocsView.as_view(), name="api-docs"),
]
