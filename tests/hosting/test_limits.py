"""What is accepted: of one experiment, and of one user, in either mode of hosting, below page and shell."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from lenet.bench.estimate import GIBIBYTE, MEBIBYTE, Estimate
from lenet.bench.queue import Queue
from lenet.cli.main import main
from lenet.errors import BadInput
from lenet.home import Home
from lenet.hosting import limits
from lenet.hosting.config import Hosting
from lenet.hosting.desk import Desk
from lenet.hosting.identity import Role, User
from lenet.hosting.limits import DEFAULTS, HOUR, VARIABLES, Limits
from lenet.records import Asked, Request
from lenet.settings import Settings
from tests.helpers.places import ROOT

ADA, BO = User("ada@example.org", Role.RUNNER), User("bo@example.org", Role.RUNNER)
SMALL = Request(("numpy_reference",), Settings.parse({"images_per_epoch": 3200, "rounds": 1}))
LONG = Request(("numpy_reference",), Settings.parse({"epochs": 1000, "rounds": 1000}))
MANY = Request(("numpy_reference",), Settings.parse({"batch_size": 1, "epochs": 1000, "rounds": 1}))
LARGE = Request(("numpy_reference",), Settings.parse({"batch_size": 60_000, "rounds": 1}))


def desk(queue: Queue, mode: str = "hosted", user: User = ADA, **limited: Any) -> Desk:
    limits = dataclasses.replace(DEFAULTS[mode], **limited)
    return Desk(queue, Hosting(mode, limits=limits), user)


@pytest.mark.parametrize("mode", DEFAULTS)
@pytest.mark.parametrize(("request_", "said"), [(LONG, "It would take about"), (MANY, "It would take|of disk at once"),
                                                (LARGE, "would need about .* GiB at once")])  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_either_mode(
    queue: Queue, mode: str, request_: Request, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(total=16 * GIBIBYTE))
    with pytest.raises(BadInput, match=rf"{said}.*; .*\.$"):
        desk(queue, mode).submit(request_)
    assert queue.store.experiments() == []
    assert desk(queue, mode).submit(SMALL) == 1


def test_a_click_reserves_no_gigabyte(queue: Queue) -> None:
    with pytest.raises(BadInput, match=r"would take 1\.8 GiB of disk at once, and one experiment may take"):
        desk(queue, "local", hours=10_000).submit(MANY)
    assert desk(queue, "local", hours=10_000, tape_mib=2000).submit(MANY)


def test_each_limit_alone(tmp_path: Path) -> None:
    most = Limits(hours=1, tape_mib=1, memory_mib=100, queued=1, daily_hours=1)
    least = Estimate(seconds=HOUR, processes=1, memory_bytes=100 * MEBIBYTE, known=0, tape_bytes=MEBIBYTE)
    most.check(least, SMALL, tmp_path)
    for more in ({"seconds": HOUR + 60}, {"memory_bytes": 101 * MEBIBYTE}, {"tape_bytes": MEBIBYTE + 1}):
        with pytest.raises(BadInput):
            most.check(dataclasses.replace(least, **more), SMALL, tmp_path)  # type: ignore[arg-type]
    most.admit(Asked(0, 0.0), HOUR)
    for asked in (Asked(1, 0.0), Asked(0, 1.0)):
        with pytest.raises(BadInput):
            most.admit(asked, HOUR)


def test_a_budget_counts_as_planned(queue: Queue) -> None:
    precise = Settings.parse({**SMALL.settings.as_dict(), "precision": 0.01, "budget": 5 * HOUR})
    with pytest.raises(BadInput, match="It would take about 5 h, and one experiment may take 4 h"):
        desk(queue).submit(dataclasses.replace(SMALL, settings=precise))


def test_a_full_disk_takes_no_tapes(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1000))
    with pytest.raises(BadInput, match="of disk at once"):
        desk(queue, "local").submit(SMALL)


def test_a_users_queue_is_theirs_alone(queue: Queue) -> None:
    ada, bo = (desk(queue, user=user, queued=2) for user in (ADA, BO))
    assert [ada.submit(SMALL), ada.submit(SMALL)] == [1, 2]
    for ask in (ada.submit, ada.plan):  # the form says so before the click
        with pytest.raises(BadInput, match="^2 of your experiments wait already, and 2 may; stop one, or ask again"):
            ask(SMALL)
    assert bo.submit(SMALL) == 3
    ada.stop(1)
    assert ada.submit(SMALL) == 4


def test_many_clicks_at_once_pass_no_limit(queue: Queue) -> None:
    ada = desk(queue, queued=3)
    begin, numbers, refused = threading.Barrier(8), [], []

    def click() -> None:
        begin.wait()
        try:
            numbers.append(ada.submit(SMALL))
        except BadInput as error:
            refused.append(str(error))

    clicks = [threading.Thread(target=click) for _ in range(8)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    assert len(numbers) == 3 and len(refused) == 5, refused
    assert queue.store.asked(ADA.name).waiting == 3


def test_a_day_holds_what_was_had_and_what_is_planned(queue: Queue) -> None:
    ada = desk(queue, daily_hours=1)
    planned = limits.planned_seconds(ada.plan(SMALL), SMALL)
    first = ada.submit(SMALL)
    assert queue.store.asked(ADA.name) == Asked(1, planned)
    queue.store.claim(first, {}, "a:1:1:1")  # the same, while it runs
    assert queue.store.asked(ADA.name).seconds == pytest.approx(planned, abs=5)
    queue.store.end_experiment(first, "finished")
    assert queue.store.asked(ADA.name).seconds < planned
    tight = desk(queue, daily_hours=1.5 * planned / HOUR)
    tight.submit(SMALL)
    with pytest.raises(BadInput, match="^Your experiments of one day would take .*; stop one that waits, or ask again"):
        tight.submit(SMALL)
    assert desk(queue, user=BO, daily_hours=1.5 * planned / HOUR).submit(SMALL)


def test_the_shell_goes_the_same_way(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LENET_MAX_HOURS", "0.001")
    for command in (["run", "--variants", "numpy_reference"], ["why", "counts", "numpy_reference"]):
        refused = CliRunner().invoke(main, command)
        assert refused.exit_code == 2 and "one experiment may take 4 s" in refused.output, refused.output


@pytest.mark.parametrize("text", ["none", "-1", "0", "nan"])
@pytest.mark.parametrize("name", VARIABLES)
def test_a_limit_that_is_none_is_named(name: str, text: str) -> None:
    variable = VARIABLES[name]
    with pytest.raises(BadInput, match=f"^{variable} is '{text}'; it must be a number above 0, or not set"):
        limits.read("hosted", {variable: text})
    assert getattr(limits.read("local", {variable: "7.5"}), name) == 7.5


def test_every_limit_is_in_the_manual() -> None:
    manual = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(" `"): line for line in manual.splitlines() if line.startswith("| `LENET_MAX_")}
    assert rows.keys() == set(VARIABLES.values())
    for name, variable in VARIABLES.items():
        cells = [cell.strip() for cell in rows[variable].split("|")]
        assert cells[3:5] == [_written(name, DEFAULTS[mode]) for mode in ("local", "hosted")], variable


def _written(name: str, limited: Limits) -> str:
    value = getattr(limited, name)
    return {0.0: "what this machine has", float("inf"): "none"}.get(value, f"{value:,.0f}")
