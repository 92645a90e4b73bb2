"""Whatever may come over the wire: what a form is filled with by mistake or on purpose, and requests of every shape."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from tests.pages import TIMES_AMISS, TYPED_AMISS
from tests.security.asking import METHODS
from tests.security.pages import Form
from tests.security.typed import Values, options

MARK = "<itb-mark"
"""No page may hold it as it is: whoever typed it would have put an element there."""
ELEMENTS = [
    f"{MARK}>",
    f"{MARK} onload=alert(1)>",
    f"\"'>{MARK}>",
    f"<script>{MARK}></script>",
    f"</textarea>{MARK}>",
    f"--></style>{MARK}>",
    f"{{{{ {MARK} }}}}{{% load x %}}",
]
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "=HYPERLINK(1)"]
NUMBERS = [
    "0",
    "-1",
    "1e308",
    "1" + "0" * 30,
    "4000.1",
    "5001",
    "0.0001",
    "NaN",
    "1,000",
    "٣",
    "40 mg",
    "40mL",
]
DAYS = [
    "0001-01-01",
    "1899-12-31",
    "2999-12-31",
    "9999-12-31",
    "2026-02-30",
    "2026-13-01",
    "24/11/2026",
    "today",
]
PLACES = ["//evil.example/", "https://evil.example/", "../../etc/passwd", "javascript:alert(1)"]
BYTES = [b"\xff\xfe", b"\x00", b"a\x00b", b"\xc3\x28", b"\xed\xa0\x80", b"\r\nX-Injected: 1", b"\x1b[31m"]
UNSEEN = ["\u202e", "\u200b", "\ufeff", "\u2028", "A\u0301" * 50, "\U0001f489" * 9, " ", "\n"]
LONG = ["x" * 41, "x" * 301, "x" * 5000, "9" * 400]
KNOWN = [*ELEMENTS, *FORMULAS, *NUMBERS, *DAYS, *PLACES, *BYTES, *UNSEEN, *LONG]
KNOWN += [*TYPED_AMISS.values(), *TIMES_AMISS.values()]

TEXT = st.text(max_size=60)
SLIP = st.sampled_from(KNOWN) | TEXT | st.integers().map(str) | st.decimals(allow_nan=True).map(str)
SLIP |= st.dates().map(str) | st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M}")

Typed = dict[str, list[Any]]


@st.composite
def posts(draw: st.DrawFn, form: Form, sense: Values) -> Typed:
    """The form filled as it should be, but for up to three slips; now and then with fields that it does not have."""
    typed: Typed = {}
    choices = options(form, sense)
    slips = draw(st.lists(st.sampled_from(form.names), max_size=3, unique=True))
    for name, sensible in choices.items():
        if name in slips:
            typed[name] = draw(st.lists(SLIP | st.sampled_from(sensible), max_size=2))
        else:
            likeliest = [*sensible[:1] * 4, *sensible]
            typed[name] = [draw(st.sampled_from(likeliest))]
    strange = draw(st.dictionaries(TEXT | st.sampled_from(["id", "seen", "more", "next"]), SLIP, max_size=1))
    return {**typed, **{name: [value] for name, value in strange.items() if name not in typed}}


@dataclass(frozen=True, slots=True)
class Request:
    """A request of any shape."""

    method: str
    path: str
    more: dict[str, Any] = field(default_factory=dict)


HEADER = (SLIP | TEXT).map(lambda value: value if isinstance(value, bytes) else value.encode())
HEADER = HEADER.map(lambda raw: raw.decode("latin-1").translate(dict.fromkeys((0, 10, 13)))[:3000])
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "HTTP_HX_REQUEST", "HTTP_HX_TARGET", "HTTP_HX_CURRENT_URL", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE",
            "HTTP_ACCEPT_ENCODING", "HTTP_HOST", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST",
            "HTTP_X_FORWARDED_PROTO", "HTTP_REFERER", "HTTP_ORIGIN", "HTTP_USER_AGENT", "HTTP_RANGE",
            "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_X_CSRFTOKEN", "HTTP_X_REQUESTED_WITH",
            "HTTP_AUTHORIZATION", "REMOTE_ADDR",
        ]
    ),
    HEADER | st.just("true"),
    max_size=3,
)  # fmt: skip
CONTENT = st.sampled_from(
    [
        "application/x-www-form-urlencoded", "application/json", "text/plain", "", "multipart/form-data",
        "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=utf-7", "x" * 300,
    ]
)  # fmt: skip
BODY = st.binary(max_size=200) | st.sampled_from([b"{", b"[" * 999, b"--x\r\n\r\n", b"a=1&" * 1100])
ODD_ID = st.integers().map(str) | st.sampled_from(
    ["0", "-1", "9" * 30, "1.5", "%00", "%2e%2e", "x", "1/2", "٣"]
)
ODD_ID |= TEXT.map(lambda text: quote(text, safe=""))


@st.composite
def requests(draw: st.DrawFn, path: str, values: list[str], names: list[str]) -> Request:
    """Anything asked of an address: its ids (`values` in the path) exchanged, `names` asked, odd heads and bodies."""
    parts = path.partition("?")[0].split("/")
    whole = "/".join(draw(st.just(part) | ODD_ID) if part in values else part for part in parts)
    asked = draw(st.lists(st.tuples(st.sampled_from(names) | TEXT, SLIP), max_size=3))
    method = draw(st.sampled_from([*METHODS, "GET", "GET", "POST", "TRACE", "BREW", "PROPFIND"]))
    more = {"data": draw(BODY), "content_type": draw(CONTENT)} if method != "GET" else {}
    return Request(method, f"{whole}?{urlencode(asked)}", {**draw(HEADERS), **more})
