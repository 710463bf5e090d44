from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('salesfiles', '0003_overlap'),
    ]

    operations = [
        migrations.AddField(
            model_name='salesfile',
            name='warnings',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list, help_text='Of the newest cleaning.'),
        ),
    ]
