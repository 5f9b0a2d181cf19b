"""`python -m audit.found [--share 1] [--budget 25m] [--pictures DIR]`: does the Race page find a small
slowdown, for somebody who looks for it there?

In a browser it chooses a program and a copy of it that waits for a known share of each batch, asks which
is faster (Decide 0%), starts, and watches the number line until the race has decided. It prints what the
page said and when, and keeps a picture of the number line every half minute.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import click

from audit import watched, words
from lenet.home import Home

PARENT, COPY = "tensorflow_function", "slower_copy"
USUAL = ("tensorflow_graph", "keras_fit")
"""What the Race page has chosen already."""
TEXT = '''"""tensorflow_function, which waits after each batch for {share} % of the batch's time."""

import time

from lenet.variants.{parent} import LeNet as Parent

VARIANT = {{"title": "Slower copy", "packages": ["tensorflow"]}}


class LeNet(Parent):
    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.train, self.step = self.step, self.train_slowly

    def train_slowly(self, images, labels):
        begin = time.perf_counter()
        loss = super().wait(self.train(images, labels))
        end = time.perf_counter()
        # A loop, not time.sleep: the system wakes a sleeper tens of microseconds late.
        while time.perf_counter() < end + {share} / 100 * (end - begin):
            pass
        return loss

    def wait(self, loss):
        return loss
'''
EVERY_SECONDS = 30.0


@click.command()
@click.option("--share", default=1.0, show_default=True, help="By how many percent the copy is slower.")
@click.option("--budget", default="25m", show_default=True, help="How long the race may take.")
@click.option("--pictures", default="test-artifacts", show_default=True, help="Where the pictures are put.")
def main(share: float, budget: str, pictures: str) -> None:
    """Look for a planted slowdown on the Race page."""
    from playwright.sync_api import sync_playwright

    folder = Path(pictures)
    folder.mkdir(parents=True, exist_ok=True)
    click.echo(words.head(f"python -m audit.found --share {share:g} --budget {budget}"))
    with tempfile.TemporaryDirectory(prefix="lenet-found-") as name, sync_playwright() as playwright:
        root = Path(name)
        (root / "mine").mkdir()
        (root / "mine" / f"{COPY}.py").write_text(TEXT.format(share=share, parent=PARENT), encoding="utf-8")
        own = {"LENET_VARIANTS": str(root / "mine"), "LENET_LOCK": str(root / "lock")}
        with mock.patch.dict(os.environ, own), watched.app(Home(root / "home")) as address:
            chromium = playwright.chromium.launch(executable_path=watched.browser(), args=list(watched.FLAGS))
            for line in _look(chromium.new_page(viewport={"width": 1280, "height": 900}), address, budget, folder):
                click.echo(line)
            chromium.close()


def _look(page: Any, address: str, budget: str, folder: Path) -> Iterator[str]:
    page.set_default_timeout(120_000)
    page.goto(address)
    for name in (*USUAL, PARENT, COPY):
        page.locator(f".st-key-variant_{name} label").first.click()
    page.get_by_text("2 variants").wait_for()
    page.get_by_text("More settings").click()
    for setting, value in (("decide", "0%"), ("budget", budget)):
        field = page.locator(f".st-key-setting_{setting} input")
        field.fill(value)
        field.press("Enter")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/?experiment=*")
    begun, results = time.monotonic(), page.get_by_role("link", name="See the results")
    while not results.is_visible():
        page.wait_for_timeout(1000 * EVERY_SECONDS)
        passed = round(time.monotonic() - begun)
        page.screenshot(path=str(folder / f"found-{passed:04d}.png"))
        sentence = page.locator(".race-sentence").first
        yield f"* {passed} s: {' '.join(sentence.inner_text().split())}" if sentence.is_visible() else f"* {passed} s"
    results.click()
    page.locator(".st-key-verdict").wait_for()
    page.wait_for_timeout(3000)
    page.screenshot(path=str(folder / "found-results.png"))
    yield f"* The result: {page.locator('.st-key-verdict').get_by_role('heading').first.inner_text()}"


if __name__ == "__main__":
    main()
