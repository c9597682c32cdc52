"""The picture that messengers show beside a shared address: 1200 × 630, with name, price and photograph."""

import io

from django.core.files.storage import default_storage
from PIL import Image, ImageDraw, ImageFont

from catalog import theme
from catalog.models import Media

SIZE = (1200, 630)
PHOTO = 504  # its width, at 4:5 of the height
MARGIN = 72


def draw(*, name: str, price: str, shop: str, accent: str, photo: Media | None) -> bytes:
    """Return the picture as JPEG. Latin text; without a photograph the words have all the room."""
    image = Image.new("RGB", SIZE, "#ffffff")
    canvas = ImageDraw.Draw(image)
    room = SIZE[0] - 2 * MARGIN
    opened = _opened(photo)
    if opened is not None:
        image.paste(_covering(opened, (PHOTO, SIZE[1])), (SIZE[0] - PHOTO, 0))
        room -= PHOTO
    colour = theme.parse(accent)
    canvas.rectangle((0, 0, 16, SIZE[1]), fill=colour)
    canvas.text((MARGIN, 96), shop, font=ImageFont.load_default(34), fill="#5a6068", anchor="lm")
    title = ImageFont.load_default(68)
    lines = _wrapped(name, title, room)[:4]
    top = SIZE[1] / 2 - (len(lines) - 1) * 40
    for number, line in enumerate(lines):
        canvas.text((MARGIN, top + number * 80), line, font=title, fill="#17191c", anchor="lm")
    canvas.text((MARGIN, SIZE[1] - 96), price, font=ImageFont.load_default(48), fill="#17191c", anchor="lm")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def _opened(photo: Media | None) -> Image.Image | None:
    """Open the largest rendition that needs no transparency; none where the file is gone."""
    if photo is None or not photo.renditions:
        return None
    try:
        with default_storage.open(photo.renditions[-1]["name"]) as file:
            picture = Image.open(file)
            picture.load()
    except OSError:
        return None
    if picture.mode == "RGBA":
        ground = Image.new("RGB", picture.size, "#f6f6f4")
        ground.paste(picture, mask=picture.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _covering(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    scale = max(size[0] / picture.width, size[1] / picture.height)
    grown = picture.resize(
        (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS
    )
    left, top = (grown.width - size[0]) // 2, (grown.height - size[1]) // 2
    return grown.crop((left, top, left + size[0], top + size[1]))


def _wrapped(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
