"""Addresses of accounts."""

from django.urls import path

from qingqu.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in", views.SignIn.as_view(), name="sign-in"),
    path("sign-out", views.SignOut.as_view(), name="sign-out"),
    path("activate", views.activate, name="activate"),
    path("password", views.password, name="password"),
    path("profile", views.profile, name="profile"),
    path("text-size", views.text_size, name="text-size"),
    path("tokens", views.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke", views.revoke_token, name="revoke-token"),
]
