import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('fetcher', '0001_initial'),
        ('salesfiles', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='batchitem',
            name='sales_file',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='batch_item', to='salesfiles.salesfile'),
        ),
        migrations.AddField(
            model_name='watchedfolder',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation'),
        ),
        migrations.AddField(
            model_name='batch',
            name='watched',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='batches', to='fetcher.watchedfolder'),
        ),
        migrations.AddIndex(
            model_name='batchitem',
            index=models.Index(fields=['batch', 'status'], name='items_by_status'),
        ),
        migrations.AddIndex(
            model_name='batchitem',
            index=models.Index(fields=['organisation', 'fingerprint'], name='items_by_fingerprint'),
        ),
        migrations.AddIndex(
            model_name='batchitem',
            index=models.Index(condition=models.Q(('status', 'WAITING')), fields=['organisation', 'id'], name='items_waiting'),
        ),
        migrations.AddIndex(
            model_name='batchitem',
            index=models.Index(condition=models.Q(('status__in', ['QUEUED', 'FETCHING'])), fields=['due_at'], name='items_at_work'),
        ),
        migrations.AddConstraint(
            model_name='batchitem',
            constraint=models.UniqueConstraint(fields=('batch', 'key'), name='one_item_per_file'),
        ),
        migrations.AddConstraint(
            model_name='batchitem',
            constraint=models.UniqueConstraint(fields=('organisation', 'claim'), name='one_item_takes_it_in'),
        ),
        migrations.AddConstraint(
            model_name='watchedfolder',
            constraint=models.UniqueConstraint(fields=('organisation', 'link_id'), name='one_watch_per_folder'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(fields=['organisation', '-id'], name='batches_newest'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(condition=models.Q(('status__in', ['LISTING', 'FETCHING'])), fields=['served_at'], name='batches_open'),
        ),
    ]
