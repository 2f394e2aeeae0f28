"""The addresses of the roster."""

from django.urls import path

from .views import CreateUserView, PeopleView

urlpatterns = [
    path("rewards/create-user", CreateUserView.as_view()),
    path("rewards/admin/users", PeopleView.as_view()),
]
