from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the table is written to while the index is made

    dependencies = [
        ("salesfiles", "0005_turns"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="salesfile",
            index=models.Index(fields=["organisation", "-total_local"], name="sales_files_largest"),
        ),
    ]
