"""It is not always the commission that closes: the words of a state and a step no longer say so."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0017_who_lifted_a_suppression'),
    ]

    operations = [
        migrations.AlterField(
            model_name='alert',
            name='state',
            field=models.CharField(choices=[('explaining', '待经办人说明'), ('confirming', '待负责人确认'), ('closing', '待办结'), ('closed', '已办结'), ('lapsed', '已自行消除')], default='explaining', max_length=12, verbose_name='状态'),
        ),
        migrations.AlterField(
            model_name='disposal',
            name='step',
            field=models.CharField(choices=[('explained', '经办人说明'), ('confirmed', '负责人确认'), ('sent_back', '退回补充'), ('closed', '办结'), ('reopened', '重新核查'), ('lapsed', '自行消除')], max_length=10),
        ),
    ]
