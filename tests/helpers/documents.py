"""Read Markdown for the tests of the documents: words, links, headings, code, commands."""

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
PROGRAMS = ("python ", "lenet ", "make ", "streamlit ", "pip ")
SEPARATORS = {"&&", "||", ";", "|", "(", ")"}


def words(text: str) -> int:
    """The number of words, without addresses and the targets of links and images."""
    return len(WORD.findall(re.sub(r"https?://[^\s)>]+", " ", LINK.sub("] ", text))))


def links(text: str) -> list[str]:
    """The targets of links and images, except those on the web."""
    targets = LINK.findall(FENCE.sub("", text))
    return [target for target in targets if not target.startswith(("http:", "https:", "mailto:"))]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to headings."""
    counts: dict[str, int] = {}
    for _, title in HEADING.findall(FENCE.sub("", text)):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title)
        slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        counts[slug] = counts.get(slug, 0) + 1
    copies = {f"{slug}-{number}" for slug, count in counts.items() for number in range(1, count)}
    return counts.keys() | copies


def section(text: str, anchor: str) -> str:
    """The text below the heading with this anchor, up to the next heading of its level or above.

    Raises LookupError if there is none.
    """
    plain = FENCE.sub(lambda fence: re.sub("^", "    ", fence[2], flags=re.MULTILINE), text)
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
    """Every command of a document, as a list of words; comments are left out."""
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
    """Every file or folder that a document names in code.

    Code in the text of a link is left out, because the link's target is checked; so are files of the
    reader's own.
    """
    spans = {span for span in code(LINKED.sub(" ", text)) if PATH.fullmatch(span)}
    given = (word for command in commands(text) for word in command)
    return spans | {word for word in given if word.endswith((".py", ".txt")) and not word.startswith("~")}


def exists(path: str) -> bool:
    """Whether the file or folder exists; words in capitals stand for any name."""
    return (ROOT / path).exists() or (_pattern(path) != path and any(ROOT.glob(_pattern(path))))


def _pattern(path: str) -> str:
    """`pages/NAME.py` as `pages/*.py`; a name of several placeholders becomes one star."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{re.sub(r'[*_]+', '*', PLACEHOLDER.sub('*', name))}" if slash else path


def torn(text: str) -> list[str]:
    """Lines on which inline code begins and does not end, which the functions above do not see."""
    return [line for line in FENCE.sub("", text).splitlines() if line.count("`") % 2]


def intervals(text: str) -> set[tuple[str, str]]:
    """The two ends of every interval, as they are written."""
    return set(INTERVAL.findall(text))
