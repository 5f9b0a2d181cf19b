"""What compose.yaml says, as `run` commands of podman or docker: for machines that have no compose
program, and for tests. It knows the words that our file uses and refuses all others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
REPEATED = {"cap_drop": "cap-drop", "ports": "publish", "security_opt": "security-opt", "tmpfs": "tmpfs"}
ONCE = {"cpuset": "cpuset-cpus", "restart": "restart", "user": "user"}
SET = {"init": "init", "read_only": "read-only"}
ELSEWHERE = {"image", "entrypoint", "command", "build", "depends_on", "stop_grace_period"}
"""The first three stand at the end of the command; to the others sees whoever builds, starts and
stops the services."""


def read(file: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """A compose file with its variables put in. Raises KeyError for one that must be set."""
    return dict(_filled(yaml.safe_load(file.read_text(encoding="utf-8")), variables))


def command(name: str, service: Mapping[str, Any], project: Path, network: str) -> list[str]:
    """The words after `podman run` or `docker run` that start a service under its name.

    Named volumes are called NETWORK_VOLUME, paths are those of `project`. Raises ValueError for what
    it cannot say.
    """
    words = [f"--name={name}", f"--hostname={name}", f"--network={network}", f"--network-alias={name}"]
    for key, value in service.items():
        words += [] if key in ELSEWHERE else _options(key, value, project, network)
    entry = service.get("entrypoint", [])
    words += [f"--entrypoint={entry[0]}"] if entry else []
    return [*words, service["image"], *entry[1:], *service.get("command", [])]


def _options(key: str, value: Any, project: Path, network: str) -> list[str]:
    if key in REPEATED:
        return [f"--{REPEATED[key]}={one}" for one in value]
    if key in ONCE:
        return [f"--{ONCE[key]}={value}"]
    if key in SET:
        return [f"--{SET[key]}={str(value).lower()}"]
    if key == "environment":
        return [f"--env={variable}={text}" for variable, text in value.items()]
    if key == "env_file":
        return [f"--env-file={project / one}" for one in value]
    if key == "volumes":
        return [f"--volume={_mount(one, project, network)}" for one in value]
    if key == "healthcheck":
        return _healthcheck(value)
    raise ValueError(f"deploy/compose.py does not know {key!r}; teach it.")


def _filled(part: Any, variables: Mapping[str, str]) -> Any:
    """A value that is put in stays text, whatever it would be in YAML (off, 010)."""
    if isinstance(part, dict):
        return {key: _filled(value, variables) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, variables) for value in part]
    return VARIABLE.sub(lambda match: _value(match, variables), part) if isinstance(part, str) else part


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    name, kind, other = match.groups()
    if found := variables.get(name):
        return found
    if kind == "-":
        return str(other)
    raise KeyError(f"{name} is not set: {other}")


def _mount(volume: str, project: Path, network: str) -> str:
    source, _, rest = volume.partition(":")
    place = str((project / source).resolve()) if source.startswith(".") else f"{network}_{source}"
    return f"{place}:{rest}"


def _healthcheck(check: Mapping[str, Any]) -> list[str]:
    if check.get("disable"):
        return ["--no-healthcheck"]
    kind, *words = check["test"]
    if kind != "CMD":
        raise ValueError("deploy/compose.py knows health checks of the kind CMD only; write it as a list of words.")
    times = [f"--health-{name}={check[name]}" for name in ("interval", "timeout", "retries") if name in check]
    return [f"--health-cmd={' '.join(words)}", *times]
