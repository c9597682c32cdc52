"""Serves uploaded pictures from the storage, whether it is a folder or a bucket."""

import errno
import logging

from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

# A picture that changes gets a new name.
CACHE_CONTROL = "public, max-age=31536000, immutable"
NO_SUCH_FILE = {errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL}


@require_safe
def serve_media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Respond with an uploaded file, or with 404 if there is none, or with 503 if the storage fails."""
    try:
        file = default_storage.open(path)
    except (SuspiciousOperation, ValueError) as error:
        raise Http404 from error
    except OSError as error:
        if isinstance(error, FileNotFoundError) or error.errno in NO_SUCH_FILE:
            raise Http404 from error
        logger.warning("a picture couldn't be read: %s", error)
        return HttpResponse(status=503, headers={"Retry-After": "10", "Cache-Control": "no-store"})
    response = FileResponse(file, filename=path.rpartition("/")[2])
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response
