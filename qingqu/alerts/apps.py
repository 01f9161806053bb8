from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "qingqu.alerts"
    default_auto_field = "django.db.models.BigAutoField"
