"""What happens to a sheet in thirty years, and to its picture: pure functions of the page and a seeded Random.

A page is a picture in 8-bit grey at 300 dots an inch. Lengths are in mm. Each damage gives a `Damaged`: the picture
that a scanner or camera makes, what is gone from the paper, and where each point of the page went. None is random in
its strength, so that a cell means one thing; where it strikes, and how it is shaped, differs from draw to draw.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

DPI = 300
PX = DPI / 25.4
"""Pixels of a page in a millimetre."""
Point = tuple[float, float]
Matrix = tuple[float, ...]
"""Nine numbers, row by row: a projective map of the plane."""
_BILINEAR, _BICUBIC = Image.Resampling.BILINEAR, Image.Resampling.BICUBIC
_MESH = 32
"""Paper that is curved is flat in squares of so many pixels."""


def _same(point: Point) -> Point:
    return point


@dataclass(frozen=True)
class Damaged:
    """The picture of a damaged page.

    `gone` is None or as large as the page before, in its pixels: 255 where nothing of the print is left, whether torn
    off or covered. `place` says where in the picture a point of the page is. `quality`: saved as JPEG with that
    quality, else as PNG.
    """

    image: Image.Image
    gone: Image.Image | None = None
    place: Callable[[Point], Point] = _same
    quality: int | None = None

    def file(self) -> bytes:
        """The picture as the file that a person brings."""
        out = io.BytesIO()
        if self.quality is None:
            self.image.save(out, "PNG", compress_level=1)
        else:
            self.image.save(out, "JPEG", quality=self.quality)
        return out.getvalue()

    def seen(self) -> Image.Image:
        """The picture as that file shows it."""
        if self.quality is None:
            return self.image
        return Image.open(io.BytesIO(self.file())).convert("L")


Damage = Callable[[Image.Image, Random], Damaged]


# What the camera or the scanner does


def scan(dpi: float) -> Damage:
    """A scan at fewer dots an inch, whose grid lies on the page anywhere."""

    def damage(page: Image.Image, rng: Random) -> Damaged:
        x, y = rng.random() * DPI / dpi, rng.random() * DPI / dpi
        size = (int((page.width - x) * dpi / DPI), int((page.height - y) * dpi / DPI))
        box = (x, y, x + size[0] * DPI / dpi, y + size[1] * DPI / dpi)
        image = page.resize(size, Image.Resampling.BOX, box=box)
        # the centre of the first pixel is at half a pixel in either picture
        return Damaged(image, place=lambda p: ((p[0] - x) * dpi / DPI, (p[1] - y) * dpi / DPI))

    return damage


def skew(degrees: float) -> Damage:
    """Laid on the glass askew, by that angle one way or the other."""

    def damage(page: Image.Image, rng: Random) -> Damaged:
        return _turned(page, rng.choice((-1, 1)) * degrees, rng.choice((255, 235, 0)))

    return damage


def perspective(strength: float) -> Damage:
    """Photographed from the side: each corner up to that part of the page's width nearer to the middle."""

    def damage(page: Image.Image, rng: Random) -> Damaged:
        w, h = page.size
        reach = strength * w
        corners = [
            (x + sx * reach * rng.uniform(0.1, 1), y + sy * reach * rng.uniform(0.1, 1))
            for (x, y), (sx, sy) in zip(
                ((0, 0), (w, 0), (w, h), (0, h)), ((1, 1), (-1, 1), (-1, -1), (1, -1)), strict=True
            )
        ]
        return _projected(page, _quad(page.size, corners), page.size, rng.choice((255, 190, 60)))

    return damage


