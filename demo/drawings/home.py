"""Drawings of textiles, a lamp, a cookbook and bags."""

import math

from PIL import Image

from demo.canvas import (
    Canvas,
    Point,
    bezier_curve,
    blend_colors,
    darken_color,
    lighten_color,
    mirror_outline,
    round_shading,
)


def draw_cushion(color: str) -> Image.Image:
    canvas = Canvas("#e8e3da", "#d9d0c2", horizon=800)
    outline = bezier_curve(
        (170, 300),
        ((300, 350), (500, 350), (630, 300)),
        ((588, 440), (588, 620), (640, 790)),
        ((500, 742), (300, 742), (160, 790)),
        ((212, 620), (212, 440), (170, 300)),
    )
    canvas.shadow(405, 800, 470, 60)
    canvas.cast_shadow(outline, dx=20, dy=14)
    canvas.polygon(
        outline,
        [
            (0, darken_color(color, 0.2)),
            (0.3, lighten_color(color, 0.2)),
            (0.6, color),
            (1, darken_color(color, 0.3)),
        ],
    )
    for step in range(9):
        y = 360 + step * 46
        bow = 26 * math.sin(step / 8 * math.pi)
        left, right = 214 - bow * 0.2, 586 + bow * 0.2
        canvas.line(
            bezier_curve((left, y), ((330, y + 14), (470, y + 14), (right, y))),
            3,
            blend_colors(color, "#ffffff", 0.28),
        )
    canvas.light([(280, 400), (420, 380), (400, 560), (270, 600)], strength=0.28, blur=60)
    canvas.line([*outline, outline[0]], 6, darken_color(color, 0.32))
    for x, y, dx in ((170, 300, -1), (630, 300, 1), (640, 790, 1), (160, 790, -1)):
        canvas.ellipse(x + 6 * dx, y, 30, 30, darken_color(color, 0.25))
        for spread in (-10, 0, 10):
            canvas.line([(x + 8 * dx, y + 6), (x + 22 * dx + spread, y + 46)], 4, darken_color(color, 0.15))
    return canvas.to_image()


def draw_lamp(color: str) -> Image.Image:
    canvas = Canvas("#d8d3cc", "#b9aa97", horizon=745)
    canvas.light([(400, 560), (690, 860), (110, 860)], strength=0.55, blur=70)
    canvas.shadow(410, 850, 300, 44)
    canvas.box(390, 480, 20, 350, [(0, "#6d5838"), (0.4, "#d9b97a"), (1, "#7b6440")])
    canvas.ellipse(400, 838, 250, 60, round_shading(darken_color(color, 0.08)))
    canvas.ellipse(
        400, 826, 240, 48, [(0, color), (0.35, lighten_color(color, 0.3)), (1, darken_color(color, 0.2))]
    )
    canvas.ellipse(400, 505, 470, 70, "#fff3cf")
    canvas.ellipse(400, 509, 410, 44, "#fffdf2")
    shade = mirror_outline(
        [
            (400, 262),
            *bezier_curve(
                (425, 262), ((560, 272), (660, 390), (640, 506)), ((620, 530), (500, 498), (400, 498))
            ),
        ]
    )
    canvas.polygon(shade, round_shading(color))
    canvas.line(
        bezier_curve((160, 506), ((180, 530), (300, 498), (400, 498)), ((500, 498), (620, 530), (640, 506))),
        6,
        "#ffe9b0",
    )
    canvas.ellipse(400, 262, 58, 20, "#b8965a")
    canvas.light([(270, 340), (320, 310), (290, 450), (240, 460)], strength=0.45, blur=30)
    canvas.line(bezier_curve((520, 850), ((620, 870), (700, 840), (800, 880))), 6, "#3d342b")
    return canvas.to_image()


