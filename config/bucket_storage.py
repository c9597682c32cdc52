"""Pictures in an S3 bucket, shared by all web processes. The shop serves them itself unless a CDN does."""

import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urljoin

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage

ADDRESS_STYLE = {"addressing_style": "auto"}


class BucketUnavailableError(OSError):
    """The bucket didn't respond, or refused."""


class BucketStorage(S3Storage):
    """A private bucket. Files have URLs below `base_url`, and failures are OSErrors like those of a disk."""

    def __init__(self, *, base_url: str, **options: Any) -> None:
        config = Config(
            connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2}, s3=ADDRESS_STYLE
        )
        super().__init__(
            client_config=config, default_acl=None, file_overwrite=True, querystring_auth=False, **options
        )
        self.base_url = base_url

    def url(self, name: str, *_args: Any, **_options: Any) -> str:
        return urljoin(self.base_url, filepath_to_uri(name))

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        """Return the whole file at once: pictures are small, and a late failure would cut a response off."""
        with raise_os_errors():
            file = super()._open(name, mode)
            with closing(file):
                content = file.read()
        return File(io.BytesIO(content), name)

    def _save(self, name: str, content: "File[bytes]") -> str:
        with raise_os_errors():
            return str(super()._save(name, content))

    def exists(self, name: str) -> bool:
        with raise_os_errors():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with raise_os_errors():
            super().delete(name)


@contextmanager
def raise_os_errors() -> Iterator[None]:
    """Turn errors of boto3 into FileNotFoundError or BucketUnavailableError."""
    try:
        yield
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
            raise FileNotFoundError("no such file in the bucket") from error
        code = error.response.get("Error", {}).get("Code", "")
        raise BucketUnavailableError(f"The bucket refused: {code}.") from error
    except BotoCoreError as error:
        raise BucketUnavailableError(f"The bucket couldn't be reached ({type(error).__name__}).") from error
