"""Write golden outputs: results with known times, as page, shell, HTML and Markdown show them.

`python -m tests.helpers.golden` writes what they show now into `tests/golden/`: look at the
difference before you commit it. Dates, unique names and all else that differs from run to run are
masked.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lenet import catalog
from lenet.analysis.issue7439.answer import TODAY
from lenet.records import Epoch, Machine, Request
from lenet.settings import Settings
from lenet.store import Store, open_store
from tests.helpers import stored
from tests.helpers.places import ROOT
from tests.helpers.tapes import raced

FOLDER = ROOT / "tests" / "golden"
RACED = ("tensorflow_graph", "keras_fit", "pytorch_eager")
MS = {"tensorflow_graph": 4.0, "keras_fit": 5.0}
WIDTH = 200


def fill(store: Store) -> dict[str, int]:
    """Store an experiment of every kind; return their numbers by name."""
    ladder = catalog.ladder("today")
    return {
        "race": add_race(store, MS),
        "later": add_race(store, {**MS, "keras_fit": 5.5}, seed=2),
        "short": add_short(store),
        "ladder": stored.add_ladder(store, ladder, stored.falling(ladder, 4.2, 1.6)),
        "law": stored.add_law(store, {"keras_fit": (1.6, 0.17), "tensorflow_graph": (0.4, 0.165)}),
        "counts": stored.add_counts(store, TODAY, False),
        "profile": stored.add_evidence(store, "profile", {"keras_fit": stored.PROFILED}),
    }


def add_race(store: Store, ms: dict[str, float], seed: int = 1, rounds: int = 3) -> int:
    """Store a race with energy and device memory; one of its variants cannot run here."""
    settings = Settings.parse({"rounds": rounds, "threads": 2, "epochs": 2, "images_per_epoch": 32 * 110})
    number = stored.begin(store, Request(RACED, settings), machine={**stored.MACHINE, "gpus": []})
    generator = np.random.default_rng(seed)
    for round in range(1, rounds + 1):
        for label in RACED:
            run = store.add_run(
                number, round=round, label=label, variant=label, stack=catalog.variant(label).stack, source_hash="0",
                folder=f"r{round}-{label}",
            )  # fmt: skip
            if label not in ms:
                store.end_run(run, "unavailable", reason="Stack torch is not installed.", batches=raced([]))
                continue
            times = ms[label] * generator.normal(1, 0.01) * generator.gamma(900, 1 / 900, settings.batches)
            times[0] += 900.0 if label == "keras_fit" else 90.0
            store.end_run(run, "finished", batches=raced(times, 25), **measured(label, generator))
            for epoch, accuracy in ((1, 0.975), (2, 0.985)):
                store.add_epoch(Epoch(run, epoch, 0.1, accuracy + 0.001 * round, 110 * epoch))
    store.end_experiment(number, "failed", "3 runs did not finish.")
    return number


def measured(label: str, generator: np.random.Generator) -> dict[str, Any]:
    """The facts, phases, load and memory of a run of `label`."""
    facts = {
        "device": "cpu", "threads": 2, "jit": False, "layout": "channels_last", "python": "3.11.2",
        "packages": stored.VERSIONS["main"], "device_peak_bytes": 300 * 2**20,
    }  # fmt: skip
    return {
        "facts": facts,
        "phases": {"import": 2.0, "build": 0.5},
        "load": {"energy_joules": float(generator.normal(44, 1)), "started_alone": True},
        "peak_memory": 2**29,
    }


def add_group(store: Store) -> int:
    """Store the same race on two machines of a fleet, on the second of which Keras takes longer; the first's
    number."""
    numbers = [add_race(store, {**MS, "keras_fit": ms}, seed) for seed, ms in enumerate((5.0, 5.6), 3)]
    for number, name in zip(numbers, ("box", "gpu1"), strict=True):
        store.show_machine(Machine(name, name, "vm", datetime.now(UTC)))
        stored.give(store, number, name, "ab" * 16)
    return numbers[0]


def add_short(store: Store) -> int:
    """Store a race of one round and one epoch, too short for an interval."""
    number = stored.begin(store, Request(RACED[:2], Settings.parse({"rounds": 1, "threads": 2})))
    for label in RACED[:2]:
        run = store.add_run(
            number, round=1, label=label, variant=label, stack="main", source_hash="0", folder=f"r1-{label}"
        )
        store.end_run(run, "finished", batches=raced([MS[label]] * 40, 20), peak_memory=2**28)
    store.end_experiment(number, "finished")
    return number


def masked(text: str) -> str:
    """The text without dates, times and unique names."""
    text = re.sub(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?)?", "DATE", text)
    text = re.sub(r"DATE \d\d\\?:\d\d", "DATE TIME", text)
    text = re.sub(r"\b[0-9a-f]{32}\b", "UID", text)
    return "\n".join(line.rstrip() for line in text.splitlines()).strip() + "\n"


def everything(folder: Path) -> dict[str, str]:
    """The outputs of all renderings of all experiments, by the names of their golden files."""
    os.environ["LENET_HOME"] = str(folder)
    os.environ.pop("LENET_DATABASE_URL", None)
    from lenet.home import open_home

    store = open_store(open_home().database_url)
    numbers = fill(store)
    shown: dict[str, str] = {}
    for name in ("race", "short", "ladder", "law", "counts", "profile"):
        shown[f"{name}.shell"] = shell(["show", str(numbers[name])])
        shown[f"{name}.html"] = html(store, numbers[name])
    for name in ("race", "short"):
        shown[f"{name}.markdown"] = shell(["show", str(numbers[name]), "--markdown"])
        shown[f"{name}.page"] = page("pages/results.py", experiment=str(numbers[name]))
    for name in ("ladder", "law", "counts", "profile"):
        shown[f"{name}.page"] = page("pages/why.py", experiment=str(numbers[name]))
    pair = [str(numbers["race"]), str(numbers["later"])]
    shown["compare.shell"] = shell(["compare", *pair, "--fail-if-slower", "3%"])
    shown["compare.markdown"] = shell(["compare", *pair, "--fail-if-slower", "3%", "--markdown"])
    shown["compare.page"] = page("pages/history.py", chosen=",".join(pair))
    shown["trend.shell"] = shell(["trend", "keras_fit"])
    shown["history.shell"] = shell(["history"])
    shown["trend.page"] = page("pages/history.py", variant="keras_fit")
    shown["answer.page"] = page("pages/answer.py")
    machine = str(add_group(store))  # last, as a fleet shows on other pages
    shown["group.shell"] = shell(["show", machine])
    shown["group.markdown"] = shell(["show", machine, "--markdown"])
    shown["group.html"] = html(store, int(machine))
    shown["group.page"] = page("pages/results.py", experiment=machine)
    store.close()
    return {name: masked(text) for name, text in shown.items()}


# The shell


def shell(words: list[str]) -> str:
    """The output of `python -m lenet WORDS`."""
    from click.testing import CliRunner

    from lenet.cli.main import main
    from lenet.cli.terminal import console

    width, console.width = console.width, WIDTH
    with console.capture() as printed:
        result = CliRunner().invoke(main, words)
    console.width = width
    return printed.get() + result.output


# HTML


class Words(HTMLParser):
    """The text of a document, a line per row or paragraph; a chart is its title and its traces."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.kind: str | None = ""
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside, self.kind = tag, dict(attrs).get("type")
        if tag in ("tr", "h1", "h2", "h3", "p", "div", "section", "figure", "pre", "summary", "li"):
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script" and self.kind == "application/json":
            self.lines.append(chart(json.loads(data)))
        elif self.inside not in ("script", "style") and data.strip():
            sign = " | " if self.inside in ("td", "th") else " "
            self.lines[-1:] = [self.lines[-1] + sign + " ".join(data.split()) if self.lines else data.strip()]


