"""Writes tiny wheels of a package whose releases do known things, for pip to find in a folder."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def write(folder: Path, package: str, programs: Mapping[str, str], needs: Mapping[str, str] | None = None) -> None:
    """A wheel for each release: release -> the text of its only module. needs: release -> what it requires."""
    folder.mkdir(parents=True, exist_ok=True)
    for release, text in programs.items():
        about = f"{package}-{release}.dist-info"
        required = (needs or {}).get(release)
        metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: {release}\n"
        files = {
            f"{package}.py": text,
            f"{about}/METADATA": metadata + (f"Requires-Dist: {required}\n" if required else ""),
            f"{about}/WHEEL": WHEEL,
        }
        record = "".join(f"{name},,\n" for name in (*files, f"{about}/RECORD"))
        with zipfile.ZipFile(folder / f"{package}-{release}-py3-none-any.whl", "w") as wheel:
            for name, content in {**files, f"{about}/RECORD": record}.items():
                wheel.writestr(name, content)


def only_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pip find packages in this folder and nowhere else."""
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
