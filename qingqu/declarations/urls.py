"""Addresses of declarations."""

from django.urls import path

from qingqu.declarations import fill_views, lists_views, paper_views, progress_views, review_views, views

app_name = "declarations"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("start", views.start, name="start"),
    path("start/unit/<int:unit_pk>", views.start_unit, name="start-unit"),
    path("start/task/<int:task_pk>", views.reassess, name="reassess"),
    path("<int:pk>/", views.show, name="show"),
    path("<int:pk>/submit", views.submit, name="submit"),
    path("<int:pk>/withdraw", views.withdraw, name="withdraw"),
    path("<int:pk>/fill", fill_views.fill_first, name="fill"),
    path("<int:pk>/fill/<slug:group>", fill_views.fill, name="fill-group"),
    path("<int:pk>/fill/<slug:group>/save", fill_views.autosave, name="autosave"),
    path("<int:pk>/fill/<slug:group>/none", fill_views.say_none, name="say-none"),
    path("<int:pk>/items/<int:item_pk>/delete", fill_views.delete_item, name="delete-item"),
    path("<int:pk>/review/", review_views.review, name="review"),
    path("<int:pk>/review/<int:review_pk>/decide", review_views.decide, name="decide"),
    path("<int:pk>/compare/", review_views.compare, name="compare"),
    path("lists/", lists_views.unit_lists, name="lists"),
    path("lists/<int:unit_pk>/", lists_views.unit_list, name="list"),
    path("lists/<int:unit_pk>/publish", lists_views.publish_list, name="publish-list"),
    path("<int:pk>/paper/<str:kind>.<str:fmt>", paper_views.paper, name="paper"),
    path("progress/", progress_views.show, name="progress"),
    path("progress/urge", progress_views.urge, name="urge"),
    path("progress/exempt", progress_views.exempt, name="exempt"),
    path("progress/exemptions/<int:pk>/revoke", progress_views.revoke, name="exemption-revoke"),
    path("progress/stages/<int:pk>/close", progress_views.close_stage, name="close-stage"),
    path("progress/stages/<int:pk>/reopen", progress_views.reopen_stage, name="reopen-stage"),
    path("progress/missing.<str:fmt>", progress_views.missing_paper, name="missing"),
]
