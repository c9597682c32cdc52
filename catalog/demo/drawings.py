"""The demo's pictures: still lifes, each drawn in the colour that is asked for."""

import math
from collections.abc import Callable

from PIL import Image

from catalog.demo.canvas import Canvas, Point, blend, curve, darker, lighter, mirrored, round_body

Drawing = Callable[[str], Image.Image]


def mug(colour: str) -> Image.Image:
    canvas = Canvas("#e6ddd1", "#cdbba4", horizon=700)
    canvas.shadow(430, 800, 470, 70)
    # The handle, behind the body.
    outer = curve((545, 520), ((700, 490), (730, 720), (540, 700)))
    canvas.line(outer, 46, darker(colour, 0.3))
    canvas.line([(x - 4, y - 6) for x, y in outer], 26, darker(colour, 0.08))
    _pot(canvas, colour, half=190, top=430, bottom=800, foot=150)
    canvas.ellipse(400, 430, 380, 84, lighter(colour, 0.35))
    canvas.ellipse(400, 433, 352, 70, darker(colour, 0.35))
    canvas.ellipse(400, 446, 322, 50, [(0, "#3a2314"), (0.6, "#5b3922"), (1, "#3a2314")])
    # A glaze line, and two wisps of steam.
    _band(canvas, lighter(colour, 0.5), half=188, y=700, height=7)
    for x, lean in ((370, 26), (440, -24)):
        steam = curve((x, 400), ((x + lean, 350), (x - lean, 320), (x + lean / 2, 250)))
        canvas.light([*steam, *((px + 16, py) for px, py in reversed(steam))], strength=0.5, blur=14)
    return canvas.done()


def coffee_bag(colour: str) -> Image.Image:
    canvas = Canvas("#e9e0d3", "#d8c8b2", horizon=735)
    canvas.shadow(425, 862, 430, 56)
    side = curve((580, 250), ((588, 420), (612, 640), (590, 858)))
    outline = mirrored([(400, 250), *side, (400, 870)])
    canvas.polygon(
        outline,
        [
            (0, darker(colour, 0.28)),
            (0.1, darker(colour, 0.05)),
            (0.3, lighter(colour, 0.16)),
            (0.75, colour),
            (1, darker(colour, 0.34)),
        ],
    )
    canvas.box(
        216,
        232,
        368,
        46,
        [(0, darker(colour, 0.3)), (0.4, lighter(colour, 0.1)), (1, darker(colour, 0.36))],
        radius=8,
    )
    canvas.box(206, 262, 388, 20, darker(colour, 0.42), radius=8)
    for x, lean in ((250, 14), (548, -14)):
        canvas.line(
            curve((x, 300), ((x + lean, 380), (x - lean, 560), (x + lean / 2, 720))), 3, darker(colour, 0.16)
        )
    canvas.box(275, 430, 250, 300, [(0, "#efe6d6"), (0.4, "#fbf6ec"), (1, "#e7dcc9")], radius=6)
    canvas.ellipse(400, 520, 96, 96, darker(colour, 0.1))
    _bean(canvas, 400, 520, 34, "#f6efe2")
    canvas.text(400, 612, "HARBOUR", 30, "#2d2119", spacing=6)
    canvas.text(400, 650, "roast", 26, "#6a5746", spacing=2)
    canvas.line([(330, 690), (470, 690)], 2, "#b7a68f")
    for x, y, turn in ((150, 880, 20), (205, 905, 22), (668, 890, 21)):
        _bean(canvas, x, y, turn, "#4a2c19")
    return canvas.done()


