"""Upkeep: keep the database, S3 and MongoDB in step. Garbage collection, reconciling after a restore, verification."""
