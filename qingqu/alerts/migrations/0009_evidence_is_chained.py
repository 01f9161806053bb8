from itertools import groupby

from django.db import migrations, models

from qingqu.trace.states import chained


def chain(apps, schema_editor):
    """Warnings that are there already get the chain of the records behind them."""
    alerts, rows = apps.get_model("alerts", "Alert"), apps.get_model("alerts", "AlertRow")
    said = rows.objects.order_by("alert_id", "pk").values_list("alert_id", "record_id", "version", "digest")
    for alert_id, own in groupby(said.iterator(), key=lambda row: row[0]):
        alerts.objects.filter(pk=alert_id).update(rows_digest=chained("", (values for _alert, *values in own)))


class Migration(migrations.Migration):

    dependencies = [("alerts", "0008_tallies")]

    operations = [
        migrations.AddField("alert", "rows_digest", models.CharField(blank=True, max_length=64, default=""), preserve_default=False),
        migrations.RunPython(chain, migrations.RunPython.noop),
    ]
