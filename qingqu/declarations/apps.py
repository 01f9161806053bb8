"""The declarations app."""

from django.apps import AppConfig


class DeclarationsConfig(AppConfig):
    name = "qingqu.declarations"
    label = "declarations"

    def ready(self) -> None:
        """Say how forms are reviewed."""
        from qingqu.declarations.review_subject import SUBJECT
        from qingqu.reviews.subjects import register

        register("declarations.declaration", SUBJECT)
