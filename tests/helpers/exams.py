"""Examine variants and rungs in groups, so that a framework is started once (see `examiner`)."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from lenet import stacks
from lenet.bench import environment
from lenet.catalog import Variant
from lenet.problem import Problem
from lenet.program import PROJECT
from lenet.settings import Settings
from lenet.worker import tape

Group = tuple[Variant, ...]


def groups(variants: Iterable[Variant]) -> list[Group]:
    """Groups that one process can examine: of one stack, with the same packages and variables."""

    def key(variant: Variant) -> tuple[str, ...]:
        variables = (f"{name}={value}" for name, value in sorted(variant.environment.items()))
        return variant.stack, *sorted(variant.packages), *variables

    return [tuple(members) for _, members in groupby(sorted(variants, key=key), key)]


def group_id(group: Group) -> str:
    """The name of a group in the name of a test."""
    return f"{group[0].name}-and-{len(group) - 1}-more"


def need(variant: Variant) -> None:
    """Skip the test if this machine cannot run the variant.

    For stacks in LENET_TEST_STACKS_NEEDED the test fails instead.
    """
    state = stacks.availability(variant)
    if not state.available:
        assert variant.stack not in os.environ.get("LENET_TEST_STACKS_NEEDED", "main").split(","), state.reason
        pytest.skip(state.reason)


def write_job(variant: Variant, asked: Settings, problem: Problem, folder: Path) -> Path:
    """Write a job for the examiner into a folder of its own; return the job's file."""
    folder.mkdir(parents=True)
    tape.create(folder / "tape", asked.batches)
    problem.write(folder / "problem.npz")
    job = {
        "module": variant.import_path,
        "owns_loop": variant.owns_loop,
        "problem": str(folder / "problem.npz"),
        "tape": str(folder / "tape"),
        "folder": str(folder),
        "settings": asked.as_dict(),
        "environment": dict(variant.environment),
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    return folder / "job.json"


def examine(group: Sequence[Variant], jobs: Iterable[Path], asked: Settings) -> None:
    """Do the jobs of a group one after the other, in the environment for the settings `asked`. Variables that
    only some of the group have are set when their packages have been imported.

    The output of each job lies beside it.
    """
    interpreter = stacks.interpreter(group[0].stack)
    command = [str(interpreter), "-m", "tests.helpers.examiner", ",".join(group[0].packages), *map(str, jobs)]
    variables = {**environment.of(group[0], asked), **kept_by_jax()}
    subprocess.run(command, env=variables, cwd=PROJECT, timeout=600, check=True)


def kept_by_jax() -> dict[str, str]:
    """Variables by which JAX keeps what it compiles, beside the stacks in LENET_TEST_STACKS.

    It finds it again by program, flags and version: another program is compiled anew. A worker of a race
    keeps nothing.
    """
    if not (folder := os.environ.get("LENET_TEST_STACKS")):
        return {}
    return {
        "JAX_COMPILATION_CACHE_DIR": str(Path(folder).resolve() / "compiled_by_jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


def facts(folder: Path) -> dict[str, Any]:
    """The facts that the variant examined in `folder` told; {} if it did not finish."""
    file = folder / "events.jsonl"
    events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
    return next((event["facts"] for event in events if event["event"] == "finished"), {})


def log(folder: Path) -> str:
    """The end of the output of the variant examined in `folder`."""
    return (folder / "log.txt").read_text(encoding="utf-8", errors="replace")[-2000:]