def draw_throw(color: str) -> Image.Image:
    canvas = Canvas("#e4e0da", "#c8b59d", horizon=770)
    canvas.shadow(410, 850, 560, 70)
    layers = [(760, 96, 548), (672, 92, 536), (586, 90, 524), (498, 92, 512)]
    for number, (y, height, width) in enumerate(layers):
        tone = color if number % 2 else darken_color(color, 0.06)
        left = 400 - width / 2
        canvas.box(
            left,
            y,
            width,
            height,
            [(0, lighten_color(tone, 0.3)), (0.4, tone), (1, darken_color(tone, 0.36))],
            radius=46,
            vertical=True,
        )
        for band, share in ((0.34, 7), (0.46, 7)):
            canvas.box(left + 10, y + height * band, width - 20, share, lighten_color(tone, 0.55), radius=3)
    # A folded corner with its fringe.
    canvas.polygon(
        [(270, 500), (530, 500), (548, 770), (262, 770)],
        [(0, darken_color(color, 0.12)), (0.35, lighten_color(color, 0.16)), (1, darken_color(color, 0.22))],
    )
    for y in (560, 586, 690):
        canvas.line(
            [(268 - (y - 500) * 0.03, y), (532 + (y - 500) * 0.06, y)], 10, lighten_color(color, 0.55)
        )
    for step in range(22):
        x = 268 + step * 13.2
        canvas.line(
            [(x, 770), (x + (step % 3 - 1) * 4, 818)],
            4,
            lighten_color(color, 0.1) if step % 2 else darken_color(color, 0.1),
        )
    return canvas.to_image()


def draw_cookbook(color: str) -> Image.Image:
    canvas = Canvas("#efe7dc", "#d9c9b2", horizon=790)
    outline: list[Point] = [(230, 250), (610, 220), (610, 800), (230, 830)]
    canvas.shadow(430, 826, 450, 50)
    canvas.cast_shadow(outline, dx=26, dy=10, strength=0.3)
    canvas.polygon(
        [(610, 220), (640, 238), (640, 806), (610, 800)], [(0, "#e9dfcb"), (0.5, "#fffaf0"), (1, "#cbbda4")]
    )
    canvas.polygon(
        outline,
        [
            (0, darken_color(color, 0.28)),
            (0.08, lighten_color(color, 0.12)),
            (0.12, darken_color(color, 0.1)),
            (0.4, lighten_color(color, 0.12)),
            (1, color),
        ],
    )
    # A pot with steam, on the cover.
    cream = "#f7ecd8"
    canvas.ellipse(428, 640, 210, 34, darken_color(color, 0.25))
    canvas.polygon(
        mirror_outline(
            [
                (428, 530),
                (520, 530),
                *bezier_curve((520, 530), ((522, 610), (510, 640), (480, 646))),
                (428, 646),
            ],
            428,
        ),
        cream,
    )
    canvas.box(322, 512, 212, 22, cream, radius=11)
    canvas.ellipse(428, 504, 30, 22, cream)
    for x in (318, 538):
        canvas.ellipse(x, 566, 40, 24, cream)
        canvas.ellipse(x, 566, 20, 10, color)
    for x in (388, 428, 468):
        canvas.line(bezier_curve((x, 480), ((x + 18, 455), (x - 18, 440), (x, 412))), 6, cream)
    canvas.text(428, 320, "THE QUIET", 40, cream, spacing=5)
    canvas.text(428, 366, "KITCHEN", 40, cream, spacing=5)
    canvas.text(428, 730, "60 slow recipes", 24, cream, spacing=2)
    return canvas.to_image()


