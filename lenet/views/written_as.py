"""The words for how a variant is written; every page and the shell take them from here."""

from __future__ import annotations

from lenet.catalog import WrittenAs

TITLE = "Written as"
MEANING: dict[WrittenAs, str] = {
    "tutorial": "as its framework's own tutorial or guide writes it",
    "bare": "by hand, with little more than training needs",
    "expert": "with what its framework offers to those who look for speed",
    "control": "to check the others, or to find something out; nobody would train so",
    "original": "as it was written in 2017, on the versions of 2017",
}


def meanings() -> str:
    """All words with their meanings, a line each, as Markdown."""
    return "\n".join(f"* **{word}**: {meaning}" for word, meaning in MEANING.items())
