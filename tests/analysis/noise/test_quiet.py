"""Is this machine quiet enough? Each sign on a system that shows it, and on one that does not tell."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lenet.analysis.noise import quiet
from lenet.bench import lock, sensors
from lenet.bench.machine import LoadMeter
from lenet.bench.machine_look import BUSY, Look, Watch
from lenet.cli.noise import look as look_from_the_shell
from lenet.records import Run

CALM = Look(
    seconds=5.0,
    cores=2,
    others=0.01,
    busiest=(),
    steal=0.001,
    load=0.3,
    memory_waiting=0.0,
    throttled=0.0,
    memory_free=4 << 30,
    memory_total=8 << 30,
    swapping=0.0,
    frequency=sensors.Frequency(("performance",), 2900.0, 3000.0, 3000.0),
    gpu_processes=(),
)
DISTURBANCES: list[tuple[dict[str, Any], str, str]] = [
    ({"others": 0.4, "busiest": (("chrome", 0.7), ("cc1", 0.1))}, "chrome 70 % of a core, cc1 10 %", "pause chrome"),
    ({"others": 0.4}, "other programs (40 % of all cores)", "beside this container"),
    ({"steal": 0.04}, "steal (4.0 % of all cores' time", "another hour"),
    ({"throttled": 0.2}, "throttling (20 % of the time)", "cpu.max"),
    ({"memory_waiting": 0.05}, "memory pressure (5.0 % of the time)", "needs memory"),
    ({"memory_free": 1 << 28}, "free memory (256 of 8,192 MiB)", "needs memory"),
    ({"swapping": 2e7}, "swapping (19.1 MiB/s)", "read back"),
]


def seen(**values: Any) -> Look:
    return dataclasses.replace(CALM, **values)


def test_a_calm_machine_is_quiet_and_needs_nothing() -> None:
    found = quiet.judge(CALM)
    assert found.quiet
    assert found.sentence == "This machine is quiet enough to race."
    assert found.advice == ()
    assert {sign.state for sign in found.signs} == {quiet.QUIET}


@pytest.mark.parametrize(("values", "says", "advises"), DISTURBANCES)
def test_each_disturbance_is_named_with_what_to_do(values: dict[str, Any], says: str, advises: str) -> None:
    found = quiet.judge(seen(**values))
    assert not found.quiet
    assert found.sentence.startswith("This machine is disturbed: ")
    assert says in found.sentence
    assert len(found.advice) == 1
    assert advises in found.advice[0]


def test_several_disturbances_are_one_sentence_and_the_worst_advice_comes_first() -> None:
    governed = sensors.Frequency(("powersave",), 1200.0, 2000.0, 3000.0)
    found = quiet.judge(seen(frequency=governed, steal=0.1, others=0.5, gpu_processes=((77, "python"),)))
    assert "other programs" in found.sentence
    assert " and steal (10 %" in found.sentence
    assert len(found.advice) == 5
    assert "cpupower" in found.advice[2]
    assert "Lift the cap" in found.advice[3]
    assert "end python (77)" in found.advice[4]


def test_in_a_few_words_it_names_who_computes() -> None:
    assert quiet.brief(CALM) == "machine quiet"
    chromium = seen(others=0.5, busiest=(("chromium", 0.39), ("cc1", 0.2)))
    assert quiet.brief(chromium) == "machine busy, chromium 39 % of a core"
    assert quiet.brief(seen(others=0.5, busiest=())) == "machine busy"
    assert quiet.brief(seen(steal=0.1)) == "machine disturbed: steal"


def test_a_hint_does_not_disturb() -> None:
    found = quiet.judge(seen(gpu_processes=((77, "python"),)))
    assert found.quiet
    assert len(found.advice) == 1


def test_what_a_system_does_not_tell_is_said_and_held_against_nobody() -> None:
    untold = sensors.Frequency((), None, None, None)
    found = quiet.judge(
        seen(steal=None, throttled=None, memory_waiting=None, swapping=None, frequency=untold, gpu_processes=None)
    )
    assert found.quiet
    unknown = {sign.name for sign in found.signs if sign.value == quiet.UNTOLD}
    assert unknown == {
        "Steal", "Throttling", "Memory pressure", "Swapping", "Frequency governor", "Clock", "GPU",
    }  # fmt: skip
    assert {sign.name for sign in found.signs if sign.state == quiet.UNKNOWN} == unknown


def loaded(**load: Any) -> Run:
    return Run(1, 1, 1, "plain", "plain", "finished", load=load)


def test_a_race_says_what_disturbed_it() -> None:
    assert quiet.during([]) == ()
    assert quiet.during([loaded(), loaded(steal_percent=0.4, memory_waiting_percent=0.1)]) == ()
    (stolen,) = quiet.during([loaded(steal_percent=8.0), loaded(steal_percent=2.0)])
    assert "5.0 % of the time during these runs" in stolen
    assert len(quiet.during([loaded(steal_percent=9.0, throttled_percent=3.0, memory_waiting_percent=2.0)])) == 3


# What systems tell


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system that tells nothing, until a test writes a file."""
    for name, folder in (("PROC", "proc"), ("CPUS", "cpu"), ("CGROUP", "cgroup")):
        monkeypatch.setattr(sensors, name, tmp_path / folder)
    monkeypatch.setattr(sensors.shutil, "which", lambda name: None)
    sensors._gpu_processes.cache_clear()
    return tmp_path


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_system_that_tells_nothing(system: Path) -> None:
    assert sensors.stalled() == (None, None, None)
    assert sensors.throttled() is None
    assert sensors.frequency() == ((), None, None, None)
    assert sensors.gpu_processes() is None
    assert {"cpu_waiting_percent", "throttled_percent", "mhz"}.isdisjoint(LoadMeter().read())