def pour_over(colour: str) -> Image.Image:
    canvas = Canvas("#dfe4e1", "#c9c3b6", horizon=720)
    canvas.shadow(410, 850, 420, 60)
    glass = mirrored(
        [
            (400, 560),
            *curve((470, 560), ((480, 640), (585, 680), (585, 780)), ((585, 830), (560, 850), (520, 852))),
            (400, 852),
        ]
    )
    canvas.polygon(
        glass, [(0, "#a9b7b6"), (0.15, "#dfe9e8"), (0.5, "#eef4f3"), (0.85, "#cfdad9"), (1, "#94a4a3")]
    )
    coffee = mirrored([(400, 722), *curve((576, 722), ((590, 800), (575, 838), (520, 840))), (400, 840)])
    canvas.polygon(coffee, [(0, "#2d180c"), (0.3, "#6b4023"), (0.6, "#4d2b16"), (1, "#23120a")])
    canvas.ellipse(400, 722, 352, 34, "#7a4c2c")
    canvas.box(
        318,
        545,
        164,
        40,
        [(0, darker(colour, 0.3)), (0.35, lighter(colour, 0.3)), (1, darker(colour, 0.35))],
        radius=12,
    )
    cone = mirrored([(400, 330), (590, 330), (455, 545), (400, 545)])
    canvas.polygon(cone, round_body(colour))
    for share in (0.2, 0.4, 0.6, 0.8):
        top, bottom = 212 + 376 * share, 346 + 108 * share
        canvas.line([(top, 345), (bottom, 535)], 3, darker(colour, 0.12))
    canvas.ellipse(400, 330, 380, 70, lighter(colour, 0.4))
    canvas.ellipse(400, 334, 346, 54, "#f7f1e6")
    canvas.ellipse(400, 342, 290, 38, "#5c3a22")
    canvas.line(curve((592, 350), ((690, 350), (700, 470), (540, 460))), 20, darker(colour, 0.2))
    canvas.light([(275, 640), (300, 620), (292, 800), (262, 800)], strength=0.75, blur=12)
    return canvas.done()


def cushion(colour: str) -> Image.Image:
    canvas = Canvas("#e8e3da", "#d9d0c2", horizon=800)
    outline = curve(
        (170, 300),
        ((300, 350), (500, 350), (630, 300)),
        ((588, 440), (588, 620), (640, 790)),
        ((500, 742), (300, 742), (160, 790)),
        ((212, 620), (212, 440), (170, 300)),
    )
    canvas.shadow(405, 800, 470, 60)
    canvas.cast(outline, dx=20, dy=14)
    canvas.polygon(
        outline,
        [(0, darker(colour, 0.2)), (0.3, lighter(colour, 0.2)), (0.6, colour), (1, darker(colour, 0.3))],
    )
    for step in range(9):
        y = 360 + step * 46
        bow = 26 * math.sin(step / 8 * math.pi)
        left, right = 214 - bow * 0.2, 586 + bow * 0.2
        canvas.line(
            curve((left, y), ((330, y + 14), (470, y + 14), (right, y))), 3, blend(colour, "#ffffff", 0.28)
        )
    canvas.light([(280, 400), (420, 380), (400, 560), (270, 600)], strength=0.28, blur=60)
    canvas.line([*outline, outline[0]], 6, darker(colour, 0.32))
    for x, y, dx in ((170, 300, -1), (630, 300, 1), (640, 790, 1), (160, 790, -1)):
        canvas.ellipse(x + 6 * dx, y, 30, 30, darker(colour, 0.25))
        for spread in (-10, 0, 10):
            canvas.line([(x + 8 * dx, y + 6), (x + 22 * dx + spread, y + 46)], 4, darker(colour, 0.15))
    return canvas.done()


def lamp(colour: str) -> Image.Image:
    canvas = Canvas("#d8d3cc", "#b9aa97", horizon=745)
    canvas.light([(400, 560), (690, 860), (110, 860)], strength=0.55, blur=70)
    canvas.shadow(410, 850, 300, 44)
    canvas.box(390, 480, 20, 350, [(0, "#6d5838"), (0.4, "#d9b97a"), (1, "#7b6440")])
    canvas.ellipse(400, 838, 250, 60, round_body(darker(colour, 0.08)))
    canvas.ellipse(400, 826, 240, 48, [(0, colour), (0.35, lighter(colour, 0.3)), (1, darker(colour, 0.2))])
    canvas.ellipse(400, 505, 470, 70, "#fff3cf")
    canvas.ellipse(400, 509, 410, 44, "#fffdf2")
    shade = mirrored(
        [
            (400, 262),
            *curve((425, 262), ((560, 272), (660, 390), (640, 506)), ((620, 530), (500, 498), (400, 498))),
        ]
    )
    canvas.polygon(shade, round_body(colour))
    canvas.line(
        curve((160, 506), ((180, 530), (300, 498), (400, 498)), ((500, 498), (620, 530), (640, 506))),
        6,
        "#ffe9b0",
    )
    canvas.ellipse(400, 262, 58, 20, "#b8965a")
    canvas.light([(270, 340), (320, 310), (290, 450), (240, 460)], strength=0.45, blur=30)
    canvas.line(curve((520, 850), ((620, 870), (700, 840), (800, 880))), 6, "#3d342b")
    return canvas.done()


