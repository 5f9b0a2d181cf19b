"""Measures the energy of a run's slices by the hardware's counters: RAPL for the CPU, NVML for an
NVIDIA GPU.

Nothing is estimated: where no counter can be read there is no figure. A counter counts the whole
device. It is read when a run is handed the machine and when its slice ends, outside the clock, so
the slices of other runs are left out; what other programs do during its own slices is included.
"""

import ctypes
import glob
import os

POWERCAP = "/sys/class/powercap"
NVML = "libnvidia-ml.so.1"


class Meter:
    """Adds up what `counters` count between `start` and `stop`.

    Each counter has `read` (microjoules) and `range`.
    """

    def __init__(self, counters=()):
        self.counters = list(counters)
        self.begun = None
        self.microjoules = 0

    def start(self):
        """Begin to measure: the run has the machine from now on."""
        self.begun = self._read()

    def stop(self):
        """End measuring; without a `start` since the last `stop` this changes nothing."""
        if self.begun is not None:
            counted = zip(self.counters, self.begun, self._read())  # noqa: B905 - Python 3.6 has no strict
            self.microjoules += sum((now - before) % counter.range for counter, before, now in counted)
            self.begun = None

    def _read(self):
        try:
            return [counter.read() for counter in self.counters]
        except (OSError, ValueError):
            del self.counters[:]  # part of a run's energy must not pass for the whole
            return []

    def joules(self):
        """{"energy_joules": joules so far}; {} without a counter."""
        return {"energy_joules": self.microjoules / 1e6} if self.counters else {}


def counters(device):
    """The counters of the device ('cpu' or 'gpu'); [] where this process may not read them all."""
    try:
        return _boards() if device == "gpu" else _packages(POWERCAP)
    except (OSError, ValueError, AttributeError):  # file, right, library or function missing
        return []


class Package:
    """A processor package in Linux's powercap. Its count starts again at `range`, which takes
    minutes, longer than a slice."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "energy_uj")
        self.range = int(_text(os.path.join(folder, "max_energy_range_uj")))

    def read(self):
        return int(_text(self.path))


def _packages(root):
    """All processor packages of the machine; AMD's have the same names here as Intel's."""
    folders = sorted(glob.glob(os.path.join(root, "intel-rapl:*")))
    packages = [Package(folder) for folder in folders if _is_package(folder)]
    for package in packages:
        package.read()  # on most systems only root may
    return packages


def _is_package(folder):
    return _text(os.path.join(folder, "name")).startswith("package")


def _text(path):
    with open(path, encoding="ascii") as file:
        return file.read()


class Board:
    """A GPU, by NVML's count since its driver was loaded (Volta and later).

    NVML samples the board's power some ten to fifty times a second (Yang, Adamek and Armour 2024,
    "Part-time power measurements"), so a slice shorter than a tenth of a second includes power of
    its neighbours.
    """

    range = 1 << 80  # it never starts again

    def __init__(self, nvml, handle):
        self.nvml, self.handle = nvml, handle

    def read(self):
        millijoules = ctypes.c_ulonglong()
        _check(self.nvml.nvmlDeviceGetTotalEnergyConsumption(self.handle, ctypes.byref(millijoules)))
        return millijoules.value * 1000


def _boards():
    """The machine's GPU; [] for several GPUs, which NVML numbers otherwise than frameworks do."""
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
