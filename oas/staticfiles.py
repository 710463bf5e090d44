"""Static files of pages: hashed and compressed once collected, straight from the packages before that."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class CollectedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Without a manifest (a fresh clone) names stay as they are, and WhiteNoise asks the finders."""

    def stored_name(self, name: str) -> str:
        return str(super().stored_name(name)) if self.hashed_files else name
