"""Where the checked rows of an import wait to be applied: unlogged, for they can be made again from the file in S3."""

from django.db import migrations

FORWARDS = """
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
BACKWARDS = "DROP TABLE catalogue_staged_row; DROP TABLE catalogue_staged_credit;"


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_catalogue")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
