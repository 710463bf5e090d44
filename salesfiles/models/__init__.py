"""Sales files, what is recorded of them, and the rules about one row."""

from salesfiles.models.records import Overlap, StatusChange, amount_field
from salesfiles.models.sales_file import (
    DOCUMENT_ID,
    SalesFile,
    SalesFileManager,
    new_uuid,
    validate_document_id,
    validate_period,
)

__all__ = [
    "DOCUMENT_ID",
    "Overlap",
    "SalesFile",
    "SalesFileManager",
    "StatusChange",
    "amount_field",
    "new_uuid",
    "validate_document_id",
    "validate_period",
]
