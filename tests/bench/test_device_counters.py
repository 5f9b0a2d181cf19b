"""Counters of frameworks and of hardware, by doubles: what they tell is kept, what they do not is never guessed."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lenet.worker import energy, memory


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Loads doubles of frameworks; whatever else this process has loaded is not there."""

    def load(**frameworks: Any) -> None:
        for name in ("torch", "jax", "tensorflow"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        for name, framework in frameworks.items():
            monkeypatch.setitem(sys.modules, name, framework)

    load()
    return load


def torch(peak: int, used: bool = True) -> Any:
    return SimpleNamespace(cuda=SimpleNamespace(is_initialized=lambda: used, max_memory_allocated=lambda: peak))


def jax(stats: dict[str, int] | None) -> Any:
    return SimpleNamespace(local_devices=lambda: [SimpleNamespace(memory_stats=lambda: stats)])


def tensorflow(info: dict[str, dict[str, int]]) -> Any:
    return SimpleNamespace(config=SimpleNamespace(experimental=SimpleNamespace(get_memory_info=info.__getitem__)))


def test_each_framework_is_asked_in_its_own_way(loaded: Any) -> None:
    for frameworks in (
        {"torch": torch(4096)},
        {"jax": jax({"bytes_in_use": 7, "peak_bytes_in_use": 4096})},
        {"tensorflow": tensorflow({"GPU:0": {"current": 7, "peak": 4096}})},
    ):
        loaded(**frameworks)
        assert memory.device_peak("gpu") == {"device_peak_bytes": 4096}
        assert memory.device_peak("cpu") == {}


def test_a_framework_that_is_loaded_and_did_not_train_is_not_believed(loaded: Any) -> None:
    loaded(torch=torch(0, used=False), jax=jax({"peak_bytes_in_use": 12}))
    assert memory.device_peak("gpu") == {"device_peak_bytes": 12}


def test_what_no_framework_tells_is_left_out_and_no_run_fails_for_it(
    loaded: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert memory.device_peak("gpu") == {}
    loaded(jax=jax(None), tensorflow=SimpleNamespace(__version__="1.2.1"))
    assert memory.device_peak("gpu") == {}
    loaded(tensorflow=tensorflow({}))
    assert memory.device_peak("gpu") == {}
    assert "tensorflow tells no device memory" in capsys.readouterr().err


def zone(root: Path, name: str, says: str, count: str, limit: str = "1000000") -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    for file, text in {"name": says, "energy_uj": count, "max_energy_range_uj": limit}.items():
        (folder / file).write_text(text + "\n")
    return folder / "energy_uj"


def test_all_packages_count_and_their_parts_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(energy, "POWERCAP", str(tmp_path))
    first = zone(tmp_path, "intel-rapl:0", "package-0", "999000")
    second = zone(tmp_path, "intel-rapl:1", "package-1", "5")
    part = zone(tmp_path, "intel-rapl:0:0", "core", "1")
    meter = energy.Meter(energy.counters("cpu"))
    meter.stop()
    assert meter.joules() == {"energy_joules": 0.0}
    meter.start()
    first.write_text("3000\n")  # past its end at a million
    second.write_text("1005\n")
    part.write_text("900000\n")
    meter.stop()
    second.write_text("9000\n")
    meter.stop()
    assert meter.joules() == {"energy_joules": 0.005}


def test_no_counter_no_right_and_no_library_mean_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(energy, "POWERCAP", str(tmp_path / "none"))
    monkeypatch.setattr(energy, "NVML", "libsuch-a-thing-is-not-there.so.1")
    assert energy.counters("cpu") == energy.counters("gpu") == []
    monkeypatch.setattr(energy, "POWERCAP", str(tmp_path))
    file = zone(tmp_path, "intel-rapl:0", "package-0", "1")
    assert len(energy.counters("cpu")) == 1
    zone(tmp_path, "intel-rapl:1", "package-1", "1").unlink()
    assert energy.counters("cpu") == []  # a part of the machine's energy is not the machine's
    meter = energy.Meter([energy.Package(str(file.parent))])
    meter.start()
    file.unlink()
    meter.stop()
    assert meter.joules() == {}


class Nvml:
    """A double of the library: `count` GPUs of which one has used `millijoules`."""

    def __init__(self, count: int, millijoules: int, status: int = 0) -> None:
        self.count, self.millijoules, self.status = count, millijoules, status

    def nvmlInit_v2(self) -> int:
        return 0

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:
        count._obj.value = self.count
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index: int, handle: Any) -> int:
        handle._obj.value = 0xBEEF
        return 0

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: Any, millijoules: Any) -> int:
        assert handle.value == 0xBEEF
        millijoules._obj.value = self.millijoules
        return self.status


def test_a_gpu_counts_in_millijoules(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = Nvml(1, 2**40)
    monkeypatch.setattr(ctypes, "CDLL", {energy.NVML: nvml}.__getitem__)
    meter = energy.Meter(energy.counters("gpu"))
    meter.start()
    nvml.millijoules += 12_500
    meter.stop()
    assert meter.joules() == {"energy_joules": 12.5}


@pytest.mark.parametrize("nvml", [Nvml(0, 1), Nvml(2, 1), Nvml(1, 1, status=3), object()])
def test_which_gpu_or_whether_any_is_not_guessed(nvml: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: nvml)
    assert energy.counters("gpu") == []
