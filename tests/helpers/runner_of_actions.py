"""Runs the steps of a composite GitHub Action as a runner does: their shell with the documented environment.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
CONDITION = re.compile(r"([\w.-]+) == '([^']*)'")
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
"""What a runner makes of `shell: bash`."""


@dataclass
class Job:
    """One job with one Action. workspace: where its steps begin; environment: beyond that of a runner."""

    action: Path
    workspace: Path
    temporary: Path
    event: dict[str, Any]
    environment: dict[str, str]
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """The other Actions that it calls, with what each is given."""
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    """What the steps with a name have put out; those of other Actions are made up beforehand."""
    said: str = ""

    @property
    def summary(self) -> str:
        """The job's summary."""
        return self._file("summary").read_text("utf-8")

    def run(self, **inputs: str) -> int:
        """Run all steps until one fails; its exit status, or 0. inputs: with _ in place of -."""
        about = yaml.safe_load(self.action.read_text("utf-8"))
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() <= about["inputs"].keys(), "an Action is given what it does not know"
        self.temporary.mkdir(exist_ok=True)
        for name in ("summary", "output", "env"):
            self._file(name).write_text("", "utf-8")
        self._file("event").write_text(json.dumps(self.event), "utf-8")
        values = {"github.token": "the job's own"}
        for name, one in about["inputs"].items():
            values[f"inputs.{name}"] = given.get(name, self._filled(one["default"], values))
        for step in about["runs"]["steps"]:
            if status := self._step(step, values):
                return status
        self.outputs[""] = {name: self._filled(one["value"], values) for name, one in about["outputs"].items()}
        return 0

    def _step(self, step: dict[str, Any], values: dict[str, str]) -> int:
        for one, put_out in self.outputs.items():
            values |= {f"steps.{one}.outputs.{name}": text for name, text in put_out.items()}
        if "if" in step:
            condition = CONDITION.fullmatch(step["if"])
            assert condition, f"{step['if']} is more than this runner understands"
            if values[condition[1]] != condition[2]:
                return 0
        if "uses" in step:
            self.used.append((step["uses"], {k: self._filled(v, values) for k, v in step.get("with", {}).items()}))
            return 0
        assert step["shell"] == "bash"
        self._file("output").write_text("", "utf-8")
        script = self._file("step.sh")
        script.write_text(step["run"], "utf-8")
        own = {name: self._filled(value, values) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            [*SHELL, str(script)], cwd=self.workspace, env={**self._variables(), **own}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.said += done.stdout
        if "id" in step:
            lines = self._file("output").read_text("utf-8").splitlines()
            self.outputs[step["id"]] = dict(line.split("=", 1) for line in lines)
        return done.returncode

    def _variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "LENET_"))}
        return {
            **kept,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self.action.parent),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(self._file("output")),
            "GITHUB_ENV": str(self._file("env")),
            "GITHUB_STEP_SUMMARY": str(self._file("summary")),
            "GITHUB_EVENT_PATH": str(self._file("event")),
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": "someone/their-model",
            "GITHUB_RUN_ID": "7439",
            "RUNNER_TEMP": str(self.temporary),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            **self.environment,
        }

    def _file(self, name: str) -> Path:
        return self.temporary / f"_{name}"

    @staticmethod
    def _filled(text: Any, values: dict[str, str]) -> str:
        """The text with its expressions worked out; one of an output that is not there is empty."""

        def worth(match: re.Match[str]) -> str:
            known = values.get(match[1])
            assert known is not None or match[1].startswith("steps."), f"nothing is known of {match[1]}"
            return known or ""

        filled = EXPRESSION.sub(worth, str(text))
        assert "${{" not in filled, f"{text} is more than this runner understands"
        return filled
