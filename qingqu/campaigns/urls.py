"""Addresses of campaigns."""

from django.urls import path

from qingqu.campaigns.views import feed, study, work, year

app_name = "campaigns"
urlpatterns = [
    path("", year.home, name="home"),
    path("new", year.create, name="create"),
    path("<int:pk>", year.show, name="show"),
    path("<int:pk>/dates", year.dates, name="dates"),
    path("<int:pk>/settings", year.settings, name="settings"),
    path("<int:pk>/open", year.open_, name="open"),
    path("<int:pk>/next", year.create_next, name="next"),
    path("<int:pk>/changes", year.changes, name="changes"),
    path("<int:pk>/plan", year.plan, name="plan"),
    path("<int:pk>/plan/edit", year.plan_edit, name="plan-edit"),
    path("stages/<int:pk>/tasks/new", work.task_new, name="task-new"),
    path("tasks/<int:pk>/edit", work.task_edit, name="task-edit"),
    path("tasks/<int:pk>/remove", work.task_remove, name="task-remove"),
    path("tasks/<int:pk>/finish", work.task_finish, name="task-finish"),
    path("tasks/<int:pk>/reopen", work.task_reopen, name="task-reopen"),
    path("<int:pk>/mobilisations", work.mobilisations, name="mobilisations"),
    path("<int:pk>/mobilisations/new", work.mobilisation_new, name="mobilisation-new"),
    path("mobilisations/<int:pk>", work.mobilisation, name="mobilisation"),
    path("mobilisations/<int:pk>/edit", work.mobilisation_edit, name="mobilisation-edit"),
    path("<int:pk>/documents", study.documents, name="documents"),
    path("<int:pk>/documents/new", study.document_new, name="document-new"),
    path("documents/<int:pk>", study.document, name="document"),
    path("documents/<int:pk>/files/<int:file_pk>", study.document_file, name="document-file"),
    path("documents/<int:pk>/withdraw", study.document_withdraw, name="document-withdraw"),
    path("calendar", feed.calendar, name="calendar"),
    path("calendar/make", feed.calendar_make, name="calendar-make"),
    path("calendar/revoke", feed.calendar_revoke, name="calendar-revoke"),
    path("calendar/<str:secret>.ics", feed.calendar_feed, name="calendar-feed"),
]
