from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('totals', '0001_initial'),
    ]

    operations = [
        # PostgreSQL only notes the greater precision: no row is written again.
        migrations.AlterField(
            model_name='summaryentry',
            name='revenue',
            field=models.DecimalField(decimal_places=18, max_digits=58),
        ),
    ]
