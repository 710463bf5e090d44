import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='PublishedSet',
            fields=[
                ('hash', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('published_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='StoreName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.CharField(help_text='Without regard to case and spaces.', max_length=200, unique=True)),
                ('dsp', models.CharField(max_length=200)),
            ],
            options={
                'verbose_name': 'name of a store',
                'verbose_name_plural': 'names of stores',
                'ordering': ['store'],
            },
        ),
        migrations.CreateModel(
            name='Layout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=64)),
                ('origin', models.CharField(choices=[('SHIPPED', 'comes with OAS'), ('OWN', 'of this installation')], default='OWN', editable=False, max_length=7)),
                ('state', models.CharField(choices=[('DRAFT', 'draft: not in use'), ('LIVE', 'live'), ('RETIRED', 'retired')], default='DRAFT', editable=False, max_length=7)),
                ('title', models.CharField(editable=False, max_length=200)),
                ('source', models.TextField(editable=False)),
                ('evidence', models.CharField(editable=False, max_length=1)),
                ('text', models.TextField(help_text='TOML; docs/layout-keys.md describes every key.')),
                ('content', models.JSONField(editable=False)),
                ('version', models.CharField(editable=False, max_length=16)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('updated_by', models.CharField(blank=True, editable=False, max_length=150)),
                ('example_key', models.CharField(blank=True, editable=False, max_length=512)),
                ('example_name', models.CharField(blank=True, editable=False, max_length=255)),
                ('tried_version', models.CharField(blank=True, editable=False, help_text='Of the last dry run.', max_length=16)),
                ('tried', models.JSONField(editable=False, null=True)),
            ],
            options={
                'ordering': ['name', 'origin'],
                'indexes': [models.Index(condition=models.Q(('state', 'LIVE')), fields=['name'], name='layouts_in_use')],
                'constraints': [models.UniqueConstraint(fields=('name', 'origin'), name='one_layout_per_name_and_origin')],
            },
        ),
        migrations.CreateModel(
            name='LayoutSwitch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(help_text='Of the layout.', max_length=64)),
                ('enabled', models.BooleanField(default=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
            ],
            options={
                'verbose_name_plural': 'layout switches',
                'abstract': False,
                'base_manager_name': 'everything',
                'default_manager_name': 'everything',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'name'), name='one_switch_per_layout')],
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
    ]
