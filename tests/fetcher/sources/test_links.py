"""What is taken for a link of Google Drive, what for a presigned one, and what for neither."""

from __future__ import annotations

import pytest

from fetcher.sources.links import Kind, masked, recognise
from oas.api.refusals import BadValue

ID = "1AbCdEfGhIjKlMnOpQrStUvWxYz_-0123"
SIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=abc"


@pytest.mark.parametrize(
    "url",
    [
        f"https://drive.google.com/file/d/{ID}/view?usp=sharing",
        f"https://drive.google.com/file/d/{ID}",
        f"https://drive.google.com/file/u/0/d/{ID}/preview",
        f"https://drive.google.com/open?id={ID}&usp=drive_fs",
        f"https://drive.google.com/uc?export=download&id={ID}",
        f"https://drive.google.com/uc?id={ID}&confirm=t",
        f"https://drive.google.com/drive/folders/{ID}?usp=sharing",
        f"https://drive.google.com/drive/u/1/folders/{ID}",
        f"https://drive.google.com/drive/mobile/folders/{ID}",
        f"https://drive.google.com/folderview?id={ID}",
        f"https://drive.google.com/embeddedfolderview?id={ID}#list",
        f"https://drive.google.com/a/label.example/file/d/{ID}/view",
        f"https://docs.google.com/spreadsheets/d/{ID}/edit#gid=0",
        f"https://docs.google.com/spreadsheets/u/0/d/{ID}/edit",
        f"https://docs.google.com/document/d/{ID}/edit",
        f"https://docs.google.com/uc?id={ID}",
        f"https://drive.usercontent.google.com/download?id={ID}&export=download",
        f"  https://DRIVE.google.com:443/file/d/{ID}/view  ",
    ],
)
def test_every_shape_of_a_drive_link_is_reduced_to_its_id(url: str) -> None:
    link = recognise(url)
    assert (link.kind, link.id, link.url) == (Kind.DRIVE, ID, "")
    assert link.shown == f"https://drive.google.com/open?id={ID}"


def test_a_resource_key_is_kept() -> None:
    url = f"https://drive.google.com/drive/folders/{ID}?resourcekey=0-AbC_1&usp=sharing"
    assert recognise(url).resource_key == "0-AbC_1"
    assert recognise(f"https://drive.google.com/open?id={ID}&resourcekey=a,b/c").resource_key == ""


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "not_a_link"),
        ("july.csv", "not_a_link"),
        ("drive.google.com/open?id=" + ID, "not_a_link"),
        ("javascript:alert(1)", "not_a_link"),
        ("https://", "not_a_link"),
        ("https://" + "a" * 5000 + ".example/", "not_a_link"),
        ("https://[::1", "not_a_link"),
        (f"https://drive.google.com.evil.example/file/d/{ID}/view?{SIGNED}", "unsupported_link"),
        (f"https://drive.google.com@evil.example/file/d/{ID}/view?{SIGNED}", "unsupported_link"),
        (f"https://evil.example@drive.google.com/file/d/{ID}/view", "unsupported_link"),
        (f"https://drive.gооgle.com/file/d/{ID}/view?{SIGNED}", "unsupported_link"),  # noqa: RUF001
        (f"https://xn--drive-google-hbb.com/file/d/{ID}/view?{SIGNED}", "unsupported_link"),
        (f"https://drive-google.com/file/d/{ID}/view?{SIGNED}", "unsupported_link"),
        (f"http://drive.google.com/file/d/{ID}/view", "unsupported_link"),
        (f"https://drive.google.com:8443/file/d/{ID}/view", "unsupported_link"),
        ("https://drive.google.com/drive/my-drive", "unsupported_link"),
        ("https://drive.google.com/file/d/../../etc/passwd", "unsupported_link"),
        ("https://drive.google.com/open?id=short", "unsupported_link"),
        ("https://docs.google.com/spreadsheets/d/e/2PACX-1vAbCdEfGh/pubhtml", "unsupported_link"),
        ("https://files.example/july.csv", "unsupported_link"),
        (f"http://bucket.s3.amazonaws.com/july.csv?{SIGNED}", "address_not_allowed"),
        (f"https://bucket.s3.amazonaws.com:9000/july.csv?{SIGNED}", "address_not_allowed"),
        (f"https://169.254.169.254/latest/meta-data?{SIGNED}", "address_not_allowed"),
        (f"https://[::ffff:127.0.0.1]/x.csv?{SIGNED}", "address_not_allowed"),
        (f"https://2130706433/x.csv?{SIGNED}", "address_not_allowed"),
        (f"https://0x7f.1/x.csv?{SIGNED}", "address_not_allowed"),
        (f"https://100.64.0.1/x.csv?{SIGNED}", "address_not_allowed"),
        (f"https://[64:ff9b::7f00:1]/x.csv?{SIGNED}", "address_not_allowed"),
        (f"https://bucket.s3.amazonaws.com/all.zip?{SIGNED}", "zip_link"),
        (f"https://bucket.s3.amazonaws.com/all.%5AIP?{SIGNED}", "zip_link"),
    ],
)
def test_anything_else_is_refused_with_a_reason(url: str, code: str) -> None:
    with pytest.raises(BadValue) as refused:
        recognise(url)
    assert (refused.value.code, refused.value.attr) == (code, "url")


@pytest.mark.parametrize(
    "url",
    [
        f"https://bucket.s3.eu-central-1.amazonaws.com/2025/july.csv?{SIGNED}",
        "https://bucket.s3.amazonaws.com/july.csv?AWSAccessKeyId=A&Signature=abc&Expires=1",
        "https://storage.googleapis.com/bucket/july.csv?X-Goog-Signature=abc",
        "https://account.blob.core.windows.net/box/july.csv?sv=2024&se=2025&sig=abc",
        "https://minio.label.example/box/july.csv?X-Amz-Signature=abc",
    ],
)
def test_a_presigned_link_is_one_that_carries_a_signature(url: str) -> None:
    link = recognise(url)
    assert (link.kind, link.url) == (Kind.PRESIGNED, url)
    assert "abc" not in link.shown
    assert link.shown == masked(url)
