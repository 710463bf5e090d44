import re
import django.core.validators
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Rate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$', 'A currency is three capital letters (ISO 4217): USD.')])),
                ('period', models.CharField(help_text='The month: YYYY-MM.', max_length=7, validators=[django.core.validators.RegexValidator(re.compile('^[0-9]{4}-(0[1-9]|1[0-2])$'), 'A period is a year and a month: YYYY-MM.')])),
                ('day', models.DateField(blank=True, help_text='Empty: the rate is that of the whole month.', null=True)),
                ('units', models.DecimalField(decimal_places=18, help_text='Of the currency for one EUR: 1.0815 for USD.', max_digits=38, validators=[django.core.validators.MinValueValidator(Decimal('1E-18'))])),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'ordering': ['-period', '-day', 'currency'],
                'indexes': [models.Index(fields=['currency', 'period'], name='rates_by_month')],
                'constraints': [models.UniqueConstraint(fields=('currency', 'day'), name='one_rate_per_currency_and_day'), models.UniqueConstraint(condition=models.Q(('day', None)), fields=('currency', 'period'), name='one_rate_per_currency_and_month'), models.CheckConstraint(condition=models.Q(('units__gt', 0)), name='rate_is_positive'), models.CheckConstraint(condition=models.Q(('currency', 'EUR'), _negated=True), name='base_currency_has_no_rate')],
            },
        ),
    ]
