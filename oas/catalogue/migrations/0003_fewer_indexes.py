import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0002_staging'),
    ]

    operations = [
        migrations.AlterField(
            model_name='releaseartist',
            name='release',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='credits', to='catalogue.release'),
        ),
        migrations.AlterField(
            model_name='releasetrack',
            name='release',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='places', to='catalogue.release'),
        ),
        migrations.AlterField(
            model_name='trackartist',
            name='track',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='credits', to='catalogue.track'),
        ),
    ]
