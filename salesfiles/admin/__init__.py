"""The admin of sales files."""

from salesfiles.admin import files  # noqa: F401  (it registers itself)
