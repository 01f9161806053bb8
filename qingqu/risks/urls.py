"""Addresses of risks."""

from django.urls import path

from qingqu.risks.views import risks, tasks

app_name = "risks"
urlpatterns = [
    path("<int:pk>", risks.show, name="show"),
    path("<int:pk>/edit", risks.edit, name="edit"),
    path("<int:pk>/rate", risks.rate, name="rate"),
    path("<int:pk>/judge", risks.judge, name="judge"),
    path("<int:pk>/close", risks.close, name="close"),
    path("<int:pk>/measures/new", tasks.add, name="add-measure"),
    path("ratings/<int:pk>/agree", risks.agree, name="agree"),
    path("ratings/<int:pk>/refuse", risks.refuse, name="refuse"),
    path("measures/<int:pk>/edit", tasks.edit, name="edit-measure"),
    path("measures/<int:pk>/stop", tasks.stop, name="stop-measure"),
    path("measures/<int:pk>/do", tasks.do, name="do"),
    path("runs/<int:pk>/undo", tasks.undo, name="undo"),
    path("tasks", tasks.tasks, name="tasks"),
    path("effects", tasks.effects, name="effects"),
]
