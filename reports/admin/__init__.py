"""The admin site of reports, with the workbench for unmatched sales and charts of the totals."""

from reports.admin import reports  # noqa: F401  (it registers itself)
