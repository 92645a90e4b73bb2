"""A table as a PDF for A4 paper, written by hand: text in one embedded font, lines, and nothing else. ISO 32000-1."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from itb.morning.font_file import Font, font

WIDE, HIGH = 842, 595  # A4 across, in points
MARGIN: Final = 28
SIZE, HEAD = 7.5, 11.0
LEADING: Final = 9.5
GAP: Final = 5
FOOT: Final = 24


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and its share of the width."""

    heading: str
    share: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed: on top of every page the title, at its foot the note and the page's number."""

    title: str
    note: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]


def pdf(sheet: Sheet) -> bytes:
    """The file."""
    written, used = font(), set[str]()
    pages = list(_pages(sheet, written))
    streams = [_page(sheet, page, f"{number} of {len(pages)}", used) for number, page in enumerate(pages, 1)]
    return _file(streams, written, used)


def _pages(sheet: Sheet, written: Font) -> Iterator[list[list[list[str]]]]:
    """The rows of each page, each cell broken into its lines. A row is never torn apart."""
    widths, page, left = _widths(sheet), list[list[list[str]]](), _room()
    for row in sheet.rows:
        cells = [list(_lines(text, width, written)) for text, width in zip(row, widths, strict=True)]
        needed = _height(cells)
        if page and needed > left:
            yield page
            page, left = [], _room()
        page.append(cells)
        left -= needed
    yield page


def _room() -> float:
    return HIGH - 2 * MARGIN - FOOT - 3 * LEADING


def _height(cells: Sequence[Sequence[str]]) -> float:
    return max(len(lines) for lines in cells) * LEADING + GAP


def _widths(sheet: Sheet) -> list[float]:
    whole = sum(column.share for column in sheet.columns)
    return [(WIDE - 2 * MARGIN) * column.share / whole - GAP for column in sheet.columns]


def _lines(text: str, width: float, written: Font) -> Iterator[str]:
    """The text in lines that fit: broken at spaces, and a longer word where it must be."""
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            tried = f"{line} {word}" if line else word
            if written.width(tried, SIZE) <= width:
                line = tried
                continue
            if line:
                yield line
            line = word
            while written.width(line, SIZE) > width:
                fits = next(
                    n for n in range(len(line) - 1, 0, -1) if n == 1 or written.width(line[:n], SIZE) <= width
                )
                yield line[:fits]
                line = line[fits:]
        yield line


def _page(sheet: Sheet, rows: Sequence[Sequence[Sequence[str]]], number: str, used: set[str]) -> bytes:
    """The page's own operators."""
    drawn = [_text(MARGIN, HIGH - MARGIN - HEAD, sheet.title, HEAD, used)]
    drawn.append(_text(MARGIN, MARGIN, f"{sheet.note} Page {number}.", SIZE, used))
    lefts = [MARGIN + sum(each + GAP for each in _widths(sheet)[:n]) for n in range(len(sheet.columns))]
    y = HIGH - MARGIN - HEAD - 2 * LEADING
    drawn += [_text(x, y, column.heading, SIZE, used) for x, column in zip(lefts, sheet.columns, strict=True)]
    for cells in rows:
        drawn.append(_rule(y - GAP / 2 - 0.5))
        for x, lines in zip(lefts, cells, strict=True):
            drawn += [_text(x, y - (n + 1) * LEADING - 1, line, SIZE, used) for n, line in enumerate(lines)]
        y -= _height(cells)
    return "\n".join(drawn).encode()


def _text(x: float, y: float, text: str, size: float, used: set[str]) -> str:
    used.update(text)
    glyphs = "".join(f"{font().glyph(letter):04x}" for letter in text)
    return f"BT /F1 {size} Tf {x:.1f} {y:.1f} Td <{glyphs}> Tj ET"


def _rule(y: float) -> str:
    return f"0.4 w 0.6 G {MARGIN} {y:.1f} m {WIDE - MARGIN} {y:.1f} l S"


def _file(streams: Sequence[bytes], written: Font, used: set[str]) -> bytes:
    """Objects by number, where each begins, and the trailer."""
    first_page = 8
    kids = " ".join(f"{first_page + 2 * n} 0 R" for n in range(len(streams)))
    widths = " ".join(
        f"{g} [{written.widths[min(g, len(written.widths) - 1)]}]" for g in _glyphs(written, used)
    )
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(streams)} /MediaBox [0 0 {WIDE} {HIGH}] >>".encode(),
        (
            b"<< /Type /Font /Subtype /Type0 /BaseFont /DejaVuSansCondensed /Encoding /Identity-H"
            b" /DescendantFonts [4 0 R] /ToUnicode 7 0 R >>"
        ),
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /DejaVuSansCondensed /CIDToGIDMap /Identity"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
        + f" /FontDescriptor 5 0 R /DW 600 /W [{widths}] >>".encode(),
        (
            b"<< /Type /FontDescriptor /FontName /DejaVuSansCondensed /Flags 4 /FontBBox [-918 -463 1614 1232]"
            b" /ItalicAngle 0 /Ascent 928 /Descent -236 /CapHeight 729 /StemV 80 /FontFile2 6 0 R >>"
        ),
        _stream(written.data, f" /Length1 {len(written.data)}"),
        _stream(_to_unicode(written, used)),
    ]
    for n, content in enumerate(streams):
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R >> >>"
            f" /Contents {first_page + 2 * n + 1} 0 R >>".encode()
        )
        bodies.append(_stream(content))
    return _joined(bodies)


def _joined(bodies: Sequence[bytes]) -> bytes:
    out, starts = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(bodies, 1):
        starts.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{start:010d} 00000 n \n" for start in starts).encode()
    out += f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out)


def _stream(content: bytes, more: str = "") -> bytes:
    packed = zlib.compress(content)
    head = f"<< /Length {len(packed)} /Filter /FlateDecode{more} >>\nstream\n".encode()
    return head + packed + b"\nendstream"


def _glyphs(written: Font, used: set[str]) -> list[int]:
    return sorted({written.glyph(letter) for letter in used})


def _to_unicode(written: Font, used: set[str]) -> bytes:
    """Which letter each glyph stands for, so that the text can be searched and read aloud."""
    letters = sorted({written.glyph(letter): letter for letter in used if written.glyph(letter)}.items())
    blocks = [letters[n : n + 100] for n in range(0, len(letters), 100)]
    mapped = "\n".join(
        f"{len(block)} beginbfchar\n"
        + "\n".join(f"<{glyph:04x}> <{letter.encode('utf-16-be').hex()}>" for glyph, letter in block)
        + "\nendbfchar"
        for block in blocks
    )
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Letters def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{mapped}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode()
