import django.db.models.manager
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('module', models.CharField(choices=[('cleaning', 'cleaning'), ('importer', 'importer'), ('report', 'report'), ('preview', 'preview')], max_length=16)),
                ('revision', models.PositiveIntegerField(blank=True, null=True)),
                ('message', models.JSONField()),
                ('state', models.CharField(choices=[('QUEUED', 'Queued'), ('RUNNING', 'Running'), ('SUCCEEDED', 'Succeeded'), ('FAILED', 'Failed'), ('CANCELLED', 'Cancelled')], default='QUEUED', max_length=9)),
                ('attempts', models.PositiveIntegerField(default=1, help_text='How often it was given to the broker.')),
                ('large', models.BooleanField(db_default=False, default=False, help_text='Of a large file: few at a time.')),
                ('published_at', models.DateTimeField(blank=True, help_text='When it was dispatched to the broker.', null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('swept_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('result', models.JSONField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-created_at'],
                'abstract': False,
                'base_manager_name': 'everything',
                'default_manager_name': 'everything',
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
    ]
