"""Every reference leads somewhere: from code to headings, from pages to pages, files and names.

In code a reference is ``PAGE.md`` or ``PAGE.md`` with sections behind it; sections alone are of the
page that they stand in. In backticks, pages name files from the top of the repository or from where
they are, and what is in a file as ``path/file.py:NAME``. A row of a table that begins with a
constant goes on with its value, and so is what stands before one: ``3 s (`LINGER`)``.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = ("core", "tui", "styles", "tests", "screenshots")
_SUFFIXES = {".py", ".js", ".html", ".tcss"}
_FOLDERS = (*CODE, "docs", ".ci", ".dev")

SECTION = "\N{SECTION SIGN}"
_NUMBER = rf"{SECTION}(\d+(?:\.\d+)*)"
_REFERENCE = re.compile(rf"\b(\w+\.md)\b(?: {_NUMBER}(?:(?:, | and | to ){_NUMBER})*)?")
_LINE_END = re.compile(r"\s*\n\s*(?:#|//)?\s*")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_NUMBERED = re.compile(r"(\d+(?:\.\d+)*) ")
_LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
_INNER = ("ARCHITECTURE.md", "CONTRIBUTING.md")
"""Beside those next to the code: pages for those who change it."""
_QUOTED = re.compile(r"`([^`\n]+)`")
_BELOW = rf"(?:{'|'.join(map(re.escape, _FOLDERS))})(?:/[\w./-]*)?"
_PATH = re.compile(rf"({_BELOW})(?::(\w+))?")
_INNER_PATH = re.compile(rf"({_BELOW}|[\w./-]+(?:\.py|\.tcss|/))(?::(\w+))?")
_NAME = re.compile(r"[A-Za-z]*[a-z][A-Z]\w*|[A-Z][a-z]\w+|\w+_\w+|_\w+|[A-Z]{3,}")
_IN_ROW = re.compile(r"^\| `([A-Z_]+)` \| ([\d.]+) \|", re.MULTILINE)
_IN_TEXT = re.compile(r"([\d.]+) s \(`([A-Z_]+)`")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def test_every_reference_leads_somewhere() -> None:
    assert list(faults(ROOT)) == []


def test_there_is_something_to_check() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in code(ROOT))
    assert len(_REFERENCE.findall(text)) > 50
    assert {"protocol.md", "media_path.md", "files.md", "terminals.md"} <= pages(ROOT).keys()


@pytest.mark.parametrize(
    ("page", "marks"),
    [("README.md", ["demo", "tests", "hooks", "faults"]), ("docs/cost.md", ["cost"])],
)
def test_marks_enclose_what_is_read_or_replaced(page: str, marks: list[str]) -> None:
    """CI runs the first two; the third are tried; figures are put between the others."""
    found = re.findall(r"^<!-- (\w+) -->$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert found == [mark for name in marks for mark in (name, "end")]


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("core/a.py", f"# page.md {SECTION}3", f"page.md has no {SECTION}3"),
        ("core/a.py", f"# page.md {SECTION}1, {SECTION}2.7", f"page.md has no {SECTION}2.7"),
        ("core/a.py", f"# (page.md\n# {SECTION}3)", f"page.md has no {SECTION}3"),
        ("tests/a.js", f"// RFC 1, {SECTION}1", "a section of no page"),
        ("core/a.py", "# other.md", "there is no other.md"),
        ("core/page.md", f"{SECTION}4", f"page.md has no {SECTION}4"),
        ("a.md", "[that](core/b.md)", "a.md: core/b.md is not there"),
        ("a.md", "[that](core/page.md#two)", "core/page.md has no #two"),
        ("a.md", "`core/b.py`", "core/b.py is not there"),
        ("a.md", "`core/a.py:_TWO`", "core/a.py has no _TWO"),
        ("a.md", "`tests/b.py:look`", "tests/b.py has no look"),
        ("core/page.md", "`b.py`", "b.py is not there"),
        ("core/page.md", "`TwoTwo`", "nothing is called TwoTwo"),
        ("core/page.md", "| `_ONE` | 2 |", "_ONE is not 2 but 1"),
        ("core/page.md", "after 2 s (`_ONE`)", "_ONE is not 2 but 1"),
    ],
)
def test_one_that_does_not_is_told(tmp_path: Path, file: str, text: str, said: str) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "b.py").write_text('"""A look at something else."""\n')
    (tmp_path / "core" / "page.md").write_text("# Page\n\n## 1 One\n\n### 1.2 Two, too\n")
    (tmp_path / "core" / "a.py").write_text(f"# page.md {SECTION}1.2\n_ONE = 1\n")
    good = f"{SECTION}1 is [that](core/page.md#12-two-too): `core/a.py:_ONE`, `core`\n# 1 It\n"
    (tmp_path / "a.md").write_text(good)
    assert list(faults(tmp_path)) == []
    with (tmp_path / file).open("a") as changed:
        changed.write(f"\n{text}\n")
    found = list(faults(tmp_path))
    assert len(found) == 1
    assert said in found[0]


def faults(root: Path) -> Iterator[str]:
    """What leads nowhere, as ``file: what``."""
    known = pages(root)
    for path in code(root):
        for fault in _in_code(path, known):
            yield f"{path.relative_to(root)}: {fault}"
    for path in known.values():
        for fault in _in_page(path, known, root):
            yield f"{path.relative_to(root)}: {fault}"


def code(root: Path) -> list[Path]:
    """All files that may refer to pages; the examples in this one lead nowhere."""
    found = (path for folder in CODE for path in (root / folder).rglob("*"))
    return sorted(path for path in found if path.suffix in _SUFFIXES and path != Path(__file__))


def pages(root: Path) -> dict[str, Path]:
    """All pages by their names, of which there are no two alike."""
    below = (path for folder in (*CODE, "docs") for path in (root / folder).rglob("*.md"))
    found = [*root.glob("*.md"), *below]
    named = {path.name: path for path in found}
    assert len(named) == len(found)
    return named


def _in_code(path: Path, known: dict[str, Path]) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if ".md" not in text and SECTION not in text:
        return
    text = _LINE_END.sub(" ", text)
    for reference in _REFERENCE.finditer(text):
        yield from _refers(reference, known)
    if SECTION in _REFERENCE.sub("", text):
        yield "a section of no page"


def _refers(reference: re.Match[str], known: dict[str, Path]) -> Iterator[str]:
    name = reference[1]
    if name not in known:
        yield f"there is no {name}"
        return
    numbers = _numbers(known[name].read_text(encoding="utf-8"))
    wanted = re.findall(_NUMBER, reference[0])
    yield from (f"{name} has no {SECTION}{one}" for one in wanted if one not in numbers)


def _in_page(path: Path, known: dict[str, Path], root: Path) -> Iterator[str]:
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    for one in re.findall(_NUMBER, text):
        if one not in _numbers(text):
            yield f"{path.name} has no {SECTION}{one}"
    for target, anchor in _LINK.findall(text):
        yield from _links(path, target, anchor)
    if path.name != "CHANGELOG.md":  # which is of what was
        inner = path.parent != root and path.parent.name != "docs"
        yield from _values(text, path.parent) if inner else ()
        for quoted in _QUOTED.findall(text):
            yield from _names(quoted, root, path.parent if inner or path.name in _INNER else None)


def _values(text: str, folder: Path) -> Iterator[str]:
    """Constants and their values, of the code below the page."""
    told = [*_IN_ROW.findall(text), *((name, value) for value, name in _IN_TEXT.findall(text))]
    source = "".join(path.read_text("utf-8") for path in folder.rglob("*.py")) if told else ""
    for name, value in told:
        found = re.findall(rf"^{name} = ([\d.]+)$", source, re.MULTILINE)
        if float(value) not in map(float, found):
            yield f"{name} is not {value} but {' or '.join(found) or 'nowhere'}"


def _names(quoted: str, root: Path, beside: Path | None) -> Iterator[str]:
    """What is in backticks: a path, or on pages for those who change the code, a name in it."""
    rule = _PATH if beside is None else _INNER_PATH
    if path := rule.fullmatch(quoted):
        files = [folder / path[1] for folder in (root, beside) if folder]
        file = next((one for one in files if one.exists()), None)
        if file is None:
            yield f"{path[1]} is not there"
        elif path[2] and path[2] not in _made_in(file):
            yield f"{path[1]} has no {path[2]}"
    elif beside and _NAME.fullmatch(quoted) and quoted not in _all_words(root):
        yield f"nothing is called {quoted}"


@functools.cache
def _all_words(root: Path) -> frozenset[str]:
    return frozenset(word for path in code(root) for word in _words(path))


@functools.cache
def _words(path: Path) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", path.read_text(encoding="utf-8")))


@functools.cache
def _made_in(path: Path) -> frozenset[str]:
    """What a file of code defines or assigns: a word in its text may be of something else."""
    if path.suffix != ".py":
        return _words(path)
    made: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                made.add(name)
            case ast.Name(name, ast.Store()) | ast.Attribute(_, name, ast.Store()):
                made.add(name)
            case _:
                pass
    return frozenset(made)


def _links(path: Path, target: str, anchor: str) -> Iterator[str]:
    file = path.parent / target if target else path
    if not file.exists():
        yield f"{target} is not there"
    elif anchor and anchor not in _anchors(file.read_text(encoding="utf-8")):
        yield f"{target or path.name} has no #{anchor}"


def _numbers(text: str) -> set[str]:
    matches = (_NUMBERED.match(heading) for heading in _HEADING.findall(_FENCE.sub("", text)))
    return {match[1] for match in matches if match}


def _anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = (heading.lower() for heading in _HEADING.findall(_FENCE.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}
