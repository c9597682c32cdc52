"""Find out in which encoding a text file was saved."""

import re
from dataclasses import dataclass

# Letters of western Europe within a word, as they stand in well-read text.
_PLAUSIBLE = re.compile(r"(?<=[A-Za-z])[ß-öø-ÿ]|(?<![a-z])[À-ÖØ-Ý](?=[A-Za-z])|[€’“”„–]")
# Signs within a word, which letters become when Mac Roman is read as Windows-1252.
_IMPLAUSIBLE = re.compile(r"(?<=[A-Za-zšž])[ŠŽŸ§‡†ˆ‰‹Œ•™›¢¤¥¦©¬®¯±¶¿](?=[a-z§Ÿ])")
# Bytes without a meaning in Windows-1252. In Mac Roman they are the letters å, ç, è, ê, and ù.
_NOT_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True)
class DecodedText:
    """A file's text without its byte order mark, and the name of the encoding it was read in."""

    text: str
    encoding: str


def decode_text(content: bytes) -> DecodedText:
    """Decode UTF-8, UTF-16, Windows-1252, or Mac Roman. Raises ValueError if it is none of them."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return DecodedText(content.decode("utf-16"), "UTF-16")
    if codec := _guess_utf16(content):
        return DecodedText(content.decode(codec), "UTF-16")
    try:
        return DecodedText(content.decode("utf-8-sig"), "UTF-8")
    except UnicodeDecodeError:
        return _decode_single_bytes(content)


def _guess_utf16(content: bytes) -> str:
    """Return the codec of UTF-16 without a byte order mark, in which every other byte of ASCII is zero."""
    start = content[:400]
    if len(content) % 2 or len(start) < 4:
        return ""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd > len(start) * 0.35 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > len(start) * 0.35 and not odd else ""


def _decode_single_bytes(content: bytes) -> DecodedText:
    if b"\0" in content:
        raise ValueError("not a text file")
    mac = content.decode("mac_roman")
    if _NOT_WINDOWS.search(content):
        return DecodedText(mac, "Mac Roman")
    windows = content.decode("cp1252")
    is_mac = len(_IMPLAUSIBLE.findall(windows)) > len(_PLAUSIBLE.findall(windows))
    return DecodedText(mac, "Mac Roman") if is_mac else DecodedText(windows, "Windows-1252")
