"""The whole thing in a real browser: start a race, watch it, zoom, stop it, read the results. Needs Chromium.

Screenshots go to test-artifacts/, for people to look at.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest

from lenet import catalog
from lenet.home import Home
from lenet.records import Request
from lenet.requests import COPIES
from lenet.settings import Settings
from lenet.store import open_store
from lenet.worker import tape
from tests.helpers import stored
from tests.helpers.places import ROOT

playwright = pytest.importorskip("playwright.sync_api")

SHOTS = ROOT / "test-artifacts"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PATIENCE = 120_000
SIX = tuple(catalog.VARIANTS)[:6]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
CHARTS = "[...document.querySelectorAll('.race-charts .live-chart')]"
FINISHED_CHARTS = "[data-testid=stPlotlyChart] .js-plotly-plot"
BARS = f"{FINISHED_CHARTS} .bars .point path"
TICK_LIMIT = 200_000

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A real server with a data folder and a machine lock of its own: (address, its data folder)."""
    root = tmp_path_factory.mktemp("server")
    (root / "tmp").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    environment = {**os.environ, "LENET_HOME": str(root / "home"), "TMPDIR": str(root / "tmp")}
    environment["LENET_LOCK"] = str(root / "tmp" / "lenet-bench.lock")
    environment.pop("LENET_DATABASE_URL", None)
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--server.address=127.0.0.1"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(f"{address}/_stcore/health", process)
        yield address, Home(root / "home")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert "Traceback" not in (root / "log").read_text(errors="replace")


def open_store_of(server):
    """The database of a server, beside it; whoever opens it closes it."""
    home = server[1]
    (home.root / "experiments").mkdir(parents=True, exist_ok=True)
    return open_store(home.database_url)


def _wait_until_up(url, process):
    for _ in range(300):
        assert process.poll() is None, "the server ended at once"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                assert answer.read() == b"ok"
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not come up")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, server):
    """Opens pages, each in a browser profile of its own; none may ask another host or fail in its console."""
    contexts, complaints = [], []

    def visit(path="/", scheme="light", viewport=DESKTOP):
        context = browser.new_context(color_scheme=scheme, viewport=viewport)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda r: complaints.append(r.url) if _foreign(r.url, server[0]) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(server[0] + path)
        page.get_by_role("heading", level=1).wait_for()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def _foreign(url, address):
    return not url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))


def fill(page, **settings):
    """Type settings into the form, by label."""
    page.get_by_text("More settings").click()
    for label, value in settings.items():
        field = page.get_by_role("textbox", name=label.replace("_", " "), exact=True)
        field.fill(str(value))
        field.press("Enter")


def start_race(page, **settings):
    """Race copies of the NumPy reference: they need no framework. Returns the experiment's number."""
    for name in ("tensorflow_graph", "keras_fit", "numpy_reference"):
        page.locator(f".st-key-variant_{name} label").first.click()
    page.get_by_text("One variant alone").wait_for()
    page.locator(".st-key-against_itself label").first.click()
    page.get_by_text("4 variants").wait_for()
    fill(page, **settings)
    total = settings["Images_per_epoch"] // 32 * COPIES * settings["Rounds"]
    page.get_by_text(f"{total:,} batches in all").wait_for()
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/?experiment=*")
    return int(page.url.split("=")[1])


def points(page):
    """Points of the first live chart's first trace."""
    return page.evaluate(f"{CHARTS}[0]?._fullData?.[0]?.x.length ?? 0")


def wait_for_points(page, number):
    page.wait_for_function(f"({CHARTS}[0]?._fullData?.[0]?.x.length ?? 0) > {number}")


def shoot(page, name, height=None):
    """A picture of the whole page."""
    SHOTS.mkdir(exist_ok=True)
    width = page.viewport_size["width"]
    tall = height or page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": max(tall, page.viewport_size["height"])})
    page.wait_for_timeout(1500)
    page.screenshot(path=str(SHOTS / f"{name}.png"))


def assert_nothing_sticks_out(page):
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= page.viewport_size["width"]


def test_a_shared_address_has_its_frame_even_as_a_servers_first_page(visit):
    page = visit("/results?experiment=12345")
    assert page.get_by_role("heading", level=1).inner_text() == "LeNet Bench · Results"
    page.get_by_text("There is no experiment 12345").wait_for()
    page.get_by_role("link", name="Race", exact=True).first.wait_for()


