"""From here on people are compared with the trace: what is there already is adopted after the migration.

It changes no table. It is here so that the product asks for `qingqu setup`, which adopts them, before it starts.
"""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0002_activation_codes"),
    ]

    operations = []
