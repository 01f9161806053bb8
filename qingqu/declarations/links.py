"""Where things of lower apps are done here."""

from __future__ import annotations

from django.urls import reverse

from qingqu.campaigns.models import Task


def form_for_new_post(task: Task) -> str:
    """The place on «我的登记表» where the form for a new post is begun or gone on with (G8)."""
    return f"{reverse('declarations:mine')}#task-{task.pk}"
