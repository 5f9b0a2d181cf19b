"""The energy of a run's turns, by the hardware's own counters: RAPL's for the CPU, NVML's for an
NVIDIA GPU.

Nothing is estimated: where no counter can be read there is no figure. A counter is the device's,
whoever uses it; it is read when a run is handed the machine and when its slice ends, outside the
clock, so other runs' turns are left out and what the rest of the machine does meanwhile is not.
"""

import ctypes
import glob
import os

POWERCAP = "/sys/class/powercap"
NVML = "libnvidia-ml.so.1"


class Meter:
    """Adds up what `counters` count between `start` and `stop`; each has `read` (microjoules) and
    `range`."""

    def __init__(self, counters=()):
        self.counters = list(counters)
        self.begun = None
        self.microjoules = 0

    def start(self):
        """The run has the machine from now on."""
        self.begun = self._read()

    def stop(self):
        """Stop counting. Calling it again, or before `start`, changes nothing."""
        if self.begun is not None:
            counted = zip(self.counters, self.begun, self._read())  # noqa: B905 - Python 3.6 has no strict
            self.microjoules += sum((now - before) % counter.range for counter, before, now in counted)
            self.begun = None

    def _read(self):
        try:
            return [counter.read() for counter in self.counters]
        except (OSError, ValueError):
            del self.counters[:]  # part of a run's energy would be taken for the whole
            return []

    def joules(self):
        """{"energy_joules": so far}; {} without a counter."""
        return {"energy_joules": self.microjoules / 1e6} if self.counters else {}


def counters(device):
    """The counters of the device ('cpu' or 'gpu') that this process may read; all that it needs, or
    none."""
    try:
        return _boards() if device == "gpu" else _packages(POWERCAP)
    except (OSError, ValueError, AttributeError):  # no such file, no right to it, no such library or function
        return []


class Package:
    """A processor package below Linux's powercap; its count starts over at `range` (minutes: longer
    than a slice)."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "energy_uj")
        self.range = int(_text(os.path.join(folder, "max_energy_range_uj")))

    def read(self):
        return int(_text(self.path))


def _packages(root):
    """All packages of the machine. AMD's processors have the same names as Intel's here."""
    folders = sorted(glob.glob(os.path.join(root, "intel-rapl:*")))
    found = [Package(folder) for folder in folders if _text(os.path.join(folder, "name")).startswith("package")]
    for package in found:
        package.read()  # on most systems only root may
    return found


def _text(path):
    with open(path, encoding="ascii") as file:
        return file.read()


class Board:
    """A GPU, by NVML's count since its driver was loaded (Volta and later).

    NVML looks at the board's power some ten to fifty times a second (Yang, Adamek and Armour 2024,
    "Part-time power measurements"), so a slice of less than a tenth of a second borrows from its
    neighbours.
    """

    range = 1 << 80  # it does not start over

    def __init__(self, nvml, handle):
        self.nvml, self.handle = nvml, handle

    def read(self):
        millijoules = ctypes.c_ulonglong()
        _check(self.nvml.nvmlDeviceGetTotalEnergyConsumption(self.handle, ctypes.byref(millijoules)))
        return millijoules.value * 1000


def _boards():
    """The machine's GPU; none where it has several, since NVML does not number them as the
    frameworks do."""
    nvml = ctypes.CDLL(NVML)
    count, handle = ctypes.c_uint(), ctypes.c_void_p()
    _check(nvml.nvmlInit_v2())
    _check(nvml.nvmlDeviceGetCount_v2(ctypes.byref(count)))
    if count.value != 1:
        return []
    _check(nvml.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(handle)))
    board = Board(nvml, handle)
    board.read()
    return [board]


def _check(status):
    if status:
        raise OSError("NVML answered {}".format(status))