def test_a_bad_setting_starts_nothing(visit, server):
    page = visit()
    page.get_by_role("button", name="Start").wait_for()
    store = open_store(server[1].database_url)
    before = store.experiments()
    page.get_by_role("textbox", name="Batch size").fill("60001")
    page.get_by_role("textbox", name="Batch size").press("Enter")
    page.get_by_text("Batch size must be a whole number from 1 to 60000, not '60001'.").wait_for()
    assert page.get_by_role("button", name="Start").is_disabled()
    assert store.experiments() == before
    store.close()


def test_a_race_moves_keeps_the_zoom_is_seen_by_others_and_stops(visit):
    page, other = visit(), visit()
    number = start_race(page, Images_per_epoch=60_000, Rounds=2, Threads=1)
    wait_for_points(page, 5)

    # A viewer who loaded before there was any race sees it begin.
    other.get_by_text(f"Experiment {number}: Noise floor: {COPIES} copies of NumPy reference").wait_for()
    wait_for_points(other, 5)

    page.evaluate(f"{CHARTS}.forEach((chart) => (chart.mine = true))")
    zoomed = zoom(page)
    seen = points(page)
    wait_for_points(page, seen + 20)
    assert page.evaluate(f"{CHARTS}[0]._fullLayout.xaxis.range") == pytest.approx(zoomed)
    assert page.evaluate(f"{CHARTS}.map((chart) => chart.mine === true)") == [True, True]
    shoot(page, "race-light")
    shoot(visit(f"/?experiment={number}", scheme="dark"), "race-dark", 1500)
    phone = visit(f"/?experiment={number}", viewport=PHONE)
    wait_for_points(phone, 5)
    assert_nothing_sticks_out(phone)
    shoot(phone, "race-phone")

    # A reload loses nothing.
    page.reload()
    wait_for_points(page, seen)

    # The number line comes with the first slices of both.
    page.locator(".race-sentence").get_by_text("So far one round").wait_for()
    assert page.locator(".race-ratio .live-chart").count() == 1

    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Stop it").click()
    page.get_by_text("Cancelled: It was stopped").wait_for()
    other.get_by_text("Cancelled: It was stopped").wait_for()


def zoom(page):
    """Drag over the middle of the first live chart; the x range it then shows."""
    before = page.evaluate(f"{CHARTS}[0]._fullLayout.xaxis.range")
    box = page.locator(".race-charts .nsewdrag").first.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, y, steps=5)
    page.mouse.up()
    page.wait_for_function(f"{CHARTS}[0]._fullLayout.xaxis.range[0] > {before[0]} + 0.1")
    return page.evaluate(f"{CHARTS}[0]._fullLayout.xaxis.range")


def test_a_race_ends_with_a_verdict_and_its_results(visit):
    page = visit()
    number = start_race(page, Images_per_epoch=1280, Rounds=2, Threads=1)
    page.get_by_role("link", name="See the results").click()
    page.wait_for_url(f"**/results?experiment={number}")
    page.locator(FINISHED_CHARTS).nth(1).wait_for()
    assert "NumPy reference" in page.get_by_role("heading", level=2).first.inner_text()
    shoot(page, "results-light")
    dark = visit(f"/results?experiment={number}", scheme="dark")
    dark.locator(FINISHED_CHARTS).nth(1).wait_for()
    shoot(dark, "results-dark")
    phone = visit(f"/results?experiment={number}", viewport=PHONE)
    phone.locator(FINISHED_CHARTS).nth(1).wait_for()
    assert_nothing_sticks_out(phone)
    shoot(phone, "results-phone")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_system_page(visit, scheme):
    page = visit("/system", scheme=scheme)
    page.get_by_text("Data folder").wait_for()
    shoot(page, f"system-{scheme}")


def test_the_code_page_shows_any_two_variants(visit):
    page = visit("/code?left=keras_fit&right=tensorflow_graph")
    page.locator(".code-pair tr.differs").first.wait_for()
    assert page.locator(".code-pair th").all_inner_texts() == ["Keras fit", "TensorFlow graph"]
    # By keyboard: the list loses a click that comes while it is still scrolling to what is chosen.
    page.get_by_role("combobox", name="Right").fill("Keras XLA")
    page.get_by_role("option", name="Keras XLA", exact=True).wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/code?*right=keras_xla*")
    # One look at the whole table: between two of them a busy page may draw it anew.
    page.wait_for_function(
        """() => [...document.querySelectorAll(".code-pair")].some((pair) => {
            const [rows, differ] = [pair.querySelectorAll("tr").length, pair.querySelectorAll("tr.differs").length];
            return pair.textContent.includes("Keras XLA") && rows - differ > differ && differ > 0;
        })"""
    )
    shoot(page, "code-light")
    for name, look in (("code-dark", {"scheme": "dark"}), ("code-phone", {"viewport": PHONE})):
        other = visit(page.url.removeprefix(page.url.split("/code")[0]), **look)
        other.locator(".code-pair tr.differs").first.wait_for()
        assert_nothing_sticks_out(other)
        shoot(other, name)


