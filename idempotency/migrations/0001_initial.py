import django.db.models.deletion
import django.db.models.manager
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='StoredResponse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('caller', models.CharField(max_length=150)),
                ('key', models.CharField(max_length=255)),
                ('method', models.CharField(max_length=7)),
                ('path', models.CharField(max_length=500)),
                ('fingerprint', models.CharField(max_length=64)),
                ('claim', models.UUIDField(default=uuid.uuid4)),
                ('claimed_at', models.DateTimeField()),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('headers', models.JSONField(default=dict)),
                ('body', models.TextField(default='')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'everything',
                'default_manager_name': 'everything',
                'indexes': [models.Index(fields=['claimed_at'], name='stored_responses_oldest')],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'caller', 'key', 'method', 'path'), name='one_answer_per_idempotency_key')],
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
    ]
