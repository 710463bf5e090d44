import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('jobs', '0001_initial'),
        ('salesfiles', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='file',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='jobs', to='salesfiles.salesfile'),
        ),
        migrations.AddField(
            model_name='job',
            name='organisation',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('state__in', ['QUEUED', 'RUNNING'])), fields=['swept_at', 'created_at'], name='jobs_to_sweep'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('state__in', ['QUEUED', 'RUNNING'])), fields=['organisation', 'large', 'published_at', 'created_at'], name='jobs_to_dispatch'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('large', True)), fields=['organisation', 'published_at'], name='large_jobs'),
        ),
    ]
