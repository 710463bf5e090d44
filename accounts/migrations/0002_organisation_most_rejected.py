from decimal import Decimal

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='organisation',
            name='most_rejected',
            field=models.DecimalField(db_default=Decimal('1'), decimal_places=4, default=Decimal('1'), help_text="Percent of a sales file's lines, and of its money, that may be rejected before the file waits for a person. 0: any rejected line makes it wait.", max_digits=7, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))]),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('most_rejected__gte', 0), ('most_rejected__lte', 100)), name='most_rejected_is_a_percentage'),
        ),
    ]
