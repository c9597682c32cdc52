"""Drawings of coffee, tea and pottery."""

from PIL import Image

from demo.canvas import Canvas, bezier_curve, darken_color, lighten_color, mirror_outline, round_shading


def draw_mug(color: str) -> Image.Image:
    canvas = Canvas("#e6ddd1", "#cdbba4", horizon=700)
    canvas.shadow(430, 800, 470, 70)
    # The handle, behind the body.
    outer = bezier_curve((545, 520), ((700, 490), (730, 720), (540, 700)))
    canvas.line(outer, 46, darken_color(color, 0.3))
    canvas.line([(x - 4, y - 6) for x, y in outer], 26, darken_color(color, 0.08))
    _draw_pot(canvas, color, half=190, top=430, bottom=800, foot=150)
    canvas.ellipse(400, 430, 380, 84, lighten_color(color, 0.35))
    canvas.ellipse(400, 433, 352, 70, darken_color(color, 0.35))
    canvas.ellipse(400, 446, 322, 50, [(0, "#3a2314"), (0.6, "#5b3922"), (1, "#3a2314")])
    # A glaze line, and two wisps of steam.
    _draw_band(canvas, lighten_color(color, 0.5), half=188, y=700, height=7)
    for x, lean in ((370, 26), (440, -24)):
        steam = bezier_curve((x, 400), ((x + lean, 350), (x - lean, 320), (x + lean / 2, 250)))
        canvas.light([*steam, *((px + 16, py) for px, py in reversed(steam))], strength=0.5, blur=14)
    return canvas.to_image()


def draw_coffee_bag(color: str) -> Image.Image:
    canvas = Canvas("#e9e0d3", "#d8c8b2", horizon=735)
    canvas.shadow(425, 862, 430, 56)
    side = bezier_curve((580, 250), ((588, 420), (612, 640), (590, 858)))
    outline = mirror_outline([(400, 250), *side, (400, 870)])
    canvas.polygon(
        outline,
        [
            (0, darken_color(color, 0.28)),
            (0.1, darken_color(color, 0.05)),
            (0.3, lighten_color(color, 0.16)),
            (0.75, color),
            (1, darken_color(color, 0.34)),
        ],
    )
    canvas.box(
        216,
        232,
        368,
        46,
        [(0, darken_color(color, 0.3)), (0.4, lighten_color(color, 0.1)), (1, darken_color(color, 0.36))],
        radius=8,
    )
    canvas.box(206, 262, 388, 20, darken_color(color, 0.42), radius=8)
    for x, lean in ((250, 14), (548, -14)):
        canvas.line(
            bezier_curve((x, 300), ((x + lean, 380), (x - lean, 560), (x + lean / 2, 720))),
            3,
            darken_color(color, 0.16),
        )
    canvas.box(275, 430, 250, 300, [(0, "#efe6d6"), (0.4, "#fbf6ec"), (1, "#e7dcc9")], radius=6)
    canvas.ellipse(400, 520, 96, 96, darken_color(color, 0.1))
    _draw_bean(canvas, 400, 520, 34, "#f6efe2")
    canvas.text(400, 612, "HARBOR", 30, "#2d2119", spacing=6)
    canvas.text(400, 650, "roast", 26, "#6a5746", spacing=2)
    canvas.line([(330, 690), (470, 690)], 2, "#b7a68f")
    for x, y, turn in ((150, 880, 20), (205, 905, 22), (668, 890, 21)):
        _draw_bean(canvas, x, y, turn, "#4a2c19")
    return canvas.to_image()


def draw_pour_over(color: str) -> Image.Image:
    canvas = Canvas("#dfe4e1", "#c9c3b6", horizon=720)
    canvas.shadow(410, 850, 420, 60)
    glass = mirror_outline(
        [
            (400, 560),
            *bezier_curve(
                (470, 560), ((480, 640), (585, 680), (585, 780)), ((585, 830), (560, 850), (520, 852))
            ),
            (400, 852),
        ]
    )
    canvas.polygon(
        glass, [(0, "#a9b7b6"), (0.15, "#dfe9e8"), (0.5, "#eef4f3"), (0.85, "#cfdad9"), (1, "#94a4a3")]
    )
    coffee = mirror_outline(
        [(400, 722), *bezier_curve((576, 722), ((590, 800), (575, 838), (520, 840))), (400, 840)]
    )
    canvas.polygon(coffee, [(0, "#2d180c"), (0.3, "#6b4023"), (0.6, "#4d2b16"), (1, "#23120a")])
    canvas.ellipse(400, 722, 352, 34, "#7a4c2c")
    canvas.box(
        318,
        545,
        164,
        40,
        [(0, darken_color(color, 0.3)), (0.35, lighten_color(color, 0.3)), (1, darken_color(color, 0.35))],
        radius=12,
    )
    cone = mirror_outline([(400, 330), (590, 330), (455, 545), (400, 545)])
    canvas.polygon(cone, round_shading(color))
    for share in (0.2, 0.4, 0.6, 0.8):
        top, bottom = 212 + 376 * share, 346 + 108 * share
        canvas.line([(top, 345), (bottom, 535)], 3, darken_color(color, 0.12))
    canvas.ellipse(400, 330, 380, 70, lighten_color(color, 0.4))
    canvas.ellipse(400, 334, 346, 54, "#f7f1e6")
    canvas.ellipse(400, 342, 290, 38, "#5c3a22")
    canvas.line(bezier_curve((592, 350), ((690, 350), (700, 470), (540, 460))), 20, darken_color(color, 0.2))
    canvas.light([(275, 640), (300, 620), (292, 800), (262, 800)], strength=0.75, blur=12)
    return canvas.to_image()


