"""Product descriptions: plain text or HTML, shown safely, and as text where no markup belongs.

A description is HTML if it has one of the tags below. Anything else is text, such as "fits rooms < 20 m²".
"""

import html
import re

import nh3
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe

# No pictures: they would be requested from other hosts. The product has its own.
_TAGS = {
    *("p", "br", "hr", "div", "span", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd"),
    *("strong", "b", "em", "i", "u", "s", "sub", "sup", "small", "mark", "code", "pre", "blockquote", "a"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href"}, "th": {"colspan", "rowspan", "scope"}, "td": {"colspan", "rowspan"}}
_URL_SCHEMES = {"https", "http", "mailto", "tel"}
# Tags whose content isn't text.
_DROPPED = {"script", "style", "iframe", "object", "template", "noscript", "svg", "math", "title", "head"}
_ANY_TAG = re.compile(
    rf"</?(?:{'|'.join(sorted(_TAGS | _DROPPED | {'img', 'font'}))})(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_BLOCK_END = re.compile(r"</(?:p|div|h[1-6]|li|dt|dd|tr|ul|ol|table|blockquote|pre)>|<(?:br|hr)>")
_TITLE = re.compile(r"(</?)h1>")


def is_html(description: str) -> bool:
    """Return True if the description has HTML tags."""
    return bool(_ANY_TAG.search(description))


def clean_description(description: str) -> str:
    """Return the description without scripts, styles, pictures, and unsafe links. Text stays as it is."""
    if not is_html(description):
        return description
    cleaned = nh3.clean(
        description,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        clean_content_tags=_DROPPED,
        url_schemes=_URL_SCHEMES,
        url_relative="deny",
        link_rel="nofollow noopener noreferrer",
    )
    return _TITLE.sub(r"\1h2>", cleaned).strip()  # the page's only title is the product's name


def clean_next_description(description: str) -> str:
    """Return a description from NEXT, which is always HTML, cleaned. Without tags it becomes text."""
    cleaned = clean_description(description)
    return cleaned if is_html(cleaned) else html.unescape(cleaned)


def render_description(description: str) -> SafeString:
    """Return the description as safe HTML. Cleaned again, because programs and files may have set it."""
    if not is_html(description):
        return mark_safe(linebreaks(description, autoescape=True))  # nosec B308, B703
    return mark_safe(clean_description(description))  # nosec B308, B703


def describe_as_text(description: str) -> str:
    """Return the description without markup, one line for each paragraph."""
    if not is_html(description):
        return description
    text = _BLOCK_END.sub("\n", clean_description(description))
    lines = html.unescape(nh3.clean(text, tags=set())).splitlines()
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))