def throw(colour: str) -> Image.Image:
    canvas = Canvas("#e4e0da", "#c8b59d", horizon=770)
    canvas.shadow(410, 850, 560, 70)
    layers = [(760, 96, 548), (672, 92, 536), (586, 90, 524), (498, 92, 512)]
    for number, (y, height, width) in enumerate(layers):
        tone = colour if number % 2 else darker(colour, 0.06)
        left = 400 - width / 2
        canvas.box(
            left,
            y,
            width,
            height,
            [(0, lighter(tone, 0.3)), (0.4, tone), (1, darker(tone, 0.36))],
            radius=46,
            vertical=True,
        )
        for band, share in ((0.34, 7), (0.46, 7)):
            canvas.box(left + 10, y + height * band, width - 20, share, lighter(tone, 0.55), radius=3)
    # A corner laid over, with its fringe.
    canvas.polygon(
        [(270, 500), (530, 500), (548, 770), (262, 770)],
        [(0, darker(colour, 0.12)), (0.35, lighter(colour, 0.16)), (1, darker(colour, 0.22))],
    )
    for y in (560, 586, 690):
        canvas.line([(268 - (y - 500) * 0.03, y), (532 + (y - 500) * 0.06, y)], 10, lighter(colour, 0.55))
    for step in range(22):
        x = 268 + step * 13.2
        canvas.line(
            [(x, 770), (x + (step % 3 - 1) * 4, 818)],
            4,
            lighter(colour, 0.1) if step % 2 else darker(colour, 0.1),
        )
    return canvas.done()


def cookbook(colour: str) -> Image.Image:
    canvas = Canvas("#efe7dc", "#d9c9b2", horizon=790)
    outline: list[Point] = [(230, 250), (610, 220), (610, 800), (230, 830)]
    canvas.shadow(430, 826, 450, 50)
    canvas.cast(outline, dx=26, dy=10, strength=0.3)
    canvas.polygon(
        [(610, 220), (640, 238), (640, 806), (610, 800)], [(0, "#e9dfcb"), (0.5, "#fffaf0"), (1, "#cbbda4")]
    )
    canvas.polygon(
        outline,
        [
            (0, darker(colour, 0.28)),
            (0.08, lighter(colour, 0.12)),
            (0.12, darker(colour, 0.1)),
            (0.4, lighter(colour, 0.12)),
            (1, colour),
        ],
    )
    # A pot with steam, on the cover.
    cream = "#f7ecd8"
    canvas.ellipse(428, 640, 210, 34, darker(colour, 0.25))
    canvas.polygon(
        mirrored(
            [(428, 530), (520, 530), *curve((520, 530), ((522, 610), (510, 640), (480, 646))), (428, 646)],
            428,
        ),
        cream,
    )
    canvas.box(322, 512, 212, 22, cream, radius=11)
    canvas.ellipse(428, 504, 30, 22, cream)
    for x in (318, 538):
        canvas.ellipse(x, 566, 40, 24, cream)
        canvas.ellipse(x, 566, 20, 10, colour)
    for x in (388, 428, 468):
        canvas.line(curve((x, 480), ((x + 18, 455), (x - 18, 440), (x, 412))), 6, cream)
    canvas.text(428, 320, "THE QUIET", 40, cream, spacing=5)
    canvas.text(428, 366, "KITCHEN", 40, cream, spacing=5)
    canvas.text(428, 730, "60 slow recipes", 24, cream, spacing=2)
    return canvas.done()


def filters(colour: str) -> Image.Image:
    canvas = Canvas("#dfe5e0", "#cfc6b6", horizon=740)
    canvas.shadow(400, 850, 430, 54)
    for step in range(6, -1, -1):
        shift = step * 13
        cone = [
            (200 + shift, 330 - shift * 0.7),
            (560 + shift, 330 - shift * 0.7),
            (440 + shift * 0.4, 800),
            (320 + shift * 0.4, 800),
        ]
        tone = darker(colour, 0.03 * step)
        canvas.cast(cone, dx=8, dy=6, strength=0.12, blur=10)
        canvas.polygon(cone, [(0, darker(tone, 0.12)), (0.35, lighter(tone, 0.3)), (1, darker(tone, 0.12))])
        canvas.line([cone[1], cone[2]], 3, darker(tone, 0.2))
    canvas.line([(235, 372), (525, 372)], 2, darker(colour, 0.16))
    canvas.box(282, 560, 196, 62, "#5d7466", radius=4)
    canvas.text(380, 592, "100 filters", 26, "#f5f1e6", spacing=1)
    return canvas.done()


