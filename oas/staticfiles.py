"""Static files of pages: hashed and compressed once they are collected, from the packages before that."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class CollectedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Leaves names as they are without a manifest (a fresh clone): WhiteNoise then uses the finders."""

    def stored_name(self, name: str) -> str:
        return str(super().stored_name(name)) if self.hashed_files else name
