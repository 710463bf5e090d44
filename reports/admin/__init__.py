"""The admin of reports and totals."""

from reports.admin import reports  # noqa: F401  (it registers itself)