def curl(height: float) -> Damage:
    """A page that does not lie flat: bent up by that many mm along its middle or an edge, and shaded by it."""

    def damage(page: Image.Image, rng: Random) -> Damaged:
        w, h = page.size
        rise = rng.choice((-1, 1)) * height * PX
        squeeze = rng.uniform(0.4, 1) * height * PX / w
        phase = rng.uniform(0, 0.5) * math.pi

        def forward(point: Point) -> Point:
            u = point[0] / w
            return (
                point[0] - squeeze * w * math.sin(2 * math.pi * u) / (2 * math.pi),
                point[1] + rise * math.sin(math.pi * u + phase) * (0.5 + 0.5 * point[1] / h),
            )

        columns = [forward((x, 0))[0] for x in range(w + 1)]

        def back(point: Point) -> Point:
            x = _inverse(columns, point[0])
            bend = rise * math.sin(math.pi * x / w + phase)
            return x, (point[1] - 0.5 * bend) / (1 + 0.5 * bend / h)

        mesh = []
        for top in range(0, h, _MESH):
            for left in range(0, w, _MESH):
                box = (left, top, min(left + _MESH, w), min(top + _MESH, h))
                corner = [back(p) for p in ((box[0], box[1]), (box[0], box[3]), (box[2], box[3]), (box[2], box[1]))]
                mesh.append((box, tuple(value for point in corner for value in point)))
        image = page.transform(page.size, Image.Transform.MESH, mesh, _BICUBIC, fillcolor=235)
        shade = Image.new("L", (64, 1))
        shade.putdata([round(215 + 40 * math.cos(math.pi * at / 63 + phase)) for at in range(64)])
        return Damaged(ImageChops.multiply(image, shade.resize(page.size, _BICUBIC)), place=forward)

    return damage


def blur(mm: float) -> Damage:
    """Out of focus or shaken: the standard deviation of the blur in mm."""
    return _laid(lambda image, _: image.filter(ImageFilter.GaussianBlur(mm * PX)))


def jpeg(quality: int) -> Damage:
    """Saved as JPEG."""
    plain = _laid(lambda image, _: image)
    return lambda page, rng: replace(plain(page, rng), quality=quality)


def noise(deviation: float) -> Damage:
    """Grain of that standard deviation, of 255."""
    return _laid(lambda image, rng: _grainy(image, rng, deviation))


def fade(contrast: float) -> Damage:
    """Ink of that part of its contrast on white paper, and a scanner's noise."""
    paler = [round(255 - (255 - value) * contrast) for value in range(256)]
    return _laid(lambda image, rng: _grainy(image.point(paler), rng, 2))


def uneven_light(darkest: float) -> Damage:
    """Light from here and there, down to that part of full light."""

    def darken(image: Image.Image, rng: Random) -> Image.Image:
        light = Image.new("L", (4, 5))
        light.putdata([round(255 * rng.choice((1, darkest, rng.uniform(darkest, 1)))) for _ in range(20)])
        return ImageChops.multiply(image, light.resize(image.size, _BICUBIC))

    return _laid(darken)


