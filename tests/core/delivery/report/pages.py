"""What a browser would make of a page, as far as a parser can tell."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "img"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "footer", "section"),
    *("h1", "h2", "h3", "p", "div", "span", "small", "b", "bdi", "a", "ul", "li", "figure", "img"),
    *("figcaption", "details", "summary", "svg", "defs", "pattern", "line", "rect", "circle", "g"),
    *("text", "path"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "title", "src"),
    *("width", "height", "alt", "open", "aria-hidden", "aria-label", "role", "viewbox", "d", "x"),
    *("y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "text-anchor", "opacity"),
    *("patternunits", "patterntransform", "preserveaspectratio"),
}


class Parsed(HTMLParser):
    """The tags, attributes and texts of a page; what is not closed properly fails."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    @property
    def text(self) -> str:
        """All that is read, as one line."""
        return " ".join(self.texts)

    def values(self, tag: str, name: str) -> list[str]:
        """Return the values of an attribute of a kind of tags."""
        return [value for at, key, value in self.attributes if (at, key) == (tag, name)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"] and data.strip():
            self.texts.append(data.strip())

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data!r}")
