"""What keeps the database, S3 and MongoDB in step: removing what nobody needs, and mending after a restore."""
