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
            name='WatchedFolder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(editable=False, max_length=4096)),
                ('kind', models.CharField(choices=[('DRIVE', 'Drive'), ('PRESIGNED', 'Presigned')], max_length=9)),
                ('link_id', models.CharField(blank=True, help_text='Of Google Drive.', max_length=128)),
                ('resource_key', models.CharField(blank=True, editable=False, max_length=64)),
                ('requested_by', models.CharField(blank=True, max_length=150)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('active', models.BooleanField(default=True)),
                ('next_look_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField(blank=True, help_text='When the folder was last listed.', null=True)),
                ('last_result', models.CharField(blank=True, max_length=500)),
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
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(editable=False, max_length=4096)),
                ('kind', models.CharField(choices=[('DRIVE', 'Drive'), ('PRESIGNED', 'Presigned')], max_length=9)),
                ('link_id', models.CharField(blank=True, help_text='Of Google Drive.', max_length=128)),
                ('resource_key', models.CharField(blank=True, editable=False, max_length=64)),
                ('requested_by', models.CharField(blank=True, max_length=150)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('status', models.CharField(choices=[('LISTING', 'Listing: what is there is being found out'), ('FETCHING', 'Fetching'), ('DONE', 'Done: every file is a sales file, or has a reason why not'), ('CANCELLED', 'Cancelled'), ('FAILED', 'Failed: nothing could be listed')], default='LISTING', max_length=9)),
                ('cause', models.CharField(blank=True, max_length=64)),
                ('message', models.CharField(blank=True, max_length=500)),
                ('known', models.PositiveIntegerField(default=0)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('served_at', models.DateTimeField(blank=True, help_text='When a file of it was last given to a worker.', null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
            ],
            options={
                'verbose_name_plural': 'batches',
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
            name='BatchItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(editable=False, max_length=64)),
                ('name', models.CharField(max_length=255)),
                ('path', models.CharField(help_text='In the folder.', max_length=2000)),
                ('filetype', models.CharField(blank=True, choices=[('CSV', 'Csv'), ('TXT', 'Txt'), ('TSV', 'Tsv'), ('XLS', 'Xls'), ('XLSX', 'Xlsx'), ('GZ', 'Gz'), ('ZIP', 'Zip')], max_length=4)),
                ('size', models.BigIntegerField(blank=True, help_text='In bytes; empty while it is not known.', null=True)),
                ('drive_id', models.CharField(blank=True, max_length=128)),
                ('resource_key', models.CharField(blank=True, editable=False, max_length=64)),
                ('export', models.BooleanField(default=False, help_text='A native Sheet, which comes as XLSX.')),
                ('md5', models.CharField(blank=True, max_length=32)),
                ('fingerprint', models.CharField(blank=True, max_length=250)),
                ('claim', models.CharField(blank=True, editable=False, max_length=250, null=True)),
                ('status', models.CharField(choices=[('WAITING', 'Waiting'), ('QUEUED', 'Given to a worker'), ('FETCHING', 'Being fetched'), ('FETCHED', 'A sales file'), ('UNPACKED', 'An archive; its members are items of their own'), ('DISCARDED', 'Not taken'), ('FAILED', 'Could not be fetched; may be tried again'), ('CANCELLED', 'Cancelled')], default='WAITING', max_length=9)),
                ('reason', models.CharField(blank=True, max_length=64)),
                ('text', models.CharField(blank=True, max_length=500)),
                ('done_bytes', models.BigIntegerField(default=0)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('token', models.UUIDField(blank=True, editable=False, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('archive', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='fetcher.batchitem')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='fetcher.batch')),
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
    ]
