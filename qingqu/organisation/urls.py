"""Addresses of organisation."""

from django.urls import path

from qingqu.organisation.views import codes, holidays, people, roster, units

app_name = "organisation"
urlpatterns = [
    path("", units.home, name="home"),
    path("holidays", holidays.years, name="holidays"),
    path("holidays/<int:year>", holidays.enter, name="holidays-enter"),
    path("division", units.division, name="division"),
    path("units/new", units.unit_new, name="unit-new"),
    path("units/<int:pk>", units.unit, name="unit"),
    path("units/<int:pk>/edit", units.unit_edit, name="unit-edit"),
    path("units/<int:pk>/charge", units.unit_charge, name="unit-charge"),
    path("units/<int:pk>/duties", units.unit_duties, name="unit-duties"),
    path("units/<int:pk>/retire", units.unit_retire, name="unit-retire"),
    path("units/<int:pk>/restore", units.unit_restore, name="unit-restore"),
    path("units/<int:pk>/posts/new", units.post_new, name="post-new"),
    path("posts/<int:pk>", units.post, name="post"),
    path("posts/<int:pk>/edit", units.post_edit, name="post-edit"),
    path("posts/<int:pk>/mark", units.post_mark, name="post-mark"),
    path("posts/<int:pk>/retire", units.post_retire, name="post-retire"),
    path("posts/<int:pk>/restore", units.post_restore, name="post-restore"),
    path("roster", roster.upload, name="roster"),
    path("roster/template", roster.template, name="roster-template"),
    path("roster/export", roster.export_file, name="roster-export"),
    path("roster/<int:pk>", roster.preview, name="roster-preview"),
    path("roster/<int:pk>/columns", roster.columns, name="roster-columns"),
    path("roster/<int:pk>/mend", roster.mend, name="roster-mend"),
    path("roster/<int:pk>/refused", roster.refused, name="roster-refused"),
    path("roster/<int:pk>/apply", roster.apply, name="roster-apply"),
    path("roster/<int:pk>/discard", roster.discard, name="roster-discard"),
    path("roster/<int:pk>/result", roster.result, name="roster-result"),
    path("codes", codes.people, name="codes"),
    path("codes/issue", codes.issue, name="codes-issue"),
    path("codes/sheet", codes.sheet, name="codes-sheet"),
    path("people", people.people, name="people"),
    path("people/new", people.person_new, name="person-new"),
    path("people/<int:pk>", people.person, name="person"),
    path("people/<int:pk>/edit", people.person_edit, name="person-edit"),
    path("people/<int:pk>/appoint", people.appoint, name="appoint"),
    path("people/<int:pk>/duty", people.give_duty, name="give-duty"),
    path("people/<int:pk>/branch", people.set_branch, name="set-branch"),
    path("appointments/<int:pk>/change", people.change_post, name="change-post"),
    path("appointments/<int:pk>/end", people.end_appointment, name="end-appointment"),
    path("duties/<int:pk>/end", people.end_duty, name="end-duty"),
]
