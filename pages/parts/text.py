"""Text from anywhere, shown as it is: Markdown has images and links, and what was imported may say
anything."""

import re


def plain(text: str) -> str:
    """Text that means itself in Markdown."""
    return re.sub(r"([\\\[\]`*_$~:<#|])", r"\\\1", text)


def quoting(text: str) -> str:
    """A sentence of ours that may quote somebody's: commands between backticks stay, links and
    images do not."""
    return re.sub(r"([\\\[\]<$])", r"\\\1", text)
