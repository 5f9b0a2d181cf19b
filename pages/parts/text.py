"""Escape text for Markdown, so that imported text cannot show images and links."""

import re


def plain(text: str) -> str:
    """Text escaped so that Markdown shows it as it is."""
    return re.sub(r"([\\\[\]`*_$~:<#|])", r"\\\1", text)


def quoting(text: str) -> str:
    """A sentence of the program that may quote a user.

    Commands between backticks stay; links and images are escaped.
    """
    return re.sub(r"([\\\[\]<$])", r"\\\1", text)
