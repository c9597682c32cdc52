"""Reading pages as people do."""

import re


def read(page):
    """Return the text of a page, with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
