from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('salesfiles', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='salesfile',
            name='layout',
            field=models.CharField(blank=True, help_text='Answered by a person: the layout that the file is read by.', max_length=64, null=True),
        ),
        migrations.AddField(
            model_name='salesfile',
            name='decimal_mark',
            field=models.CharField(blank=True, choices=[('.', 'point: 1,234.56'), (',', 'comma: 1.234,56')], help_text='Answered by a person.', max_length=1, null=True),
        ),
        migrations.AddField(
            model_name='salesfile',
            name='day_first',
            field=models.BooleanField(blank=True, help_text='Answered by a person: whether 1/2/2026 is the first of February.', null=True),
        ),
        migrations.AddField(
            model_name='salesfile',
            name='encoding',
            field=models.CharField(blank=True, help_text='Answered by a person: the encoding that the file is read in.', max_length=16, null=True),
        ),
    ]
