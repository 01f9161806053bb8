"""The reviews app."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "qingqu.reviews"
    label = "reviews"
