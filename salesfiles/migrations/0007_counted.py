from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # the table is written to while indexes are made and dropped

    dependencies = [
        ("salesfiles", "0006_largest_first"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="salesfile",
            index=models.Index(
                fields=["organisation", "status"], condition=Q(deleted_at=None), name="sales_files_counted"
            ),
        ),
        RemoveIndexConcurrently(model_name="salesfile", name="sales_files_by_status"),
    ]
