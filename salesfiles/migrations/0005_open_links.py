from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The table is large where it matters: the index is built without a lock that writers wait for.
    atomic = False

    dependencies = [("salesfiles", "0004_warnings")]

    operations = [
        migrations.AddField(
            model_name="salesfile",
            name="link_until",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="Until then a link may bring content.", null=True
            ),
        ),
        AddIndexConcurrently(
            model_name="salesfile",
            index=models.Index(
                condition=models.Q(("link_until__isnull", False)),
                fields=["link_until"],
                name="sales_files_with_open_links",
            ),
        ),
    ]
