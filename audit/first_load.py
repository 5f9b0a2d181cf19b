"""`python -m audit.first_load ADDRESS ...`: what a browser that was never there loads for a page.

The app must run; an address is one of its pages, such as http://localhost:8501/results?experiment=12.
"""

from __future__ import annotations

import sys
from typing import Any

from audit.watched import FLAGS, browser

SETTLE_MS = 4000
"""Programs for charts and tables are loaded when the first of them is drawn."""
SHOWN = "[data-testid=stPlotlyChart] .main-svg, [data-testid=stDataFrame] canvas, [data-testid=stButton]"


def main() -> None:
    """Print the bytes over the wire for each address, and the largest files."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser(), args=list(FLAGS))
        for address in sys.argv[1:]:
            files = loaded(chromium, address)
            print(f"{sum(files.values()) / 1e6:.2f} MB in {len(files)} files: {address}")
            for name in sorted(files, key=lambda one: -files[one])[:5]:
                print(f"    {files[name] / 1e6:.2f} MB {name}")
        chromium.close()


def loaded(chromium: Any, address: str) -> dict[str, int]:
    """Bytes over the wire for each file that a page loads in a new browser, by its address."""
    context = chromium.new_context()
    page = context.new_page()
    network = context.new_cdp_session(page)
    asked: dict[str, str] = {}
    files: dict[str, int] = {}

    def finished(event: dict[str, Any]) -> None:
        name = asked[event["requestId"]]
        files[name] = files.get(name, 0) + int(event["encodedDataLength"])

    network.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]}))
    network.on("Network.loadingFinished", finished)
    network.send("Network.enable")
    page.goto(address)
    page.locator(SHOWN).first.wait_for()
    page.wait_for_timeout(SETTLE_MS)
    context.close()
    return files


if __name__ == "__main__":
    main()