def _draw_bow(canvas: Canvas, ribbon: str) -> None:
    """Draw two loops and a knot on top of the gift box."""
    for side in (-1, 1):
        loop = bezier_curve(
            (400, 430),
            ((400 + side * 60, 280), (400 + side * 220, 290), (400 + side * 190, 380)),
            ((400 + side * 170, 430), (400 + side * 60, 430), (400, 430)),
        )
        canvas.polygon(
            loop,
            [
                (0, darken_color(ribbon, 0.2)),
                (0.5, lighten_color(ribbon, 0.2)),
                (1, darken_color(ribbon, 0.12)),
            ],
        )
        inner = bezier_curve(
            (400 + side * 30, 418),
            ((400 + side * 80, 330), (400 + side * 180, 330), (400 + side * 160, 380)),
            ((400 + side * 140, 410), (400 + side * 70, 418), (400 + side * 30, 418)),
        )
        canvas.polygon(inner, darken_color(ribbon, 0.3))
    canvas.ellipse(
        400,
        420,
        60,
        46,
        [(0, darken_color(ribbon, 0.1)), (0.4, lighten_color(ribbon, 0.4)), (1, darken_color(ribbon, 0.2))],
    )


def draw_gift_box(color: str) -> Image.Image:
    canvas = Canvas("#ece3dd", "#d6c4b4", horizon=760)
    ribbon = "#f4ead9"
    canvas.shadow(410, 850, 470, 60)
    canvas.box(
        205,
        500,
        390,
        348,
        [(0, darken_color(color, 0.16)), (0.3, lighten_color(color, 0.16)), (1, darken_color(color, 0.26))],
        radius=8,
    )
    canvas.box(
        368, 500, 64, 348, [(0, darken_color(ribbon, 0.1)), (0.4, ribbon), (1, darken_color(ribbon, 0.18))]
    )
    canvas.box(205, 516, 390, 16, darken_color(color, 0.3))
    canvas.box(
        186,
        432,
        428,
        92,
        [(0, darken_color(color, 0.08)), (0.3, lighten_color(color, 0.26)), (1, darken_color(color, 0.2))],
        radius=8,
    )
    canvas.box(
        366,
        432,
        68,
        92,
        [(0, darken_color(ribbon, 0.06)), (0.4, lighten_color(ribbon, 0.3)), (1, darken_color(ribbon, 0.14))],
    )
    _draw_bow(canvas, ribbon)
    return canvas.to_image()


def draw_tote(color: str) -> Image.Image:
    canvas = Canvas("#e7e2d6", "#d3c6b0", horizon=820)
    canvas.line(bezier_curve((310, 430), ((310, 190), (490, 190), (490, 430))), 26, darken_color(color, 0.22))
    body = [(215, 400), (585, 400), (615, 830), (185, 830)]
    canvas.shadow(405, 836, 470, 50)
    canvas.cast_shadow(body, dx=18, dy=8)
    canvas.polygon(
        body,
        [
            (0, darken_color(color, 0.14)),
            (0.3, lighten_color(color, 0.18)),
            (0.7, color),
            (1, darken_color(color, 0.2)),
        ],
    )
    canvas.line([(216, 432), (584, 432)], 2, darken_color(color, 0.25))
    canvas.line(
        bezier_curve((310, 440), ((310, 240), (490, 240), (490, 440))), 26, lighten_color(color, 0.08)
    )
    for x in (297, 477):
        canvas.box(x, 420, 26, 46, darken_color(color, 0.12))
    ink = "#2f3b36" if sum(int(color[i : i + 2], 16) for i in (1, 3, 5)) > 330 else "#f2ead9"
    for step in range(3):
        y = 600 + step * 34
        wave = bezier_curve(
            (290, y), ((330, y - 34), (360, y - 34), (400, y)), ((440, y + 34), (470, y + 34), (510, y))
        )
        canvas.line(wave, 9, ink)
    canvas.polygon([(400, 480), (448, 566), (352, 566)], ink)
    canvas.text(400, 740, "HARBOR & PINE", 22, ink, spacing=4)
    for lean in (-1, 1):
        canvas.line(
            bezier_curve(
                (400 + lean * 150, 480),
                ((400 + lean * 130, 600), (400 + lean * 170, 700), (400 + lean * 150, 800)),
            ),
            3,
            darken_color(color, 0.1),
        )
    return canvas.to_image()