def test_pressure_is_read_as_seconds(system: Path) -> None:
    some = "some avg10=0.12 avg60=0.30 avg300=0.10 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
    write(system / "proc" / "pressure" / "memory", some)
    write(system / "proc" / "pressure" / "cpu", "")
    assert sensors.stalled() == (None, 2.5, None)


@pytest.mark.parametrize(
    ("file", "text", "seconds"),
    [
        ("cpu.stat", "usage_usec 9\nnr_periods 50\nnr_throttled 3\nthrottled_usec 1500000\n", 1.5),
        ("cpu/cpu.stat", "nr_periods 50\nnr_throttled 3\nthrottled_time 1500000000\n", 1.5),
        ("cpu.stat", "usage_usec 9\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n", None),
        ("cpu.stat", "usage_usec 9\n", None),
    ],
)
def test_throttling_of_both_kinds_of_groups(system: Path, file: str, text: str, seconds: float | None) -> None:
    write(system / "cgroup" / file, text)
    assert sensors.throttled() == seconds


def test_frequency_of_all_cores(system: Path) -> None:
    for core, (governor, mhz) in enumerate((("powersave", 1200), ("performance", 2400))):
        folder = system / "cpu" / f"cpu{core}" / "cpufreq"
        write(folder / "scaling_governor", f"{governor}\n")
        write(folder / "scaling_cur_freq", f"{1000 * mhz}\n")
        write(folder / "scaling_max_freq", "2000000\n")
        write(folder / "cpuinfo_max_freq", "3000000\n")
    assert sensors.frequency() == (("performance", "powersave"), 1800.0, 2000.0, 3000.0)


def test_other_processes_on_a_gpu(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = "4711, /usr/bin/python3\n815, [Insufficient Permissions]\n"
    monkeypatch.setattr(sensors.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(sensors, "output", lambda *command: told)
    assert sensors.gpu_processes() == ((4711, "python3"), (815, "[Insufficient Permissions]"))


@pytest.mark.parametrize(("told", "found"), [("", ()), (None, None)])
def test_a_gpu_without_processes_and_one_that_does_not_answer(
    system: Path, monkeypatch: pytest.MonkeyPatch, told: str | None, found: object
) -> None:
    monkeypatch.setattr(sensors.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(sensors, "output", lambda *command: told)
    assert sensors.gpu_processes() == found


# This machine


@pytest.fixture
def spinner() -> Iterator[subprocess.Popen[bytes]]:
    """A process that takes a core, as much of one as it gets."""
    code = "import time\nend = time.time() + 60\nwhile time.time() < end: 0"
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        yield process
        process.kill()


def test_a_busy_neighbour_is_seen_and_named(spinner: subprocess.Popen[bytes]) -> None:
    watch, end = Watch(), time.monotonic() + 30
    found = watch.look()
    while not any(name.startswith("python") for name, _ in found.busiest):
        assert time.monotonic() < end
        found = watch.look()
    assert found.seconds >= 0.5
    assert found.others > BUSY / (os.cpu_count() or 1)


def test_looks_tell_of_the_time_since_the_last_one() -> None:
    watch = Watch()
    first, second = watch.look(), watch.look()
    assert first.seconds >= 0.5
    assert second.seconds >= 0.5
    assert 0 < first.memory_free < first.memory_total


def test_the_shell_says_whether_the_machine_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lenet.bench.machine_look.Watch.look", lambda self: seen(steal=0.2))
    assert look_from_the_shell() is False
    said = " ".join(capsys.readouterr().out.split())
    assert "This machine is disturbed: steal (20 %" in said
    assert "Race at another hour" in said
    monkeypatch.setattr("lenet.bench.machine_look.Watch.look", lambda self: CALM)
    assert look_from_the_shell() is True
    capsys.readouterr()
    monkeypatch.setattr(lock, "holder", lambda: lock.Holder(1))
    assert look_from_the_shell() is False
    assert "A race is running on this machine" in capsys.readouterr().out
