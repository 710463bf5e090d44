import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('salesfiles', '0002_answers'),
    ]

    operations = [
        migrations.CreateModel(
            name='Overlap',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job', models.UUIDField()),
                ('other_job', models.UUIDField()),
                ('periods', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=7), size=None)),
                ('lines', models.BigIntegerField()),
                ('money', models.DecimalField(decimal_places=18, max_digits=38)),
                ('file_lines', models.BigIntegerField()),
                ('file_money', models.DecimalField(decimal_places=18, max_digits=38)),
                ('named', models.BooleanField(db_default=False, default=False)),
                ('accepted', models.BooleanField(db_default=False, default=False)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('file', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='overlaps', to='salesfiles.salesfile')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
                ('other', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='salesfiles.salesfile')),
            ],
            options={
                'ordering': ['-money', 'id'],
                'abstract': False,
                'base_manager_name': 'everything',
                'default_manager_name': 'everything',
                'constraints': [models.UniqueConstraint(fields=('job', 'other_job'), name='one_overlap_per_pair_of_imports')],
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
    ]
