#!/usr/bin/env bash
# One would guess that a writer whose agreement states a publisher's fee of 0 % pays no fee: the form of
# django-music-publisher allows 0, and describes the default fee as that which is used if no fee is present in the
# database. Its royalty calculation takes the first fee that is true, and 0 is not: the writer is charged the default
# fee, and likewise a specific agreement of 0 % gives way to the general one. The output names the percentage and its
# sums tie, so that only the writer could notice. OAS keeps what is not given apart from 0: a line with an empty amount
# is rejected, one of 0 is a sale.
#
# Seen on 2026-11-28:
#   django-music-publisher 26.9
#   BRUN: agreed 10%, charged 10%
#   MILLER: agreed 0%, charged 20%
#   ANSA: agreed 0%, charged 10%
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq django-music-publisher==26.9
cd "$folder"
export TMPDIR="$folder" # the calculation leaves a file there
venv/bin/python - <<'PYTHON'
import csv
import io
from decimal import Decimal
from importlib.metadata import version
from types import SimpleNamespace

import django
from django.conf import settings

DJANGO = [f"django.contrib.{name}" for name in ("auth", "contenttypes", "admin", "messages", "sessions")]
ONE = Decimal(1)
settings.configure(
    SECRET_KEY="example", USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["music_publisher", "taggit", *DJANGO],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    PUBLISHER_CODE="EXA", PUBLISHER_NAME="Example Songs", PUBLISHER_IPI_NAME="", PUBLISHER_IPI_BASE="",
    PUBLISHER_SOCIETY_PR="52", PUBLISHER_SOCIETY_MR="44", PUBLISHER_SOCIETY_SR="", OPTION_FORCE_CASE=None,
    OPTION_FILES=False, PUBLISHING_AGREEMENT_PUBLISHER_PR=Decimal("0.5"), PUBLISHING_AGREEMENT_PUBLISHER_MR=ONE,
    PUBLISHING_AGREEMENT_PUBLISHER_SR=ONE,
)
django.setup()
from django.core.management import call_command
from music_publisher.models import Work, Writer, WriterInWork
from music_publisher.royalty_calculation import RoyaltyCalculation

print("django-music-publisher", version("django-music-publisher"))
call_command("migrate", verbosity=0)
work = Work.objects.create(title="WINTER SONG")
work.work_id = "SONG1"
work.save()
for name, general, specific in (("BRUN", "10", None), ("MILLER", "0", None), ("ANSA", "10", "0")):
    writer = Writer.objects.create(last_name=name, generally_controlled=True, publisher_fee=Decimal(general))
    fee = None if specific is None else Decimal(specific)
    share = Decimal("40") if name == "BRUN" else Decimal("30")
    WriterInWork.objects.create(
        work=work, writer=writer, capacity="CA", relative_share=share, controlled=True, publisher_fee=fee
    )
answers = {
    "in_file": SimpleNamespace(name="statement.csv"), "work_id_column": "0", "work_id_source": "EXA",
    "amount_column": "1", "right_type_column": "p", "algo": "fee", "default_fee": Decimal("20"),
}
form = SimpleNamespace(file=io.StringIO("Work ID,Amount\nSONG1,100.00\n"), cleaned_data=answers)
with open(RoyaltyCalculation(form).out_file_path, newline="") as file:
    lines = [line for line in csv.DictReader(file) if line["Interested party"]]
agreed = {"BRUN []": "0.1", "MILLER []": "0", "ANSA []": "0"}
seen = {line["Interested party"]: Decimal(line["Fee (%)"]) for line in lines if line["Interested party"] in agreed}
for name, fee in agreed.items():
    print(f"{name.split()[0]}: agreed {Decimal(fee):.0%}, charged {seen[name]:.0%}")
if seen != {"BRUN []": Decimal("0.1"), "MILLER []": Decimal("0.2"), "ANSA []": Decimal("0.1")}:
    raise SystemExit("The behaviour has changed.")
PYTHON
