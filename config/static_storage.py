"""Static files under names that change with their content, once `collectstatic` has run."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class OptionalManifestStorage(CompressedManifestStaticFilesStorage):
    """Before the first `collectstatic` there is no list of names, and files have the names they lie under."""

    # Scripts import each other by the names they lie under; `collectstatic` writes the new names into them.
    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name