def gift_box(colour: str) -> Image.Image:
    canvas = Canvas("#ece3dd", "#d6c4b4", horizon=760)
    ribbon = "#f4ead9"
    canvas.shadow(410, 850, 470, 60)
    canvas.box(
        205,
        500,
        390,
        348,
        [(0, darker(colour, 0.16)), (0.3, lighter(colour, 0.16)), (1, darker(colour, 0.26))],
        radius=8,
    )
    canvas.box(368, 500, 64, 348, [(0, darker(ribbon, 0.1)), (0.4, ribbon), (1, darker(ribbon, 0.18))])
    canvas.box(205, 516, 390, 16, darker(colour, 0.3))
    canvas.box(
        186,
        432,
        428,
        92,
        [(0, darker(colour, 0.08)), (0.3, lighter(colour, 0.26)), (1, darker(colour, 0.2))],
        radius=8,
    )
    canvas.box(
        366, 432, 68, 92, [(0, darker(ribbon, 0.06)), (0.4, lighter(ribbon, 0.3)), (1, darker(ribbon, 0.14))]
    )
    for side in (-1, 1):
        loop = curve(
            (400, 430),
            ((400 + side * 60, 280), (400 + side * 220, 290), (400 + side * 190, 380)),
            ((400 + side * 170, 430), (400 + side * 60, 430), (400, 430)),
        )
        canvas.polygon(
            loop, [(0, darker(ribbon, 0.2)), (0.5, lighter(ribbon, 0.2)), (1, darker(ribbon, 0.12))]
        )
        inner = curve(
            (400 + side * 30, 418),
            ((400 + side * 80, 330), (400 + side * 180, 330), (400 + side * 160, 380)),
            ((400 + side * 140, 410), (400 + side * 70, 418), (400 + side * 30, 418)),
        )
        canvas.polygon(inner, darker(ribbon, 0.3))
    canvas.ellipse(
        400, 420, 60, 46, [(0, darker(ribbon, 0.1)), (0.4, lighter(ribbon, 0.4)), (1, darker(ribbon, 0.2))]
    )
    return canvas.done()


def vase(colour: str) -> Image.Image:
    canvas = Canvas("#e2e2db", "#c6b8a4", horizon=745)
    for stem in (
        curve((400, 470), ((390, 380), (330, 300), (270, 200))),
        curve((405, 470), ((420, 360), (440, 280), (500, 150))),
        curve((402, 470), ((404, 380), (400, 300), (385, 130))),
    ):
        canvas.line(stem, 6, "#5d5137")
        for place in range(6, len(stem), 4):
            x, y = stem[place]
            for side in (-1, 1):
                _leaf(canvas, x, y, side, 44 - place * 0.7, "#6f7f56" if side > 0 else "#82926a")
    canvas.shadow(415, 856, 330, 52)
    outline = mirrored(
        [
            (400, 430),
            (452, 430),
            *curve((452, 430), ((440, 500), (445, 520), (500, 570)), ((590, 650), (580, 800), (480, 856))),
            (400, 860),
        ]
    )
    canvas.polygon(outline, round_body(colour))
    canvas.ellipse(400, 430, 106, 26, lighter(colour, 0.3))
    canvas.ellipse(400, 432, 88, 17, darker(colour, 0.5))
    canvas.light([(300, 640), (335, 610), (325, 740), (296, 750)], strength=0.5, blur=22)
    return canvas.done()


