"""A page's forms as a browser reads them, and its links."""

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    """A field with what it holds; of a choice, what may be chosen."""

    name: str
    kind: str
    value: str = ""
    choices: tuple[str, ...] = ()
    is_on: bool = True
    """Whether it is sent as the page stands: a box that is ticked, a choice that is made."""


@dataclass(slots=True)
class Form:
    """One form: where it goes, how, and what it asks."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        """What it asks, once each."""
        return tuple(dict.fromkeys(each.name for each in self.fields if each.name))

    @property
    def is_only_buttons(self) -> bool:
        """Whether all that can be done is to press one."""
        return all(each.kind in ("submit", "hidden") for each in self.fields)

    @property
    def buttons(self) -> Pairs:
        """The buttons that say which of them was pressed."""
        return [(each.name, each.value) for each in self.fields if each.kind == "submit" and each.name]


class Page(HTMLParser):
    """Reads a page's forms and links."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._open: Field | None = None  # a select or a textarea whose content is being read
        self._is_chosen = False

    @property
    def asked(self) -> set[str]:
        """The names behind the question marks: of its links, and of its forms that only ask."""
        links = (name for link in self.links for name, _ in parse_qsl(urlsplit(link).query))
        return {*links, *(name for form in self.forms if form.method == "get" for name in form.names)}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(urljoin(self.path, given["href"]))
        if tag == "form":
            action = urljoin(self.path, given.get("action") or self.path)
            self._form = Form(action, given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._read(tag, given)

    def _read(self, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "input":
            kind = given.get("type", "text")
            ticked = kind not in ("checkbox", "radio") or "checked" in given
            value = given.get("value", "on" if kind in ("checkbox", "radio") else "")
            self._add(Field(name, kind, value, is_on=ticked))
        elif tag == "button" and given.get("type", "submit") == "submit":
            self._add(Field(name, "submit", given.get("value", "")))
        elif tag in ("select", "textarea"):
            self._open, self._is_chosen = Field(name, tag), False
        elif tag == "option" and self._open:
            self._choose(given.get("value", ""), is_selected="selected" in given)

    def _choose(self, value: str, *, is_selected: bool) -> None:
        assert self._open
        held = value if is_selected or not self._open.choices else self._open.value
        self._open = replace(self._open, value=held, choices=(*self._open.choices, value))

    def handle_data(self, data: str) -> None:
        if self._open and self._open.kind == "textarea":
            # A browser leaves out the line's end that follows the tag.
            held = self._open.value + data
            self._open = replace(self._open, value=held.removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open.kind:
            self._add(self._open)
            self._open = None
        if tag == "form":
            self._form = None

    def _add(self, found: Field) -> None:
        assert self._form is not None
        self._form.fields.append(found)


def read(body: bytes, path: str) -> Page:
    """What the page at `path` holds."""
    page = Page(path)
    page.feed(body.decode())
    return page
