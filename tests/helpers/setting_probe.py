"""Print all that an added setting is expected to reach, as JSON; runs in a copy of the program.

`python setting_probe.py VALUE OTHER DATABASE PARQUET FOLDER`: two values of the setting `optimizer`,
a database and an exported file of the program before the setting, and a folder to write into.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

from streamlit.testing.v1 import AppTest

from lenet import catalog, exchange, stacks
from lenet.analysis.circumstances import circumstance, differences
from lenet.analysis.exam import paper, parity
from lenet.analysis.issue7439 import answer, original
from lenet.analysis.noise import floor_words
from lenet.records import Experiment, Request
from lenet.settings import OPTIONS, Settings
from lenet.store import open_store

REFERENCE = catalog.variant("numpy_reference")
ASKED = {"batch_size": 1, "threads": 1}
HERE = stacks.Availability(True, "", {})


class Unseen(type(Path())):  # type: ignore[misc]
    """A path that Streamlit takes for missing, so that it does not serve pages/ itself."""

    def exists(self) -> bool:
        """False for every path."""
        return False


def settings(value: str) -> Settings:
    """Settings with a value of the planted setting."""
    return Settings.parse({**ASKED, "optimizer": value})


def exams(*values: str) -> dict[str, Any]:
    """For each value: the exam's key, and the sum of the reference's weights."""
    asked = {value: parity.exam_settings(REFERENCE, settings(value)) for value in values}
    return {
        "asked": {value: one.as_dict()["optimizer"] for value, one in asked.items()},
        "keys": {value: parity.key(REFERENCE, settings(value), {}) for value in values},
        "answers": {
            value: float(sum(abs(array).sum() for array in paper.reference_weights(one).values()))
            for value, one in asked.items()
        },
    }


def circumstances(old: Experiment, *values: str) -> dict[str, Any]:
    """Keys, titles, differences, and commands for the noise floor.

    old: an experiment before the setting.
    """
    new = [circumstance(_with(old, value), "numpy_reference") for value in values]
    return {
        "old": circumstance(old, old.request.variants[0]).key,
        "keys": [one.key for one in new],
        "titles": [one.title for one in new],
        "differences": differences(*new),
        "commands": [floor_words.command(one) for one in new],
    }


def _with(old: Experiment, value: str) -> Experiment:
    return dataclasses.replace(old, request=Request(("numpy_reference",), settings(value)))


def stored(folder: Path, value: str) -> str:
    """The setting's value after an experiment was stored and read again."""
    url = f"sqlite:///{folder / 'new.db'}"
    with closing(open_store(url)) as store:
        number = store.add_experiment(Request(("numpy_reference",), settings(value)), "a:1:1")
    with closing(open_store(url)) as store:
        return str(store.experiment(number).request.settings.as_dict()["optimizer"])


def fields() -> dict[str, bool]:
    """Whether each form asks for the setting, by the name of the form."""
    asks = {"race": _asks(_page("pages/race.py"))}
    for section in ("law", "ladder", "recreated"):
        asks[section] = _asks(_page("pages/why.py", section=section))
    asks["noise"] = _asks(_page("pages/system.py"))
    return asks


def _asks(page: AppTest) -> bool:
    assert not page.exception, page.exception
    return any((box.key or "").endswith("_optimizer") for box in page.selectbox)


def _page(path: str, **query: str) -> AppTest:
    page = AppTest.from_file(str(Path("app.py").resolve()), default_timeout=60)
    page.run()
    page.switch_page(path)
    page.query_params.update(query)
    return page.run()


def as_in_the_issue(old: Experiment, *values: str) -> dict[str, bool]:
    """For each value: does a race as long as the issue's count as repeating the issue?"""
    wanted = {"epochs": original.EPOCHS, "threads": 1}
    (race, *_) = answer.wanted(answer.TODAY)
    repeats = {}
    for value in values:
        request = Request(old.request.variants, Settings.parse({**wanted, "optimizer": value}))
        repeats[value] = race.preferred(dataclasses.replace(old, request=request))
    return repeats


def main(value: str, other: str, database: str, parquet: str, folder: str) -> None:
    """Print all answers as JSON."""
    with closing(open_store(f"sqlite:///{database}")) as store:
        old = store.experiment(1)
    travelled = exchange.read_parquet(Path(parquet)).experiment
    with (
        mock.patch("streamlit.runtime.pages_manager.Path", Unseen),
        mock.patch.object(stacks, "availability", lambda variant: HERE),
    ):
        forms = fields()
    answers = {
        "names": list(OPTIONS),
        "exams": exams(value, other),
        "circumstances": circumstances(old, value, other),
        "stored": stored(Path(folder), other),
        "old": [one.request.settings.as_dict()["optimizer"] for one in (old, travelled)],
        "forms": forms,
        "title": catalog.title(f"numpy_reference+optimizer={other}"),
        "as_in_the_issue": as_in_the_issue(old, value, other),
    }
    print(json.dumps(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
