"""The admin site of sales files, with the page that maps columns by hand."""

from salesfiles.admin import files  # noqa: F401  (it registers itself)
