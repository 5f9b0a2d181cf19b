"""A container's quota is found wherever control groups are mounted, of whichever version."""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet import quota

V2 = "30 23 0:26 {root} {mount} rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate"
V1 = "33 31 0:30 {root} {mount} rw,relatime - cgroup cgroup rw,cpu,cpuacct"
OTHER = "22 1 0:21 / /proc rw,relatime shared:5 - proc proc rw\n34 31 0:31 / /x rw - cgroup cgroup rw,cpuset"


class Machine:
    """Files as /proc/self and /sys/fs/cgroup have them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.mounted = folder, folder / "sys fs"
        self.mounts = [OTHER]

    def mount(self, line: str, root: str = "/") -> None:
        self.mounts.append(line.format(root=root, mount=str(self.mounted).replace(" ", "\\040")))
        (self.folder / "mountinfo").write_text("\n".join(self.mounts) + "\n")

    def group(self, text: str) -> None:
        (self.folder / "cgroup").write_text(text)

    def file(self, name: str, text: str) -> None:
        (self.mounted / name).parent.mkdir(parents=True, exist_ok=True)
        (self.mounted / name).write_text(text)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(quota, "PROCESS", tmp_path)
    return Machine(tmp_path)


def test_here_it_is_nothing_or_a_number() -> None:
    found = quota.cores()
    assert found is None or found > 0


def test_a_system_without_control_groups_has_none(machine: Machine) -> None:
    assert quota.cores() is None


@pytest.mark.parametrize("line", ["garbage", "a - b", " - cgroup2 cgroup2 rw"])
def test_files_of_another_form_tell_nothing(machine: Machine, line: str) -> None:
    machine.group("0::/\n")
    machine.mount(line)
    assert quota.cores() is None


@pytest.mark.parametrize(
    ("text", "cores"),
    [("150000 100000\n", 1.5), ("200000 100000\n", 2.0), ("max 100000\n", None), ("", None), ("nonsense\n", None),
     ("100000 0\n", None)],
)  # fmt: skip
def test_a_container_of_version_2(machine: Machine, text: str, cores: float | None) -> None:
    machine.mount(V2)
    machine.group("0::/\n")
    machine.file("cpu.max", text)
    assert quota.cores() == cores


@pytest.mark.parametrize(("text", "cores"), [("50000\n", 0.5), ("400000\n", 4.0), ("-1\n", None)])
def test_a_container_of_version_1(machine: Machine, text: str, cores: float | None) -> None:
    machine.mount(V1, root="/docker/c0ffee")
    machine.group("5:memory:/docker/c0ffee\n4:cpu,cpuacct:/docker/c0ffee\n0::/elsewhere\n")
    machine.file("cpu.cfs_quota_us", text)
    machine.file("cpu.cfs_period_us", "100000\n")
    assert quota.cores() == cores


def test_a_service_under_a_slice_has_the_least_that_any_of_them_allows(machine: Machine) -> None:
    machine.mount(V2)
    machine.group("0::/work.slice/race.service\n")
    machine.file("work.slice/race.service/cpu.max", "800000 100000\n")
    assert quota.cores() == 8
    machine.file("work.slice/cpu.max", "300000 100000\n")
    assert quota.cores() == 3
    machine.file("other.slice/cpu.max", "100000 100000\n")
    assert quota.cores() == 3, "of others' groups nothing counts"


def test_a_group_outside_of_what_is_mounted_reads_what_can_be_seen(machine: Machine) -> None:
    machine.mount(V2, root="/kubepods/pod1")
    machine.group("0::/../other\n")
    machine.file("cpu.max", "250000 100000\n")
    assert quota.cores() == 2.5


def test_both_versions_at_once(machine: Machine) -> None:
    machine.mount(V2)
    machine.mount(V1)
    machine.group("2:cpu:/a\n0::/b\n")
    machine.file("b/cpu.max", "max 100000\n")
    machine.file("a/cpu.cfs_quota_us", "250000\n")
    machine.file("a/cpu.cfs_period_us", "50000\n")
    assert quota.cores() == 5
