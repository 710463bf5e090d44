import django.core.validators
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('salesfiles', "0005_open_links"),
    ]

    operations = [
        migrations.AddField(
            model_name='salesfile',
            name='rates',
            field=models.JSONField(blank=True, editable=False, help_text='Of the newest import: the rate of each currency, and its origin.', null=True),
        ),
        migrations.AddField(
            model_name='salesfile',
            name='live_rates',
            field=models.JSONField(blank=True, editable=False, help_text='Those by which the live revision counts.', null=True),
        ),
        migrations.AlterField(
            model_name='salesfile',
            name='exchange_rate',
            field=models.DecimalField(blank=True, decimal_places=18, help_text='As given. Empty: the reference rate of the statement period is looked up.', max_digits=38, null=True, validators=[django.core.validators.MinValueValidator(Decimal('1E-18')), django.core.validators.MaxValueValidator(Decimal('1E+9'))]),
        ),
        migrations.AlterField(
            model_name='salesfile',
            name='used_rate',
            field=models.DecimalField(blank=True, decimal_places=18, editable=False, help_text='Where the file has one currency.', max_digits=38, null=True),
        ),
    ]
