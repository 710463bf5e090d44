import django.core.validators
import django.db.models.deletion
import django.db.models.manager
import re
import salesfiles.models
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('fetcher', '0001_initial'),
        ('jobs', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SalesFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.CharField(default=salesfiles.models.new_uuid, editable=False, max_length=8, unique=True)),
                ('filename', models.CharField(max_length=255)),
                ('filetype', models.CharField(choices=[('CSV', 'Csv'), ('TXT', 'Txt'), ('TSV', 'Tsv'), ('XLS', 'Xls'), ('XLSX', 'Xlsx'), ('GZ', 'Gz'), ('ZIP', 'Zip')], max_length=4)),
                ('filesize', models.BigIntegerField(help_text='In bytes or in bits.', validators=[django.core.validators.MinValueValidator(1)])),
                ('mongo_db_id', models.CharField(max_length=24, validators=[django.core.validators.RegexValidator(re.compile('^[0-9a-f]{24}$'), '24 hexadecimal digits.', code='mongo_db_id')])),
                ('reporting_period', models.CharField(blank=True, default='', max_length=7, validators=[django.core.validators.RegexValidator(re.compile('^[0-9]{4}-(0[1-9]|1[0-2])$'), 'A period is a year and a month: YYYY-MM.', code='period')])),
                ('upload_mode', models.CharField(choices=[('MANUALLY', 'Manually'), ('AUTOMATICALLY', 'Automatically')], default='MANUALLY', max_length=13)),
                ('response_module', models.CharField(default='PENDING', max_length=64)),
                ('exchange_rate', models.DecimalField(blank=True, decimal_places=18, help_text='As given. Empty: that of the statement period is looked up.', max_digits=38, null=True, validators=[django.core.validators.MinValueValidator(Decimal('1E-18')), django.core.validators.MaxValueValidator(Decimal('1E+9'))])),
                ('used_rate', models.DecimalField(blank=True, decimal_places=18, editable=False, help_text='What was used, where the file has one currency.', max_digits=38, null=True)),
                ('status', models.CharField(choices=[('INITIALIZED', 'Initialized'), ('UPLOADING', 'Uploading'), ('UPLOADED', 'Uploaded'), ('CLEANING', 'Cleaning'), ('CLEANED', 'Cleaned'), ('PROCESSING', 'Processing'), ('PROCESSED', 'Processed'), ('FINALIZED', 'Finalized'), ('FAILED', 'Failed'), ('REIMPORT', 'Reimport')], default='INITIALIZED', editable=False, max_length=11)),
                ('status_cause', models.CharField(blank=True, default='', max_length=64)),
                ('error_message', models.TextField(blank=True, default='')),
                ('module_response', models.CharField(blank=True, default='', help_text='The module last called.', max_length=64)),
                ('revision', models.PositiveIntegerField(default=1)),
                ('live_revision', models.PositiveIntegerField(blank=True, null=True)),
                ('activated_revision', models.PositiveIntegerField(blank=True, help_text='The live revision for which older ones are gone from S3 and MongoDB.', null=True)),
                ('raw_key', models.CharField(blank=True, default='', max_length=512)),
                ('raw_etag', models.CharField(blank=True, default='', help_text='Pinned when the upload was seen.', max_length=128)),
                ('raw_size', models.BigIntegerField(blank=True, help_text='In bytes.', null=True)),
                ('upload_id', models.CharField(blank=True, default='', help_text='Of a multipart upload.', max_length=1024)),
                ('sha256', models.CharField(blank=True, default='', max_length=64)),
                ('claim', models.CharField(blank=True, help_text="The content that is this file's alone.", max_length=64, null=True)),
                ('source_format', models.CharField(blank=True, default='', help_text='The layout found.', max_length=64)),
                ('layout_version', models.CharField(blank=True, default='', max_length=64)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('accepted_rows', models.BigIntegerField(blank=True, null=True)),
                ('rejected_rows', models.BigIntegerField(blank=True, null=True)),
                ('skipped_rows', models.BigIntegerField(blank=True, null=True)),
                ('rejects_key', models.CharField(blank=True, default='', max_length=512)),
                ('total_rows', models.BigIntegerField(blank=True, null=True)),
                ('total_artists', models.BigIntegerField(blank=True, null=True)),
                ('total_local', models.DecimalField(blank=True, decimal_places=18, max_digits=38, null=True)),
                ('checks', models.JSONField(blank=True, default=list)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('deleted_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('swept_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('version', models.PositiveBigIntegerField(default=1, editable=False, help_text='Grows with every change.')),
                ('batch', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='sales_files', to='fetcher.batch')),
                ('current_job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='jobs.job')),
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
            name='StatusChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_status', models.CharField(choices=[('INITIALIZED', 'Initialized'), ('UPLOADING', 'Uploading'), ('UPLOADED', 'Uploaded'), ('CLEANING', 'Cleaning'), ('CLEANED', 'Cleaned'), ('PROCESSING', 'Processing'), ('PROCESSED', 'Processed'), ('FINALIZED', 'Finalized'), ('FAILED', 'Failed'), ('REIMPORT', 'Reimport')], max_length=11)),
                ('to_status', models.CharField(choices=[('INITIALIZED', 'Initialized'), ('UPLOADING', 'Uploading'), ('UPLOADED', 'Uploaded'), ('CLEANING', 'Cleaning'), ('CLEANED', 'Cleaned'), ('PROCESSING', 'Processing'), ('PROCESSED', 'Processed'), ('FINALIZED', 'Finalized'), ('FAILED', 'Failed'), ('REIMPORT', 'Reimport')], max_length=11)),
                ('cause', models.CharField(blank=True, max_length=64)),
                ('message', models.TextField(blank=True)),
                ('actor', models.CharField(blank=True, max_length=150)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='history', to='salesfiles.salesfile')),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='jobs.job')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
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
        migrations.AddIndex(
            model_name='salesfile',
            index=models.Index(fields=['organisation', '-id'], name='sales_files_newest'),
        ),
        migrations.AddIndex(
            model_name='salesfile',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['organisation', 'status'], name='sales_files_counted'),
        ),
        migrations.AddIndex(
            model_name='salesfile',
            index=models.Index(fields=['organisation', 'reporting_period'], name='sales_files_by_period'),
        ),
        migrations.AddIndex(
            model_name='salesfile',
            index=models.Index(fields=['organisation', '-total_local'], name='sales_files_largest'),
        ),
        migrations.AddIndex(
            model_name='salesfile',
            index=models.Index(fields=['organisation', 'raw_etag'], name='sales_files_by_etag'),
        ),
        migrations.AddIndex(
            model_name='salesfile',
            index=models.Index(fields=['status', 'updated_at'], name='sales_files_to_carry_on'),
        ),
        migrations.AddIndex(
            model_name='salesfile',
            index=models.Index(condition=models.Q(('live_revision__isnull', False), models.Q(('activated_revision', None), models.Q(('activated_revision', models.F('live_revision')), _negated=True), _connector='OR')), fields=['live_revision'], name='sales_files_to_activate'),
        ),
        migrations.AddIndex(
            model_name='salesfile',
            index=models.Index(condition=models.Q(('deleted_at', None), _negated=True), fields=['deleted_at'], name='sales_files_to_erase'),
        ),
        migrations.AddConstraint(
            model_name='salesfile',
            constraint=models.UniqueConstraint(condition=models.Q(('deleted_at', None)), fields=('organisation', 'mongo_db_id'), name='one_sales_file_per_mongo_db_id'),
        ),
        migrations.AddConstraint(
            model_name='salesfile',
            constraint=models.UniqueConstraint(fields=('organisation', 'claim'), name='one_sales_file_per_content'),
        ),
        migrations.AddConstraint(
            model_name='salesfile',
            constraint=models.CheckConstraint(condition=models.Q(('filesize__gte', 1)), name='sales_file_has_a_size'),
        ),
    ]