def draw_filters(color: str) -> Image.Image:
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
        tone = darken_color(color, 0.03 * step)
        canvas.cast_shadow(cone, dx=8, dy=6, strength=0.12, blur=10)
        canvas.polygon(
            cone,
            [(0, darken_color(tone, 0.12)), (0.35, lighten_color(tone, 0.3)), (1, darken_color(tone, 0.12))],
        )
        canvas.line([cone[1], cone[2]], 3, darken_color(tone, 0.2))
    canvas.line([(235, 372), (525, 372)], 2, darken_color(color, 0.16))
    canvas.box(282, 560, 196, 62, "#5d7466", radius=4)
    canvas.text(380, 592, "100 filters", 26, "#f5f1e6", spacing=1)
    return canvas.to_image()


def draw_tea_tin(color: str) -> Image.Image:
    canvas = Canvas("#e3e6dc", "#cbbfa8", horizon=740)
    canvas.shadow(415, 856, 370, 56)
    _draw_pot(canvas, color, half=160, top=420, bottom=850, foot=160)
    canvas.box(238, 340, 324, 100, round_shading(lighten_color(color, 0.12)))
    canvas.ellipse(400, 440, 324, 46, round_shading(lighten_color(color, 0.12)))
    canvas.ellipse(400, 340, 324, 60, lighten_color(color, 0.42))
    canvas.ellipse(400, 338, 290, 48, lighten_color(color, 0.28))
    canvas.box(290, 540, 220, 220, [(0, "#e9dfca"), (0.35, "#fbf5e8"), (1, "#ded2ba")], radius=110)
    for side in (-1, 1):
        _draw_leaf(canvas, 400, 680, side, 86, darken_color(color, 0.05))
    canvas.line(bezier_curve((400, 706), ((398, 670), (402, 640), (400, 590))), 5, darken_color(color, 0.25))
    canvas.text(400, 800, "TEA CLUB", 26, lighten_color(color, 0.75), spacing=5)
    return canvas.to_image()


def draw_vase(color: str) -> Image.Image:
    canvas = Canvas("#e2e2db", "#c6b8a4", horizon=745)
    for stem in (
        bezier_curve((400, 470), ((390, 380), (330, 300), (270, 200))),
        bezier_curve((405, 470), ((420, 360), (440, 280), (500, 150))),
        bezier_curve((402, 470), ((404, 380), (400, 300), (385, 130))),
    ):
        canvas.line(stem, 6, "#5d5137")
        for place in range(6, len(stem), 4):
            x, y = stem[place]
            for side in (-1, 1):
                _draw_leaf(canvas, x, y, side, 44 - place * 0.7, "#6f7f56" if side > 0 else "#82926a")
    canvas.shadow(415, 856, 330, 52)
    outline = mirror_outline(
        [
            (400, 430),
            (452, 430),
            *bezier_curve(
                (452, 430), ((440, 500), (445, 520), (500, 570)), ((590, 650), (580, 800), (480, 856))
            ),
            (400, 860),
        ]
    )
    canvas.polygon(outline, round_shading(color))
    canvas.ellipse(400, 430, 106, 26, lighten_color(color, 0.3))
    canvas.ellipse(400, 432, 88, 17, darken_color(color, 0.5))
    canvas.light([(300, 640), (335, 610), (325, 740), (296, 750)], strength=0.5, blur=22)
    return canvas.to_image()


def _draw_pot(canvas: Canvas, color: str, *, half: float, top: float, bottom: float, foot: float) -> None:
    side = bezier_curve(
        (400 + half, top), ((400 + half, bottom - 70), (400 + half, bottom), (400 + foot, bottom))
    )
    base = bezier_curve(
        (400 + foot, bottom),
        ((400 + foot / 2, bottom + 14), (400 + foot / 4, bottom + 16), (400, bottom + 16)),
    )
    canvas.polygon(mirror_outline([(400, top), *side, *base]), round_shading(color))


def _draw_band(canvas: Canvas, color: str, *, half: float, y: float, height: float) -> None:
    upper = bezier_curve(
        (400 - half, y), ((400 - half / 2, y + 36), (400 + half / 2, y + 36), (400 + half, y))
    )
    canvas.polygon([*upper, *((x, py + height) for x, py in reversed(upper))], round_shading(color))


def _draw_bean(canvas: Canvas, x: float, y: float, size: float, color: str) -> None:
    canvas.ellipse(x, y, size * 1.3, size * 1.9, color)
    seam = bezier_curve(
        (x + size * 0.1, y - size * 0.85),
        ((x - size * 0.4, y - 8), (x + size * 0.4, y + 8), (x - size * 0.1, y + size * 0.85)),
    )
    canvas.line(seam, max(2, size / 9), darken_color(color, 0.45))


def _draw_leaf(canvas: Canvas, x: float, y: float, side: int, size: float, color: str) -> None:
    tip = (x + side * size * 1.25, y - size * 0.75)
    leaf = bezier_curve(
        (x, y),
        ((x + side * size * 0.2, y - size * 0.75), (tip[0] - side * size * 0.4, tip[1]), tip),
        ((tip[0], tip[1] + size * 0.45), (x + side * size * 0.6, y), (x, y)),
    )
    canvas.polygon(
        leaf,
        [(0, color), (1, lighten_color(color, 0.25))]
        if side > 0
        else [(0, lighten_color(color, 0.25)), (1, color)],
    )
