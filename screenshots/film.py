"""Screens one after the other as one animated SVG.

Rows that look the same are in it once, so minutes of a screen take little more than a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.etree import ElementTree

_NAMESPACE = "http://www.w3.org/2000/svg"
_ROW = 24.4
"""Height of a row in what Rich exports."""
_STYLE = re.compile(r"\.terminal-\d+-(r\d+) \{ (.*?) \}")


class _Picture(NamedTuple):
    """A screen."""

    seconds: float
    """For how long it is seen."""
    rows: list[str]
    """What is drawn of each."""


class Film:
    """Takes screens as Rich exports them, all of one size."""

    def __init__(self) -> None:
        self._pictures: list[_Picture] = []
        self._around: tuple[str, str] | None = None

    def add(self, svg: str, seconds: float) -> None:
        """Show a screen for so long."""
        root = ElementTree.fromstring(svg)
        self._around = self._around or _around(root)
        rows = _rows(root, dict(_STYLE.findall(svg)))
        if self._pictures and self._pictures[-1].rows == rows:
            seconds += self._pictures.pop().seconds
        self._pictures.append(_Picture(seconds, rows))

    def svg(self) -> str:
        """Return the film, which begins anew at its end.

        Raises:
            ValueError: There is no screen in it.
        """
        if self._around is None:
            raise ValueError("a film of nothing")
        head, tail = self._around
        numbers: dict[str, int] = {}
        for picture in self._pictures:
            for row in picture.rows:
                numbers.setdefault(row, len(numbers))
        rows = "".join(f'<g id="r{number}">{row}</g>' for row, number in numbers.items())
        screens = "".join(
            f'<g class="s s{index}">'
            + "".join(f'<use href="#r{numbers[row]}"/>' for row in picture.rows)
            + "</g>"
            for index, picture in enumerate(self._pictures)
        )
        styles = "\n".join(_styles(self._pictures))
        return f"{head}<style>{styles}</style><defs>{rows}</defs>{screens}{tail}\n"


def _around(root: ElementTree.Element) -> tuple[str, str]:
    """Return what is before and behind the rows: the window, and the end of its elements."""
    font = next(
        text
        for text in re.findall(r"font-family: (.*?);", "".join(root.itertext()))
        if "Mono" in text
    )
    window = root.find(f"{{{_NAMESPACE}}}rect")
    title = root.find(f"{{{_NAMESPACE}}}text")
    circles = root.findall(f".//{{{_NAMESPACE}}}circle")
    assert window is not None
    assert title is not None
    words = title.attrib | {"class": "", "style": "font:bold 18px arial"}
    head = (
        f'<svg viewBox="{root.get("viewBox")}" xmlns="{_NAMESPACE}">'
        + _element(window.tag, window.attrib)
        + _element(title.tag, words, title.text or "")
        + '<g transform="translate(26,22)">'
        + "".join(_element(circle.tag, circle.attrib) for circle in circles)
        + f'</g><g transform="translate(9, 41)" font-family="{font}" font-size="20px">'
    )
    return head, "</g></svg>"


def _rows(root: ElementTree.Element, styles: dict[str, str]) -> list[str]:
    """Return what is drawn, row by row."""
    drawn: dict[int, list[str]] = {}
    for element in _inside(root):
        row = int(float(element.attrib["y"]) / _ROW - 0.01)
        attributes = {key: value for key, value in element.attrib.items() if key != "clip-path"}
        style = attributes.pop("class", "")
        if style:
            attributes["style"] = styles[style.rpartition("-")[2]].replace("; ", ";")
        drawn.setdefault(row, []).append(_element(element.tag, attributes, element.text or ""))
    return ["".join(drawn[row]) for row in sorted(drawn)]


def _inside(root: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Return rectangles and words of a terminal."""
    terminal = root.findall(f"{{{_NAMESPACE}}}g")[-1]
    for element in terminal.iter():
        if element.tag.rpartition("}")[2] in ("rect", "text"):
            yield element


def _element(tag: str, attributes: dict[str, str], text: str = "") -> str:
    made = ElementTree.Element(tag.rpartition("}")[2], attributes)
    made.text = text or None
    return ElementTree.tostring(made, encoding="unicode")


def _styles(pictures: Sequence[_Picture]) -> Iterator[str]:
    """Have each screen seen in its turn; the first one alone where nothing should move."""
    whole = sum(picture.seconds for picture in pictures)
    yield f".s{{visibility:hidden;animation:{whole:.1f}s step-end infinite}}"
    begin = 0.0
    for index, picture in enumerate(pictures):
        end = begin + picture.seconds
        first, last = 100 * begin / whole, 100 * end / whole
        yield (
            f"@keyframes s{index}{{0%{{visibility:{'hidden' if index else 'visible'}}}"
            f"{first:.3f}%{{visibility:visible}}{last:.3f}%{{visibility:hidden}}}}"
            f".s{index}{{animation-name:s{index}}}"
        )
        begin = end
    yield "@media (prefers-reduced-motion){.s{animation:none}.s0{visibility:visible}}"
