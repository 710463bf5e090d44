
import catalogue.validators
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.manager
import uuid
from django.db import migrations, models


# Where the checked rows of an import wait to be applied: unlogged, for they can be made again from the file in S3.
STAGING = """
CREATE UNLOGGED TABLE catalogue_staged_row (
    import_id bigint NOT NULL,
    number integer NOT NULL,
    isrc text,
    title text,
    version text,
    duration integer,
    upc text,
    release_title text,
    release_version text,
    catalogue_number text,
    label text,
    release_date date,
    territories text,
    disc integer,
    position integer,
    holds_track boolean NOT NULL,
    holds_release boolean NOT NULL,
    track_id bigint,
    release_id bigint,
    PRIMARY KEY (import_id, number)
);
CREATE UNLOGGED TABLE catalogue_staged_credit (
    import_id bigint NOT NULL,
    number integer NOT NULL,
    role text NOT NULL,
    place integer NOT NULL,
    name text NOT NULL,
    normal_name text NOT NULL,
    PRIMARY KEY (import_id, number, role, place)
);
"""
NO_STAGING = "DROP TABLE catalogue_staged_row; DROP TABLE catalogue_staged_credit;"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Artist',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=300, validators=[catalogue.validators.validate_name])),
                ('normal_name', models.CharField(editable=False, max_length=600)),
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
            name='CatalogueImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('filename', models.CharField(max_length=255)),
                ('key', models.CharField(editable=False, max_length=512)),
                ('etag', models.CharField(blank=True, default='', help_text='Pinned when the content was seen.', max_length=128)),
                ('preview', models.BooleanField(default=False, help_text='Wait for apply after the check.')),
                ('status', models.CharField(choices=[('WAITING', 'Waiting for the content'), ('CHECKING', 'Being checked'), ('PREVIEWED', 'Checked, waits for apply'), ('APPLYING', 'Being applied'), ('DONE', 'Done'), ('FAILED', 'Failed')], default='WAITING', max_length=9)),
                ('cause', models.CharField(blank=True, default='', max_length=64)),
                ('message', models.TextField(blank=True, default='')),
                ('columns', models.JSONField(blank=True, default=dict, help_text='Our column: the header it was found under.')),
                ('ignored', models.JSONField(blank=True, default=list, help_text='Headers that mean nothing to us.')),
                ('total_rows', models.PositiveIntegerField(blank=True, null=True)),
                ('valid_rows', models.PositiveIntegerField(blank=True, null=True)),
                ('error_rows', models.PositiveIntegerField(blank=True, null=True)),
                ('counts', models.JSONField(blank=True, default=dict)),
                ('step', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('applied_to', models.PositiveIntegerField(default=0, editable=False, help_text='The last row of the step done.')),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('created_by', models.CharField(blank=True, default='', editable=False, max_length=150)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
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
            name='CatalogueState',
            fields=[
                ('organisation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='accounts.organisation')),
                ('change', models.PositiveBigIntegerField(default=0)),
                ('changed_at', models.DateTimeField(null=True)),
                ('published_change', models.BigIntegerField(default=-1)),
                ('queued_at', models.DateTimeField(help_text='When a copy was last requested and not yet begun.', null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('change__gt', models.F('published_change'))), fields=['changed_at'], name='catalogues_to_publish')],
            },
        ),
        migrations.CreateModel(
            name='CatalogueVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField()),
                ('name', models.CharField(max_length=40)),
                ('rows', models.PositiveBigIntegerField()),
                ('aliases', models.PositiveBigIntegerField()),
                ('published_at', models.DateTimeField(auto_now_add=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
            ],
            options={
                'ordering': ['-number'],
                'abstract': False,
                'base_manager_name': 'everything',
                'default_manager_name': 'everything',
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='ImportProblem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row', models.PositiveIntegerField(help_text='As a spreadsheet counts: the header is row 1.')),
                ('column', models.CharField(max_length=32)),
                ('code', models.CharField(max_length=32)),
                ('value', models.CharField(blank=True, default='', max_length=200)),
                ('catalogue_import', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='problems', to='catalogue.catalogueimport')),
            ],
            options={
                'ordering': ['row', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Release',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('upc', models.CharField(blank=True, default='', help_text='UPC, EAN or GTIN.', max_length=14, validators=[catalogue.validators.validate_upc], verbose_name='UPC')),
                ('title', models.CharField(max_length=500, validators=[catalogue.validators.validate_name])),
                ('version', models.CharField(blank=True, default='', help_text='Deluxe, Remastered …', max_length=500)),
                ('catalogue_number', models.CharField(blank=True, default='', max_length=100)),
                ('label', models.CharField(blank=True, default='', max_length=300)),
                ('date', models.DateField(blank=True, help_text='When it is or was first released.', null=True)),
                ('territories', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=2, validators=[catalogue.validators.validate_territory]), blank=True, default=list, help_text='ISO 3166-1 alpha-2; empty: the whole world.', size=None)),
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
            name='ReleaseArtist',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=1)),
                ('artist', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='release_credits', to='catalogue.artist')),
                ('release', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='credits', to='catalogue.release')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.AddField(
            model_name='release',
            name='artists',
            field=models.ManyToManyField(related_name='releases', through='catalogue.ReleaseArtist', to='catalogue.artist'),
        ),
        migrations.CreateModel(
            name='ReleaseTrack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('disc', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1)])),
                ('position', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('release', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='places', to='catalogue.release')),
            ],
            options={
                'ordering': ['disc', 'position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Track',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('isrc', models.CharField(blank=True, default='', max_length=12, validators=[catalogue.validators.validate_isrc], verbose_name='ISRC')),
                ('title', models.CharField(max_length=500, validators=[catalogue.validators.validate_name])),
                ('version', models.CharField(blank=True, default='', help_text='Radio Edit, Live …', max_length=500)),
                ('duration', models.PositiveIntegerField(blank=True, help_text='In seconds.', null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
                ('releases', models.ManyToManyField(related_name='tracks', through='catalogue.ReleaseTrack', to='catalogue.release')),
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
        migrations.AddField(
            model_name='releasetrack',
            name='track',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='catalogue.track'),
        ),
        migrations.CreateModel(
            name='Alias',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('isrc', 'ISRC'), ('upc', 'UPC'), ('artist_title', 'Artist and title')], max_length=12)),
                ('key', models.CharField(editable=False, max_length=600)),
                ('text', models.CharField(max_length=600)),
                ('created_by', models.CharField(blank=True, default='', editable=False, max_length=150)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
                ('release', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='aliases', to='catalogue.release')),
                ('track', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='aliases', to='catalogue.track')),
            ],
            options={
                'verbose_name_plural': 'aliases',
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
            name='TrackArtist',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('main', 'Main'), ('featured', 'Featured'), ('remixer', 'Remixer'), ('composer', 'Composer'), ('producer', 'Producer')], default='main', max_length=8)),
                ('position', models.PositiveSmallIntegerField(default=1)),
                ('artist', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='track_credits', to='catalogue.artist')),
                ('track', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='credits', to='catalogue.track')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.AddField(
            model_name='track',
            name='artists',
            field=models.ManyToManyField(related_name='tracks', through='catalogue.TrackArtist', to='catalogue.artist'),
        ),
        migrations.AddConstraint(
            model_name='artist',
            constraint=models.UniqueConstraint(fields=('organisation', 'normal_name'), name='one_artist_per_name'),
        ),
        migrations.AddIndex(
            model_name='catalogueimport',
            index=models.Index(fields=['status', 'updated_at'], name='imports_to_carry_on'),
        ),
        migrations.AddConstraint(
            model_name='catalogueversion',
            constraint=models.UniqueConstraint(fields=('organisation', 'number'), name='one_version_per_change'),
        ),
        migrations.AddIndex(
            model_name='importproblem',
            index=models.Index(fields=['catalogue_import', 'row'], name='problems_by_row'),
        ),
        migrations.AddConstraint(
            model_name='releaseartist',
            constraint=models.UniqueConstraint(fields=('release', 'artist'), name='one_credit_per_release_artist'),
        ),
        migrations.AddIndex(
            model_name='release',
            index=models.Index(fields=['organisation', 'title'], name='releases_by_title'),
        ),
        migrations.AddConstraint(
            model_name='release',
            constraint=models.UniqueConstraint(condition=models.Q(('upc__gt', '')), fields=('organisation', 'upc'), name='one_release_per_upc'),
        ),
        migrations.AddConstraint(
            model_name='releasetrack',
            constraint=models.UniqueConstraint(fields=('release', 'track'), name='a_track_is_once_on_a_release'),
        ),
        migrations.AddConstraint(
            model_name='alias',
            constraint=models.UniqueConstraint(fields=('organisation', 'kind', 'key'), name='one_alias_per_key'),
        ),
        migrations.AddConstraint(
            model_name='alias',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release__isnull', False), ('track', None)), models.Q(('release', None), ('track__isnull', False)), _connector='OR'), name='an_alias_is_of_a_track_or_a_release'),
        ),
        migrations.AddConstraint(
            model_name='trackartist',
            constraint=models.UniqueConstraint(fields=('track', 'artist', 'role'), name='one_credit_per_role'),
        ),
        migrations.AddIndex(
            model_name='track',
            index=models.Index(fields=['organisation', 'title'], name='tracks_by_title'),
        ),
        migrations.AddConstraint(
            model_name='track',
            constraint=models.UniqueConstraint(condition=models.Q(('isrc__gt', '')), fields=('organisation', 'isrc'), name='one_track_per_isrc'),
        ),
        migrations.RunSQL(STAGING, NO_STAGING),
    ]
