"""Who ended a version, and why, has a place of its own; until now switching off overwrote why it was drafted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F


def keep_reasons(apps, schema_editor):
    apps.get_model("alerts", "Rule").objects.filter(state="off").update(ended_reason=F("reason"))


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0015_trials_of_any_version"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="rule",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="rule", name="ended_reason", field=models.CharField(blank=True, max_length=300)
        ),
        migrations.RunPython(keep_reasons, migrations.RunPython.noop),
    ]