def test_a_bar_of_a_ladder_shows_its_rung(visit, server):
    number = plant_ladder(server[1])
    page = visit(f"/why?experiment={number}")
    rung = page.locator(".st-key-rung")
    rung.get_by_text("Keras fit, silent: draws no progress bar").wait_for()
    # Of the bars drawn the first two are the programs; the fourth is the ladder's second change.
    click(page, page.locator(BARS).nth(3))
    page.wait_for_url(f"**/why?experiment={number}&bar=1")
    rung.get_by_role("heading", name=catalog.ladder("today").changes[1].title).wait_for()
    rung.get_by_text("Keras fit, in order: batches as they lie in memory").wait_for()
    rung.locator("code").get_by_text("fit").first.wait_for()
    shoot(page, "why-ladder-light")
    address = page.url.removeprefix(server[0])
    for name, look in (("why-ladder-dark", {"scheme": "dark"}), ("why-ladder-phone", {"viewport": PHONE})):
        other = visit(address, **look)
        other.locator(BARS).nth(3).wait_for()
        assert_nothing_sticks_out(other)
        shoot(other, name)


def click(page, mark):
    """Click the middle of a chart's mark, as a hand does: Plotly's own layer lies over it."""
    mark.wait_for()
    page.wait_for_timeout(1000)
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
    page.wait_for_timeout(500)  # Plotly takes a click where it has seen the pointer rest
    page.mouse.down()
    page.mouse.up()


def plant_ladder(home):
    """The finished ladder `today`, each change worth 200 us."""
    store = open_store(home.database_url)
    ladder = catalog.ladder("today")
    times = {entry: 0.5 + 0.2 * place for place, entry in enumerate(reversed(ladder.forward()))}
    for place, entry in enumerate(ladder.backward() or []):
        times.setdefault(entry, 0.5 + 0.2 * place)
    number = stored.add_ladder(store, ladder, times)
    store.close()
    return number


def test_a_full_race_of_all_variants_is_a_small_tick_and_finer_when_zoomed(visit, server):
    number, end = plant_full_race(server[1])
    page = visit(f"/?experiment={number}")
    frames: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(len(data))))
    page.reload()
    wait_for_points(page, 500)
    page.wait_for_timeout(3000)
    coarse = inside(page, 1000, 1200)
    page.evaluate(f"Plotly.relayout({CHARTS}[0], {{'xaxis.range[0]': 1000, 'xaxis.range[1]': 1200}})")
    page.wait_for_function(f"{inside_js(1000, 1200)} >= 200")
    assert coarse < 50
    frames.clear()
    page.wait_for_timeout(3000)
    shoot(page, "race-full")
    end()
    assert frames and max(frames) < TICK_LIMIT / 2, "the two charts of a tick come in frames of their own"


def inside_js(low, high):
    return f"{CHARTS}[0]._fullData[0].x.filter((x) => x >= {low} && x <= {high}).length"


def inside(page, low, high):
    return page.evaluate(inside_js(low, high))


def plant_full_race(home):
    """A running experiment of every variant, 12 epochs of tape each; (its number, what ends it)."""
    store = open_store(home.database_url)
    settings = Settings.parse({"epochs": 12})
    number = store.add_experiment(Request(SIX, settings), "nobody:1:0")
    store.claim(number, {}, "me")
    generator = np.random.default_rng(7)
    for at, name in enumerate(SIX):
        store.add_run(number, round=1, label=name, variant=name, stack="main", source_hash="", folder=name)
        write_tape(home.experiment(number) / name, (4 + at) * generator.gamma(60, 1 / 60, settings.batches))

    def end():
        store.end_experiment(number, "cancelled")
        store.close()

    return number, end


def write_tape(folder, ms):
    folder.mkdir(parents=True)
    tape.create(folder / "tape", len(ms))
    writer = tape.Writer(folder / "tape")
    ends = np.cumsum((ms * 1e6).astype(np.int64))
    for end, length in zip(ends.tolist(), (ms * 1e6).astype(np.int64).tolist(), strict=True):
        writer.append(end - length, end, 0.05 + 2.3 * float(np.exp(-end / 2e10)))
