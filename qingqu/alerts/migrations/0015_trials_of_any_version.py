"""What is tried out may be an indicator that is not switched on yet; former trials are computed again when asked for."""

import django.db.models.deletion
from django.db import migrations, models


def forget(apps, schema_editor):
    apps.get_model("alerts", "Trial").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0014_values_stay_as_taken_on"),
    ]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
        migrations.AddField(
            model_name="trial",
            name="school",
            field=models.ForeignKey(
                default=0, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisation.unit"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="trial", name="code", field=models.CharField(default="", max_length=12), preserve_default=False
        ),
        migrations.AlterField(
            model_name="trial",
            name="rule",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="alerts.rule",
            ),
        ),
    ]
