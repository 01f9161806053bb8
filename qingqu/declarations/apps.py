"""The declarations app."""

from django.apps import AppConfig


class DeclarationsConfig(AppConfig):
    name = "qingqu.declarations"
    label = "declarations"

    def ready(self) -> None:
        """Say how forms are reviewed, and that they answer a re-assessment."""
        from qingqu.campaigns import task_links
        from qingqu.campaigns.models import Task
        from qingqu.declarations.links import form_for_new_post
        from qingqu.declarations.review_subject import SUBJECT
        from qingqu.reviews.subjects import register

        register("declarations.declaration", SUBJECT)
        task_links.register(Task.Kind.REASSESS, form_for_new_post)
