"""Addresses of the power list."""

from django.urls import path

from qingqu.powers.views import powers, regulations, tables

app_name = "powers"
urlpatterns = [
    path("", powers.power_list, name="list"),
    path("new", powers.create, name="create"),
    path("<int:pk>", powers.show, name="show"),
    path("<int:pk>/edit", powers.edit, name="edit"),
    path("<int:pk>/edit/<slug:part>", tables.edit_table, name="edit-table"),
    path("<int:pk>/key", powers.mark_key, name="mark-key"),
    path("<int:pk>/in-force", powers.put_in_force, name="put-in-force"),
    path("<int:pk>/retire", powers.retire, name="retire"),
    path("<int:pk>/restore", powers.restore, name="restore"),
    path("bases/<int:pk>/confirm", powers.confirm_basis, name="confirm-basis"),
    path("steps/<int:pk>/key", powers.mark_key_step, name="mark-key-step"),
    path("regulations", regulations.regulation_list, name="regulations"),
    path("regulations/new", regulations.create, name="create-regulation"),
    path("regulations/<int:pk>/edit", regulations.edit, name="edit-regulation"),
]
