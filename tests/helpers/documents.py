"""Markdown as the tests of the documents read it: words, links, headings, code, commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from tests.helpers.places import ROOT

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^()\s]+)\)")
LINKED = re.compile(r"\[[^]\n]*\]\([^()\s]+\)")
HEADING = re.compile(r"^(#+) +(.+?) *$", re.MULTILINE)
WORD = re.compile(r"\d[\d.,]*|\w+(?:['\u2019]\w+)?")
INTERVAL = re.compile(r"\[(-?[\d.,]+), (-?[\d.,]+)\]")
IN_FOLDER = r"\.?[\w-]+(?:/[\w.-]+)*/[\w.-]*"
AT_THE_TOP = r"[\w-]+\.(?:py|md|toml|txt|json)|Makefile|LICENSE|NOTICE"
PATH = re.compile(f"{IN_FOLDER}|{AT_THE_TOP}")
PLACEHOLDER = re.compile(r"[A-Z]+(?=[_./]|$)")
PROGRAMS = ("python ", "make ", "streamlit ", "pip ")
SEPARATORS = {"&&", "||", ";", "|", "(", ")"}


def words(text: str) -> int:
    """How many words a reader meets: all but targets of links and images, and addresses."""
    return len(WORD.findall(re.sub(r"https?://[^\s)>]+", " ", LINK.sub("] ", text))))


def links(text: str) -> list[str]:
    """Targets of links and images that are not on the web."""
    found = LINK.findall(FENCE.sub("", text))
    return [target for target in found if not target.startswith(("http:", "https:", "mailto:"))]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to headings."""
    found: dict[str, int] = {}
    for _, title in HEADING.findall(FENCE.sub("", text)):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title)
        slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        found[slug] = found.get(slug, 0) + 1
    copies = {f"{slug}-{number}" for slug, count in found.items() for number in range(1, count)}
    return found.keys() | copies


def section(text: str, anchor: str) -> str:
    """The text below the heading with this anchor, up to the next of its level or above."""
    plain = FENCE.sub(lambda found: re.sub("^", "    ", found[2], flags=re.MULTILINE), text)
    for heading in HEADING.finditer(plain):
        if anchors(heading[0]) == {anchor}:
            below, level = plain[heading.end() :], len(heading[1])
            return re.split(rf"^#{{1,{level}}} ", below, maxsplit=1, flags=re.MULTILINE)[0]
    raise LookupError(anchor)


def code(text: str) -> list[str]:
    """Inline code, and the lines of code blocks."""
    fenced = [line for _, lines in FENCE.findall(text) for line in lines.splitlines()]
    return SPAN.findall(FENCE.sub("", text)) + fenced


def commands(text: str) -> Iterator[list[str]]:
    """Every command of a document, in words; comments are left out."""
    for line in code(text):
        if line.startswith(PROGRAMS):
            yield from _split(line)


def _split(line: str) -> Iterator[list[str]]:
    command: list[str] = []
    for word in [*_shell_words(line), ";"]:
        if word not in SEPARATORS:
            command.append(word)
        elif command:
            yield command
            command = []


def _shell_words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(lexer)


def paths(text: str) -> set[str]:
    """Every file or folder that a document names in code, but for links: their target counts."""
    spans = {span for span in code(LINKED.sub(" ", text)) if PATH.fullmatch(span)}
    given = (word for command in commands(text) for word in command)
    return spans | {word for word in given if word.endswith((".py", ".txt"))}


def exists(path: str) -> bool:
    """Whether there is such a file or folder; words in capitals stand for any name."""
    return (ROOT / path).exists() or (_pattern(path) != path and any(ROOT.glob(_pattern(path))))


def _pattern(path: str) -> str:
    """`pages/NAME.py` as `pages/*.py`; of a name that is all placeholders one star is enough."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{re.sub(r'[*_]+', '*', PLACEHOLDER.sub('*', name))}" if slash else path


def torn(text: str) -> list[str]:
    """Lines on which inline code begins and does not end; the functions above do not see it."""
    return [line for line in FENCE.sub("", text).splitlines() if line.count("`") % 2]


def intervals(text: str) -> set[tuple[str, str]]:
    """The ends of every interval, as they are written."""
    return set(INTERVAL.findall(text))
