"""Run in a copy of the program: everything that an added setting is expected to reach, as JSON.

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
        """There is nothing."""
        return False


def settings(value: str) -> Settings:
    """Settings with a value of the planted one."""
    return Settings.parse({**ASKED, "optimizer": value})


def exams(*values: str) -> dict[str, Any]:
    """By value the exam's key, and the reference's answer in one number."""
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
    found = [circumstance(_with(old, value), "numpy_reference") for value in values]
    return {
        "old": circumstance(old, old.request.variants[0]).key,
        "keys": [one.key for one in found],
        "titles": [one.title for one in found],
        "differences": differences(*found),
        "commands": [floor_words.command(one) for one in found],
    }


def _with(old: Experiment, value: str) -> Experiment:
    return dataclasses.replace(old, request=Request(("numpy_reference",), settings(value)))


def stored(folder: Path, value: str) -> str:
    """The value of an experiment that was stored and read again."""
    url = f"sqlite:///{folder / 'new.db'}"
    with closing(open_store(url)) as store:
        number = store.add_experiment(Request(("numpy_reference",), settings(value)), "a:1:1")
    with closing(open_store(url)) as store:
        return str(store.experiment(number).request.settings.as_dict()["optimizer"])


def fields() -> dict[str, bool]:
    """By form whether it asks for the setting."""
    found = {"race": _asks(_page("pages/race.py"))}
    for section in ("law", "ladder", "recreated"):
        found[section] = _asks(_page("pages/why.py", section=section))
    found["noise"] = _asks(_page("pages/system.py"))
    return found


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
    """By value whether a race as long as the issue's counts as one that repeats it."""
    wanted = {"epochs": original.EPOCHS, "threads": 1}
    (race, *_) = answer.wanted(answer.TODAY)
    found = {}
    for value in values:
        request = Request(old.request.variants, Settings.parse({**wanted, "optimizer": value}))
        found[value] = race.preferred(dataclasses.replace(old, request=request))
    return found


def main(value: str, other: str, database: str, parquet: str, folder: str) -> None:
    """Print what was found."""
    with closing(open_store(f"sqlite:///{database}")) as store:
        old = store.experiment(1)
    travelled = exchange.read_parquet(Path(parquet)).experiment
    with (
        mock.patch("streamlit.runtime.pages_manager.Path", Unseen),
        mock.patch.object(stacks, "availability", lambda variant: HERE),
    ):
        forms = fields()
    found = {
        "names": list(OPTIONS),
        "exams": exams(value, other),
        "circumstances": circumstances(old, value, other),
        "stored": stored(Path(folder), other),
        "old": [one.request.settings.as_dict()["optimizer"] for one in (old, travelled)],
        "forms": forms,
        "title": catalog.title(f"numpy_reference+optimizer={other}"),
        "as_in_the_issue": as_in_the_issue(old, value, other),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
