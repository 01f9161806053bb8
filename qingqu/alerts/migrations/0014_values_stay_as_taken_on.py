"""Values of running indicators stay as they are, whatever later versions of the product come with."""

from pathlib import Path

import yaml
from django.db import migrations, models

DATA = Path(__file__).parent.parent / "data"
CHANGED_HERE = {"E06": {"working_days": 10}}
"""What the product came with until this version, where this version comes with something else."""


def keep_values(apps, schema_editor):
    rules = apps.get_model("alerts", "Rule")
    codes = set(rules.objects.values_list("code", flat=True))
    for file in sorted(DATA.glob("*.yaml")) if codes else ():
        for one in yaml.safe_load(file.read_text(encoding="utf-8"))["indicators"]:
            parameters = one.get("parameters", {}).items()
            values = {name: each["value"] for name, each in parameters if each.get("value") is not None}
            values |= CHANGED_HERE.get(one["code"], {})
            rules.objects.filter(code=one["code"]).update(came_with=values)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0013_conformity_of_logs")]

    operations = [
        migrations.AddField(model_name="rule", name="came_with", field=models.JSONField(default=dict)),
        migrations.RunPython(keep_values, migrations.RunPython.noop),
    ]