def html(store: Store, number: int) -> str:
    """The text of an experiment's HTML file."""
    from lenet.document.html import experiment_page
    from lenet.views import stored as views

    text = experiment_page(views.load(store, number), store.annotation(number))
    return "\n".join(line.strip() for line in Words(text).lines if line.strip())


def chart(spec: dict[str, Any]) -> str:
    """A chart in words: its title, and the names of its traces."""
    title = spec["layout"].get("title", {}).get("text", "")
    names = ", ".join(dict.fromkeys(str(trace["name"]) for trace in spec["data"] if trace.get("name")))
    return f"[chart: {title}; {len(spec['data'])} traces: {names}]"


# The page


def page(path: str, **query: str) -> str:
    """The text of a page, element by element from top to bottom."""
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    for name in [name for name in sys.modules if name.startswith("pages.")]:
        del sys.modules[name]
    st.cache_resource.clear()
    st.cache_data.clear()
    opened = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    opened.run()
    opened.switch_page(path)
    opened.query_params.update(query)
    opened.run()
    return "\n".join(line for line in elements(opened.main) if line)


def elements(block: Any) -> Iterator[str]:
    """A line for each element below `block`, in order."""
    for child in block.children.values():
        if hasattr(child, "children"):
            label = getattr(getattr(child, "proto", None), "label", "")
            if label:
                yield f"[{child.type}: {label}]"
            yield from elements(child)
        else:
            yield element(child)


def element(one: Any) -> str:
    """An element as text."""
    proto = one.proto
    if one.type == "plotly_chart":
        return chart(json.loads(proto.spec))
    if one.type == "html":
        return "[html]"
    if one.type == "bidi_component":
        return "\n".join(component(one))
    if one.type == "metric":
        return f"{one.type}: {one.label} = {one.value}"
    value = getattr(one, "value", None)
    if isinstance(value, pd.DataFrame):
        return frame(value, getattr(proto, "columns", ""))
    label = getattr(proto, "label", "")
    if isinstance(value, str) and not label:
        return f"{one.type}: {value}"
    return f"[{one.type}: {label}]" if label else ""


def component(one: Any) -> list[str]:
    """The text of a component that shows HTML, line by line; none of any other."""
    shown = json.loads(one.proto.json or "{}")
    return [line.strip() for line in Words(shown.get("html", "")).lines if line.strip()]


def frame(value: Any, columns: str) -> str:
    """A table of a page in words: headers, cells, and the formats of its numbers."""
    formats = {
        name: config.get("type_config", {}).get("format")
        for name, config in (json.loads(columns) if columns else {}).items()
        if isinstance(config, dict) and config.get("type_config", {}).get("format")
    }
    rows = [" | ".join(map(str, value.columns))]
    rows += [" | ".join(written(cell) for cell in row) for row in value.itertuples(index=False)]
    return "\n".join([*rows, f"formats {formats}" if formats else ""]).strip()


def written(cell: Any) -> str:
    """A cell as text; a number has six digits, because its format is written beside the table."""
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def main() -> None:
    """Write all golden files again."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        shown = everything(Path(folder))
    for file in FOLDER.glob("*.txt"):
        file.unlink()
    for name, text in shown.items():
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
    print(f"{len(shown)} golden files written.")


if __name__ == "__main__":
    main()
