"""How many findings a run held back because they are kept quiet."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0018_whoever_closes'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='suppressed',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
    ]
