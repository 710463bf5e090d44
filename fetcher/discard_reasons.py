"""The reasons why a file of a link is no sales file, each with a sentence for users."""

from __future__ import annotations

from django.db.models import TextChoices

ZIP_RULE = (
    "The link must not lead to a zip file: put the zip file into a folder and share the folder. "
    "Zip files in folders are unpacked."
)


class Reason(TextChoices):
    """A reason by its code. The label is its sentence, used where no more exact text is given."""

    UNSUPPORTED_TYPE = "unsupported_type", "Only CSV, TXT, TSV, XLS, XLSX, GZ, and ZIP in a folder, are taken."
    EMPTY = "empty", "The file is empty."
    CORRUPT = "corrupt", "The file is damaged or cut off."
    DUPLICATE = "duplicate", "The same content was taken in before."
    TOO_LARGE = "too_large", "The file is too large."
    TOO_DEEP = "too_deep", "The folder is too deep below the one that was shared."
    TOO_MANY = "too_many_files", "The folder has too many files: share its sub-folders one by one."
    NO_FILES = "no_files", "There is no file in the folder."
    ZIP_LINK = "zip_link", ZIP_RULE
    NESTED = "nested_archive", "An archive in an archive is not unpacked."
    ENCRYPTED = "encrypted", "The archive asks for a password."
    NOT_SHARED = "not_shared", "It is not there any more, or not shared with “Anyone with the link”."
    NO_DOWNLOAD = "not_downloadable", "Its owner does not let it be downloaded."
    ABUSE = "flagged", "Google holds it for malware or spam and does not give it out."
    HTML = "web_page", "A web page came instead of the file: the link does not lead to the file itself."
    QUOTA = "quota", "Google's limit for downloads is used up: try again later."
    CHECKSUM = "checksum", "What arrived is not what the source has, in size or checksum."
    BYTES_A_DAY = "bytes_a_day", "Your organisation may send no more bytes today: try again tomorrow."
    EXPIRED = "link_refused", "The storage system refuses the link: it has expired, or was changed."
    CHANGED = "changed", "The file changed while it was being fetched."
    BLOCKED = "address_not_allowed", "The link leads to an address that OAS does not talk to."
    BROKEN = "unreachable", "The source does not answer, or the connection was cut."
    TOO_SLOW = "too_slow", "The source sends too slowly: OAS stopped waiting."
    SETUP = "google_not_set_up", "OAS has no access to Google Drive: its key is missing, wrong or not enabled."
    DELETED = "deleted", "Its sales file was deleted while it was being fetched."
    GAVE_UP = "gave_up", "It could not be fetched, however often it was tried."
    CANCELLED = "cancelled", "It was cancelled."
    ERROR = "error", "A bug of ours; it has been noted."


RETRIED = frozenset(  # passing by itself: another attempt is made without a request
    {Reason.QUOTA, Reason.CHECKSUM, Reason.CHANGED, Reason.BROKEN, Reason.ERROR}
)
RETRIABLE = RETRIED | {  # what a user may have mended: another attempt is made on request
    Reason.NOT_SHARED,
    Reason.NO_DOWNLOAD,
    Reason.EXPIRED,
    Reason.TOO_SLOW,
    Reason.BYTES_A_DAY,
    Reason.SETUP,
    Reason.GAVE_UP,
    Reason.CANCELLED,
    Reason.DELETED,
    Reason.HTML,
}
REASON_OF_CAUSE = {  # causes that cleaning states, as the reasons that fetching has for the same
    "duplicate_file": Reason.DUPLICATE,
    "empty_file": Reason.EMPTY,
    "corrupt_file": Reason.CORRUPT,
}


class Discard(Exception):
    """This file, or link, does not become a sales file. `text` is for the user."""

    def __init__(self, reason: Reason, text: str = "") -> None:
        super().__init__(text or reason.label)
        self.reason = reason
        self.text = text or str(reason.label)
