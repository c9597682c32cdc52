"""QR codes of addresses."""

import io

import segno


def render_qr_svg(address: str) -> bytes:
    """Return the code as SVG, black on white with its quiet zone."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", scale=8, border=4, light="#ffffff", xmldecl=False, title=address
    )
    return out.getvalue()


def render_qr_png(address: str) -> bytes:
    """Return the code as PNG, big enough to print."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="png", scale=16, border=4)
    return out.getvalue()