def shadow(darkness: float) -> Damage:
    """The edge of a shadow anywhere across, hard or soft; behind it, that part of full light."""

    def darken(image: Image.Image, rng: Random) -> Image.Image:
        w, h = image.size
        angle = rng.uniform(0, 2 * math.pi)
        x, y, far = rng.uniform(0.2, 0.8) * w, rng.uniform(0.2, 0.8) * h, w + h
        along, across = (math.cos(angle) * far, math.sin(angle) * far), (-math.sin(angle) * far, math.cos(angle) * far)
        light = Image.new("L", (w // 8, h // 8), 255)
        polygon = [
            (x - along[0], y - along[1]),
            (x + along[0], y + along[1]),
            (x + along[0] + across[0], y + along[1] + across[1]),
            (x - along[0] + across[0], y - along[1] + across[1]),
        ]
        ImageDraw.Draw(light).polygon([(px / 8, py / 8) for px, py in polygon], fill=round(255 * darkness))
        soft = light.filter(ImageFilter.GaussianBlur(rng.choice((1, 3, 12))))
        return ImageChops.multiply(image, soft.resize(image.size, _BILINEAR))

    return _laid(darken)


def copied(times: int) -> Damage:
    """Copied so often: each time softer, harder in contrast, grainier, a little askew and of another size."""
    harder = [max(0, min(255, round((value - 128) * 1.8 + 128))) for value in range(256)]

    def damage(page: Image.Image, rng: Random) -> Damaged:
        made = Damaged(page)
        for _ in range(times):
            turned = _turned(made.image, rng.uniform(-1.2, 1.2), 255, rng.uniform(0.97, 1.03))
            soft = turned.image.filter(ImageFilter.GaussianBlur(rng.uniform(1.5, 2.5)))
            image = _grainy(soft, rng, 12).point(harder)
            # dust on the glass: each grain two to four pixels wide
            draw = ImageDraw.Draw(image)
            for _ in range(600):
                x, y, size = rng.random() * image.width, rng.random() * image.height, rng.choice((1, 2, 3))
                draw.ellipse((x, y, x + size, y + size), fill=rng.choice((0, 255)))
            made = Damaged(image, place=_after(turned.place, made.place))
        return made

    return damage


def night_photograph() -> Damage:
    """Several at once, as with a telephone in a bad room: from the side, uneven light, soft, grainy, JPEG."""

    def damage(page: Image.Image, rng: Random) -> Damaged:
        seen = perspective(0.06)(page, rng)
        smaller = seen.image.resize((round(page.width * 0.7), round(page.height * 0.7)), Image.Resampling.BOX)
        lit = uneven_light(0.35)(smaller, rng)
        soft = lit.image.filter(ImageFilter.GaussianBlur(1.2))
        place = _after(lit.place, _after(lambda p: (p[0] * 0.7, p[1] * 0.7), seen.place))
        return Damaged(_grainy(soft, rng, 14), place=place, quality=60)

    return damage


# What happens to the paper


def coffee_ring() -> Damage:
    """One to three rings of a cup, which ink shows through, and a pale stain within."""

    def damage(page: Image.Image, rng: Random) -> Damaged:
        stain = Image.new("L", page.size, 255)
        draw = ImageDraw.Draw(stain)
        for _ in range(rng.randint(1, 3)):
            x, y, radius = rng.random() * page.width, rng.random() * page.height, rng.uniform(30, 45) * PX
            width = rng.uniform(2, 5) * PX
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=rng.randint(200, 245))
            start = rng.uniform(0, 360)
            box = (x - radius, y - radius, x + radius, y + radius)
            draw.arc(box, start, start + rng.uniform(200, 360), fill=rng.randint(60, 140), width=round(width))
        soft = stain.reduce(4).filter(ImageFilter.GaussianBlur(0.5 * PX / 4)).resize(page.size, _BILINEAR)
        return Damaged(ImageChops.multiply(page, soft))

    return damage


def blot(part: float) -> Damage:
    """An opaque blot over that part of the page, black to white, anywhere and of any shape."""

    def damage(page: Image.Image, rng: Random) -> Damaged:
        grey = rng.choice((0, 0, 60, 128, 255))
        x, y = rng.random() * page.width, rng.random() * page.height
        outline = [rng.uniform(0.6, 1.4) for _ in range(9)]

        def draw(radius: float) -> Image.Image:
            gone = Image.new("L", (page.width // 4, page.height // 4), 0)
            points = []
            for at in range(90):
                one, two, between = outline[at // 10], outline[(at // 10 + 1) % 9], at % 10 / 10
                reach = radius * (one + (two - one) * (1 - math.cos(math.pi * between)) / 2)
                angle = 2 * math.pi * at / 90
                points.append(((x + reach * math.cos(angle)) / 4, (y + reach * math.sin(angle)) / 4))
            ImageDraw.Draw(gone).polygon(points, fill=255)
            return gone

        low, high = 0.0, 4.0 * max(page.size)
        for _ in range(24):
            middle = (low + high) / 2
            low, high = (middle, high) if _part(draw(middle)) < part else (low, middle)
        return _covered(page, draw(high).resize(page.size, Image.Resampling.NEAREST), grey)

    return damage


def folds() -> Damage:
    """Folded like a letter: creases across, and often one along, from which the toner is gone, with shade beside."""

    def damage(page: Image.Image, rng: Random) -> Damaged:
        w, h = page.size
        gone, shade = Image.new("L", page.size, 0), Image.new("L", page.size, 255)
        across = rng.choice(((0.5,), (1 / 3, 2 / 3), (0.25, 0.5, 0.75)))
        lines: list[tuple[Point, Point]] = []
        for part in across:
            y = part * h + rng.uniform(-6, 6) * PX
            lines.append(((0, y + rng.uniform(-2, 2) * PX), (w, y)))
        if rng.random() < 0.7:
            x = w / 2 + rng.uniform(-6, 6) * PX
            lines.append(((x, 0), (x + rng.uniform(-2, 2) * PX, h)))
        for one, two in lines:
            ImageDraw.Draw(shade).line((one, two), fill=150, width=round(4 * PX))
            ImageDraw.Draw(gone).line((one, two), fill=255, width=round(rng.uniform(0.3, 1.0) * PX))
        soft = shade.reduce(4).filter(ImageFilter.GaussianBlur(PX / 4)).resize(page.size, _BILINEAR)
        covered = _covered(page, gone, 235)
        return replace(covered, image=ImageChops.multiply(covered.image, soft))

    return damage


def torn_side(part: float) -> Damage:
    """A strip torn off any of the four sides: that part of the page."""
    return _torn((((1, 0),), ((-1, 0),), ((0, 1),), ((0, -1),)), part)


def torn_corner(part: float) -> Damage:
    """A corner torn off: that part of the page."""
    return _torn((((1, 1),), ((-1, 1),), ((1, -1),), ((-1, -1),)), part)


def punched() -> Damage:
    """Two or four holes of 6 mm, 80 mm apart, about 12 mm from any edge (ISO 838), once or a second time askew."""

    def damage(page: Image.Image, rng: Random) -> Damaged:
        gone = Image.new("L", page.size, 0)
        draw = ImageDraw.Draw(gone)
        for _ in range(rng.randint(1, 2)):
            w, h = page.size
            side = rng.randrange(4)
            inset, along = rng.uniform(9, 18) * PX, (h if side < 2 else w) / 2 + rng.uniform(-8, 8) * PX
            for at in rng.choice(((-40, 40), (-120, -40, 40, 120))):
                deep, place = (inset if side % 2 else (w if side < 2 else h) - inset), along + at * PX
                x, y = (deep, place) if side < 2 else (place, deep)
                draw.ellipse((x - 3 * PX, y - 3 * PX, x + 3 * PX, y + 3 * PX), fill=255)
        return _covered(page, gone, rng.choice((0, 255)))

    return damage


def ink_streaks() -> Damage:
    """A worn drum or a blocked nozzle: lines along or across the page, black or white."""

    def damage(page: Image.Image, rng: Random) -> Damaged:
        gone = Image.new("L", page.size, 0)
        draw = ImageDraw.Draw(gone)
        along = rng.random() < 0.5
        for _ in range(rng.randint(3, 8)):
            if along:
                x = rng.random() * page.width
                line = ((x, 0.0), (x, float(page.height)))
            else:
                y = rng.random() * page.height
                line = ((0.0, y), (float(page.width), y))
            draw.line(line, fill=255, width=round(rng.uniform(0.3, 1.2) * PX))
        return _covered(page, gone, rng.choice((0, 0, 255)))

    return damage


def handwriting() -> Damage:
    """Notes across the page with a pen: three to eight lines of loops."""

    def damage(page: Image.Image, rng: Random) -> Damaged:
        gone = Image.new("L", page.size, 0)
        draw = ImageDraw.Draw(gone)
        for _ in range(rng.randint(3, 8)):
            x, y = rng.uniform(-0.1, 0.5) * page.width, rng.random() * page.height
            slope, size, width = rng.uniform(-0.4, 0.4), rng.uniform(3, 9) * PX, round(rng.uniform(0.4, 0.9) * PX)
            length, at, points = rng.uniform(60, 200) * PX, 0.0, []
            phase = rng.uniform(0, 6)
            while at < length:
                wave = math.sin(at / size * 2.2 + phase) * (0.6 + 0.4 * math.sin(at / size * 0.7 + phase))
                loop = 0.6 * math.cos(at / size * 2.2 + phase)
                points.append((x + at + loop * size, y + slope * at + wave * size))
                at += size / 12
            draw.line(points, fill=255, width=width, joint="curve")
        return _covered(page, gone, rng.choice((0, 50, 90)))

    return damage


# What they have in common


def _laid(change: Callable[[Image.Image, Random], Image.Image]) -> Damage:
    """Laid on the glass as people do, up to a degree askew, before the picture is changed."""

    def damage(page: Image.Image, rng: Random) -> Damaged:
        laid = _turned(page, rng.uniform(-1, 1), 255)
        return replace(laid, image=change(laid.image, rng))

    return damage


def _covered(page: Image.Image, gone: Image.Image, grey: int) -> Damaged:
    image = page.copy()
    image.paste(grey, (0, 0), gone)
    return Damaged(image, gone)


def _torn(sides: Sequence[Sequence[tuple[int, int]]], part: float) -> Damage:
    def damage(page: Image.Image, rng: Random) -> Damaged:
        w, h = page.size
        ((dx, dy),) = rng.choice(sides)
        tilt = rng.uniform(-0.08, 0.08)
        jags = [rng.uniform(-1.5, 1.5) * PX for _ in range(101)]
        # towards what is torn off, in parts of the page, so that a corner is cut along its diagonal
        across = (dx / w + tilt * dy / w, dy / h - tilt * dx / h)

        def draw(reach: float) -> Image.Image:
            gone = Image.new("L", (w // 4, h // 4), 0)
            size = math.hypot(*across)
            ux, uy = across[0] / size, across[1] / size
            start = (w / 2 - ux * reach, h / 2 - uy * reach)
            far = float(w + h)
            points = [
                (
                    start[0] - uy * far * (at / 50 - 1) + ux * jags[at],
                    start[1] + ux * far * (at / 50 - 1) + uy * jags[at],
                )
                for at in range(101)
            ]
            points += [(start[0] - uy * far - ux * 2 * far, start[1] + ux * far - uy * 2 * far)]
            points += [(start[0] + uy * far - ux * 2 * far, start[1] - ux * far - uy * 2 * far)]
            ImageDraw.Draw(gone).polygon([(x / 4, y / 4) for x, y in points], fill=255)
            return gone

        low, high = -float(w + h), float(w + h)
        for _ in range(24):
            middle = (low + high) / 2
            low, high = (middle, high) if _part(draw(middle)) > part else (low, middle)
        return _covered(page, draw(high).resize(page.size, Image.Resampling.NEAREST), rng.choice((0, 128, 255, 255)))

    return damage


def _part(gone: Image.Image) -> float:
    return gone.histogram()[255] / (gone.width * gone.height)


def _grainy(image: Image.Image, rng: Random, deviation: float) -> Image.Image:
    """Grain that is nearly normal: the mean of three uniform draws has a deviation of 255 / 6."""
    size = image.width * image.height
    one, two, three = (Image.frombytes("L", image.size, rng.randbytes(size)) for _ in range(3))
    grain = Image.blend(Image.blend(one, two, 1 / 2), three, 1 / 3)
    scaled = grain.point([max(0, min(255, round(128 + (value - 127.5) * deviation / 42.5))) for value in range(256)])
    return ImageChops.add(image, scaled, 1, -128)


def _turned(page: Image.Image, degrees: float, ground: int, scale: float = 1.0) -> Damaged:
    """Turned about its middle onto a ground that has room for all of it."""
    angle = math.radians(degrees)
    c, s = math.cos(angle) * scale, math.sin(angle) * scale
    w, h = page.size
    size = (math.ceil(abs(w * c) + abs(h * s)), math.ceil(abs(w * s) + abs(h * c)))
    x, y = size[0] / 2 - c * w / 2 + s * h / 2, size[1] / 2 - s * w / 2 - c * h / 2
    return _projected(page, (c, -s, x, s, c, y, 0.0, 0.0, 1.0), size, ground)


def _projected(page: Image.Image, matrix: Matrix, size: tuple[int, int], ground: int) -> Damaged:
    back = _inverted(matrix)
    image = page.transform(
        size, Image.Transform.PERSPECTIVE, [value / back[8] for value in back[:8]], _BICUBIC, fillcolor=ground
    )
    return Damaged(image, place=lambda p: _mapped(matrix, p))


def _mapped(m: Matrix, point: Point) -> Point:
    x, y = point
    scale = m[6] * x + m[7] * y + m[8]
    return (m[0] * x + m[1] * y + m[2]) / scale, (m[3] * x + m[4] * y + m[5]) / scale


def _inverted(m: Matrix) -> Matrix:
    """The inverse but for a factor, which a projective map does not have: the adjugate."""
    a, b, c, d, e, f, g, h, i = m
    return (
        *(e * i - f * h, c * h - b * i, b * f - c * e),
        *(f * g - d * i, a * i - c * g, c * d - a * f),
        *(d * h - e * g, b * g - a * h, a * e - b * d),
    )


def _quad(size: tuple[int, int], corners: Sequence[Point]) -> Matrix:
    """The projective map of a page onto four corners, clockwise from its top left (Heckbert, 1989, 2.2.3)."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    dx1, dx2, sx = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, sy = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    det = dx1 * dy2 - dx2 * dy1
    g, h = (sx * dy2 - dx2 * sy) / det, (dx1 * sy - sx * dy1) / det
    w, t = size
    return (
        *((x1 - x0 + g * x1) / w, (x3 - x0 + h * x3) / t, x0),
        *((y1 - y0 + g * y1) / w, (y3 - y0 + h * y3) / t, y0),
        *(g / w, h / t, 1.0),
    )


def _inverse(values: Sequence[float], value: float) -> float:
    """Where a growing list has that value, between its places too."""
    low, high = 0, len(values) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if values[middle] <= value else (low, middle)
    return low + (value - values[low]) / (values[high] - values[low])


def _after(second: Callable[[Point], Point], first: Callable[[Point], Point]) -> Callable[[Point], Point]:
    return lambda point: second(first(point))


CELLS: dict[str, Damage] = {
    **{f"scan {dpi} dpi": scan(dpi) for dpi in (200, 150, 100, 75)},
    **{f"skew {degrees}°": skew(degrees) for degrees in (3, 10, 30)},
    **{f"perspective {round(strength * 100)} %": perspective(strength) for strength in (0.05, 0.1, 0.2)},
    **{f"curl {height} mm": curl(height) for height in (3, 6, 12)},
    **{f"blur {mm} mm": blur(mm) for mm in (0.2, 0.35, 0.5)},
    **{f"JPEG {quality}": jpeg(quality) for quality in (90, 70, 50, 30, 20)},
    **{f"noise {deviation}": noise(deviation) for deviation in (25, 60, 110)},
    **{f"fade to {percent} %": fade(percent / 100) for percent in (50, 20, 10)},
    **{f"uneven light {percent} %": uneven_light(percent / 100) for percent in (40, 15)},
    **{f"shadow edge {percent} %": shadow(percent / 100) for percent in (50, 20)},
    "coffee ring": coffee_ring(),
    **{f"blot {percent} %": blot(percent / 100) for percent in (5, 10, 20, 30)},
    "folds": folds(),
    **{f"side torn off {percent} %": torn_side(percent / 100) for percent in (5, 15, 25, 35)},
    **{f"corner torn off {percent} %": torn_corner(percent / 100) for percent in (5, 15, 25, 35)},
    "copied twice": copied(2),
    "hole punch": punched(),
    "ink streaks": ink_streaks(),
    "handwriting": handwriting(),
    "photograph at night": night_photograph(),
}
"""Every damage by the name of its cell."""
