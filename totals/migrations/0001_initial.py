import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('salesfiles', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SummaryKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dimension', models.PositiveSmallIntegerField(choices=[(0, 'Whole'), (1, 'File'), (2, 'Artist'), (3, 'Dsp'), (4, 'Territory'), (5, 'Track'), (6, 'Release')])),
                ('digest', models.BinaryField(max_length=16)),
                ('stated', models.BooleanField(help_text='False: the lines that name none. It is not counted as one.')),
                ('name', models.TextField(help_text='Empty: no line has one, its code is shown.', null=True)),
                ('artist', models.TextField(null=True)),
                ('isrc', models.TextField(null=True)),
                ('upc', models.TextField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='SummaryScope',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('batch', models.BigIntegerField(null=True)),
                ('files', models.PositiveIntegerField(default=0, help_text='Live sales files, also those without a line.')),
                ('version', models.PositiveBigIntegerField(default=0, help_text='Grows with every change.')),
                ('changed_at', models.DateTimeField(null=True)),
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
        migrations.CreateModel(
            name='SummaryGap',
            fields=[
                ('pk', models.CompositePrimaryKey('scope', 'dimension', 'previous', 'period', blank=True, editable=False, primary_key=True, serialize=False)),
                ('dimension', models.PositiveSmallIntegerField(choices=[(0, 'Whole'), (1, 'File'), (2, 'Artist'), (3, 'Dsp'), (4, 'Territory'), (5, 'Track'), (6, 'Release')])),
                ('previous', models.IntegerField()),
                ('period', models.IntegerField()),
                ('keys', models.BigIntegerField()),
                ('scope', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='totals.summaryscope')),
            ],
        ),
        migrations.CreateModel(
            name='SummaryEntry',
            fields=[
                ('pk', models.CompositePrimaryKey('key', 'scope', 'period', blank=True, editable=False, primary_key=True, serialize=False)),
                ('dimension', models.PositiveSmallIntegerField(choices=[(0, 'Whole'), (1, 'File'), (2, 'Artist'), (3, 'Dsp'), (4, 'Territory'), (5, 'Track'), (6, 'Release')])),
                ('period', models.IntegerField()),
                ('files', models.PositiveIntegerField()),
                ('rows', models.BigIntegerField()),
                ('quantity', models.BigIntegerField()),
                ('revenue', models.DecimalField(decimal_places=18, max_digits=38)),
                ('key', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='totals.summarykey')),
                ('scope', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='totals.summaryscope')),
            ],
        ),
        migrations.CreateModel(
            name='SummarySource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=64)),
                ('period', models.IntegerField()),
                ('files', models.PositiveIntegerField()),
                ('scope', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sources', to='totals.summaryscope')),
            ],
        ),
        migrations.CreateModel(
            name='CountedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('batch', models.BigIntegerField(null=True)),
                ('revision', models.PositiveIntegerField()),
                ('job', models.UUIDField()),
                ('totals_key', models.CharField(blank=True, help_text='Empty: added up from its sales objects.', max_length=512)),
                ('source', models.CharField(blank=True, max_length=64)),
                ('reported', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), default=list, help_text='The months it reports.', size=None)),
                ('counted_at', models.DateTimeField(auto_now=True)),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='counted', to='salesfiles.salesfile')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'everything',
                'default_manager_name': 'everything',
                'constraints': [models.CheckConstraint(condition=models.Q(('revision__gte', 1)), name='counted_file_has_a_revision')],
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddConstraint(
            model_name='summarykey',
            constraint=models.UniqueConstraint(fields=('organisation', 'dimension', 'digest'), name='one_summary_key'),
        ),
        migrations.AddConstraint(
            model_name='summaryscope',
            constraint=models.UniqueConstraint(fields=('organisation', 'batch'), name='one_summary_scope', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='summaryentry',
            index=models.Index(fields=['scope', 'dimension', 'period', '-revenue', 'key'], name='summary_largest_first'),
        ),
        migrations.AddConstraint(
            model_name='summarysource',
            constraint=models.UniqueConstraint(fields=('scope', 'source', 'period'), name='one_summary_source'),
        ),
    ]
