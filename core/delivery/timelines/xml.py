"""Elements, and documents of them."""

from __future__ import annotations

from xml.etree import ElementTree

from .text import printable

Element = ElementTree.Element


def add(parent: Element, tag: str, text: str | int | None = None, /, **attributes: str) -> Element:
    """Append an element and return it; texts and attributes are made `printable`."""
    child = ElementTree.SubElement(
        parent, tag, {name: printable(value) for name, value in attributes.items()}
    )
    if text is not None:
        child.text = printable(str(text))
    return child


def document(root: Element) -> str:
    """Return a document with a declaration and the type of its root."""
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE {root.tag}>\n{body}\n'
