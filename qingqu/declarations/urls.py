"""Addresses of declarations."""

from django.urls import path

from qingqu.declarations import paper_views, review_views

app_name = "declarations"
urlpatterns = [
    path("<int:pk>/review/", review_views.review, name="review"),
    path("<int:pk>/review/<int:review_pk>/decide", review_views.decide, name="decide"),
    path("<int:pk>/compare/", review_views.compare, name="compare"),
    path("<int:pk>/paper/<str:kind>.<str:fmt>", paper_views.paper, name="paper"),
]
