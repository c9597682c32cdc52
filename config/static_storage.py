"""Static files storage with content hashes in file names, once `collectstatic` has run."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class OptionalManifestStorage(CompressedManifestStaticFilesStorage):
    """Serves files under their original names until `collectstatic` has written a manifest."""

    # Scripts import each other by the names they lie under; `collectstatic` writes the new names into them.
    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name
