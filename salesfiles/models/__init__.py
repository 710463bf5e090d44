"""Sales files, what is recorded of them, and the rules about one row."""

from salesfiles.models.records import Overlap, StatusChange
from salesfiles.models.sales_file import (
    ANSWERS,
    DOCUMENT_ID,
    SalesFile,
    SalesFileManager,
    new_uuid,
    validate_document_id,
    validate_period,
)

__all__ = [
    "ANSWERS",
    "DOCUMENT_ID",
    "Overlap",
    "SalesFile",
    "SalesFileManager",
    "StatusChange",
    "new_uuid",
    "validate_document_id",
    "validate_period",
]