def tote(colour: str) -> Image.Image:
    canvas = Canvas("#e7e2d6", "#d3c6b0", horizon=820)
    canvas.line(curve((310, 430), ((310, 190), (490, 190), (490, 430))), 26, darker(colour, 0.22))
    body = [(215, 400), (585, 400), (615, 830), (185, 830)]
    canvas.shadow(405, 836, 470, 50)
    canvas.cast(body, dx=18, dy=8)
    canvas.polygon(
        body,
        [(0, darker(colour, 0.14)), (0.3, lighter(colour, 0.18)), (0.7, colour), (1, darker(colour, 0.2))],
    )
    canvas.line([(216, 432), (584, 432)], 2, darker(colour, 0.25))
    canvas.line(curve((310, 440), ((310, 240), (490, 240), (490, 440))), 26, lighter(colour, 0.08))
    for x in (297, 477):
        canvas.box(x, 420, 26, 46, darker(colour, 0.12))
    ink = "#2f3b36" if sum(int(colour[i : i + 2], 16) for i in (1, 3, 5)) > 330 else "#f2ead9"
    for step in range(3):
        y = 600 + step * 34
        wave = curve(
            (290, y), ((330, y - 34), (360, y - 34), (400, y)), ((440, y + 34), (470, y + 34), (510, y))
        )
        canvas.line(wave, 9, ink)
    canvas.polygon([(400, 480), (448, 566), (352, 566)], ink)
    canvas.text(400, 740, "HARBOUR & PINE", 22, ink, spacing=4)
    for lean in (-1, 1):
        canvas.line(
            curve(
                (400 + lean * 150, 480),
                ((400 + lean * 130, 600), (400 + lean * 170, 700), (400 + lean * 150, 800)),
            ),
            3,
            darker(colour, 0.1),
        )
    return canvas.done()


def tea_tin(colour: str) -> Image.Image:
    canvas = Canvas("#e3e6dc", "#cbbfa8", horizon=740)
    canvas.shadow(415, 856, 370, 56)
    _pot(canvas, colour, half=160, top=420, bottom=850, foot=160)
    canvas.box(238, 340, 324, 100, round_body(lighter(colour, 0.12)))
    canvas.ellipse(400, 440, 324, 46, round_body(lighter(colour, 0.12)))
    canvas.ellipse(400, 340, 324, 60, lighter(colour, 0.42))
    canvas.ellipse(400, 338, 290, 48, lighter(colour, 0.28))
    canvas.box(290, 540, 220, 220, [(0, "#e9dfca"), (0.35, "#fbf5e8"), (1, "#ded2ba")], radius=110)
    for side in (-1, 1):
        _leaf(canvas, 400, 680, side, 86, darker(colour, 0.05))
    canvas.line(curve((400, 706), ((398, 670), (402, 640), (400, 590))), 5, darker(colour, 0.25))
    canvas.text(400, 800, "TEA CLUB", 26, lighter(colour, 0.75), spacing=5)
    return canvas.done()


def _pot(canvas: Canvas, colour: str, *, half: float, top: float, bottom: float, foot: float) -> None:
    side = curve((400 + half, top), ((400 + half, bottom - 70), (400 + half, bottom), (400 + foot, bottom)))
    base = curve(
        (400 + foot, bottom),
        ((400 + foot / 2, bottom + 14), (400 + foot / 4, bottom + 16), (400, bottom + 16)),
    )
    canvas.polygon(mirrored([(400, top), *side, *base]), round_body(colour))


def _band(canvas: Canvas, colour: str, *, half: float, y: float, height: float) -> None:
    upper = curve((400 - half, y), ((400 - half / 2, y + 36), (400 + half / 2, y + 36), (400 + half, y)))
    canvas.polygon([*upper, *((x, py + height) for x, py in reversed(upper))], round_body(colour))


def _bean(canvas: Canvas, x: float, y: float, size: float, colour: str) -> None:
    canvas.ellipse(x, y, size * 1.3, size * 1.9, colour)
    seam = curve(
        (x + size * 0.1, y - size * 0.85),
        ((x - size * 0.4, y - 8), (x + size * 0.4, y + 8), (x - size * 0.1, y + size * 0.85)),
    )
    canvas.line(seam, max(2, size / 9), darker(colour, 0.45))


def _leaf(canvas: Canvas, x: float, y: float, side: int, size: float, colour: str) -> None:
    tip = (x + side * size * 1.25, y - size * 0.75)
    leaf = curve(
        (x, y),
        ((x + side * size * 0.2, y - size * 0.75), (tip[0] - side * size * 0.4, tip[1]), tip),
        ((tip[0], tip[1] + size * 0.45), (x + side * size * 0.6, y), (x, y)),
    )
    canvas.polygon(
        leaf,
        [(0, colour), (1, lighter(colour, 0.25))] if side > 0 else [(0, lighter(colour, 0.25)), (1, colour)],
    )
