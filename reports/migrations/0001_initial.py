import django.core.validators
import django.db.models.deletion
import django.db.models.manager
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('jobs', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('MONTHLY', 'Monthly: sales that are in the catalogue'), ('UNMATCHED', 'Unmatched: sales that are not in the catalogue')], max_length=9)),
                ('period_from', models.CharField(max_length=7)),
                ('period_to', models.CharField(max_length=7)),
                ('format', models.CharField(choices=[('csv', 'CSV (gzip)'), ('parquet', 'Parquet'), ('xlsx', 'Excel workbook')], default='csv', max_length=7)),
                ('basis', models.CharField(editable=False, max_length=100)),
                ('status', models.CharField(choices=[('QUEUED', 'Queued'), ('RUNNING', 'Running'), ('READY', 'Ready'), ('FAILED', 'Failed')], default='QUEUED', editable=False, max_length=7)),
                ('cause', models.CharField(blank=True, default='', max_length=64)),
                ('error_message', models.TextField(blank=True, default='')),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False, help_text='How often a start was tried.')),
                ('tried_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('catalogue_version', models.CharField(blank=True, default='', max_length=40)),
                ('currency', models.CharField(help_text='What revenue is in.', max_length=3)),
                ('rows', models.BigIntegerField(blank=True, help_text='Lines of the report.', null=True)),
                ('total', models.DecimalField(blank=True, decimal_places=18, help_text='Revenue.', max_digits=38, null=True)),
                ('totals', models.JSONField(blank=True, default=dict, help_text='matched + unmatched = everything.')),
                ('checks', models.JSONField(blank=True, default=list)),
                ('files', models.PositiveIntegerField(blank=True, help_text='Sales files that it is made of.', null=True)),
                ('groups', models.PositiveIntegerField(blank=True, help_text='Groups of what is not in the catalogue.', null=True)),
                ('suggested', models.PositiveIntegerField(blank=True, help_text='Groups with a suggestion.', null=True)),
                ('key', models.CharField(blank=True, default='', editable=False, max_length=512)),
                ('size', models.BigIntegerField(blank=True, help_text='In bytes.', null=True)),
                ('url', models.TextField(blank=True, default='', editable=False)),
                ('url_expires_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='jobs.job')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
            ],
            options={
                'ordering': ['-id'],
                'abstract': False,
                'base_manager_name': 'everything',
                'default_manager_name': 'everything',
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='ReportRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor', models.CharField(max_length=150)),
                ('requested_at', models.DateTimeField(auto_now_add=True)),
                ('wants_mail', models.BooleanField(default=False)),
                ('taken_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('mailed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='requests', to='reports.report')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
                'abstract': False,
                'base_manager_name': 'everything',
                'default_manager_name': 'everything',
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='ReportSchedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.PositiveSmallIntegerField(help_text='Of the month, 1 to 28 (UTC).', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(28)])),
                ('format', models.CharField(choices=[('csv', 'CSV (gzip)'), ('parquet', 'Parquet'), ('xlsx', 'Excel workbook')], default='csv', max_length=7)),
                ('active', models.BooleanField(default=True)),
                ('last_period', models.CharField(blank=True, default='', editable=False, help_text='The last one made.', max_length=7)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'everything',
                'default_manager_name': 'everything',
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['organisation', '-id'], name='reports_newest'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['organisation', 'kind', 'status', '-id'], name='reports_by_kind'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('status', 'QUEUED')), fields=['created_at'], name='reports_to_start'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['QUEUED', 'RUNNING'])), fields=('organisation', 'kind', 'period_from', 'period_to', 'format', 'basis'), name='one_open_report_of_the_same'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('period_from__lte', models.F('period_to'))), name='report_has_a_span'),
        ),
        migrations.AddIndex(
            model_name='reportrequest',
            index=models.Index(condition=models.Q(('mailed_at', None), ('wants_mail', True)), fields=['report'], name='report_requests_to_mail'),
        ),
        migrations.AddConstraint(
            model_name='reportrequest',
            constraint=models.UniqueConstraint(fields=('report', 'actor'), name='one_request_per_actor'),
        ),
        migrations.AddConstraint(
            model_name='reportschedule',
            constraint=models.UniqueConstraint(fields=('organisation',), name='one_schedule_per_organisation'),
        ),
        migrations.AddConstraint(
            model_name='reportschedule',
            constraint=models.CheckConstraint(condition=models.Q(('day__gte', 1), ('day__lte', 28)), name='schedule_day_is_in_every_month'),
        ),
    ]
