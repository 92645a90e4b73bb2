"""A TrueType font as a PDF needs it: which glyph stands for a letter, and how wide it is (OpenType 1.9)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Self

FILE: Final = Path(__file__).parent / "font" / "DejaVuSansCondensed.ttf"
WINDOWS, UNICODE, SEGMENTS = 3, 1, 4  # of the table cmap: platform, encoding, format
PER_MILLE: Final = 1000


@dataclass(frozen=True, slots=True)
class Font:
    """Its bytes, and what stands in its tables."""

    data: bytes
    glyphs: dict[int, int]
    """By the letter's number in Unicode."""
    widths: tuple[int, ...]
    """By glyph, in thousandths of the size."""

    @classmethod
    def read(cls, data: bytes) -> Self:
        """From the bytes of its file."""
        (count,) = struct.unpack(">H", data[4:6])
        places = (struct.unpack(">4s4xLL", data[12 + 16 * each : 28 + 16 * each]) for each in range(count))
        tables = {name.decode(): data[start : start + length] for name, start, length in places}
        (per_em,) = struct.unpack(">H", tables["head"][18:20])
        (metrics,) = struct.unpack(">H", tables["hhea"][34:36])
        advances = struct.unpack(f">{2 * metrics}H", tables["hmtx"][: 4 * metrics])[::2]
        widths = tuple(round(advance * PER_MILLE / per_em) for advance in advances)
        return cls(data, dict(_mapped(tables["cmap"])), widths)

    def glyph(self, letter: str) -> int:
        """The glyph of a letter; the empty box where the font has none."""
        return self.glyphs.get(ord(letter), 0)

    def width(self, text: str, size: float) -> float:
        """How wide a text is."""
        last = len(self.widths) - 1
        return sum(self.widths[min(self.glyph(letter), last)] for letter in text) * size / PER_MILLE


def _mapped(cmap: bytes) -> Iterator[tuple[int, int]]:
    """Each letter of the basic plane with its glyph."""
    (count,) = struct.unpack(">H", cmap[2:4])
    kinds = [struct.unpack(">HHL", cmap[4 + 8 * each : 12 + 8 * each]) for each in range(count)]
    start = next(
        start
        for platform, encoding, start in kinds
        if (platform, encoding) == (WINDOWS, UNICODE)
        and struct.unpack(">H", cmap[start : start + 2])[0] == SEGMENTS
    )
    (doubled,) = struct.unpack(">H", cmap[start + 6 : start + 8])
    size = doubled // 2
    ends, starts, steps, offsets = (
        struct.unpack(f">{size}H", cmap[place : place + doubled])
        for place in (start + 14, *(start + 16 + doubled * part for part in (1, 2, 3)))
    )
    for each, (first, last, step, offset) in enumerate(zip(starts, ends, steps, offsets, strict=True)):
        for letter in range(first, last + 1):
            glyph = (letter + step) % 65536
            if offset:
                place = start + 16 + 3 * doubled + 2 * each + offset + 2 * (letter - first)
                (found,) = struct.unpack(">H", cmap[place : place + 2])
                glyph = (found + step) % 65536 if found else 0
            if glyph:
                yield letter, glyph


@cache
def font() -> Font:
    """The one that is shipped: Latin with every accent, Greek and Cyrillic."""
    return Font.read(FILE.read_bytes())
