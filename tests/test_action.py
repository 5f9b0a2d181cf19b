"""The GitHub Action: its steps run as a runner runs them, on a repository with a change, beside a small GitHub."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest
import yaml

from tests.helpers import documents, github_comments, guarded_repository
from tests.helpers.places import ROOT
from tests.helpers.runner_of_actions import Job

ACTION = ROOT / "action.yml"
OTHERS = [{"id": number, "body": f"Said by somebody, {number}"} for number in range(1, 103)]
"""More than one page of them."""
SMALL = "--batch-size 1 --images-per-epoch 90 --threads 1 --budget 1"
"""Four rounds, however long they take."""
OURS = ("actions/cache", "actions/setup-python", "actions/upload-artifact")
PYTHON = """#!/bin/sh
# Plays the Python of a runner: what is installed into an environment of its own is this checkout.
case "$*" in
    "-m venv "*)
        mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
        printf '#!/bin/sh\\nexec $LENET "$@"\\n' > "$3/bin/lenet" && chmod +x "$3/bin/lenet" ;;
    "-m pip install "*) for last; do :; done; test -f "$last/pyproject.toml" ;;
    *) exec "$REAL_PYTHON" "$@" ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a runner on which this checkout can be installed without a network."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python").write_text(PYTHON, "utf-8")
    (folder / "python").chmod(0o755)
    return {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "REAL_PYTHON": sys.executable,
        "LENET": f"{sys.executable} -m lenet",
        "PYTHONPATH": str(ROOT),
        "LENET_LOCK": os.environ["LENET_LOCK"],
    }


def job(root: Path, share: float, machine: dict[str, str], api: str) -> Job:
    """The job of a pull request that makes each batch take `share` longer."""
    guarded_repository.make(root, share)
    temporary = root / "runner"
    made = Job(ACTION, root, temporary, {"pull_request": {"number": 12}}, {**machine, "GITHUB_API_URL": api})
    made.outputs["python"] = {"python-version": "3.11.9"}
    return made


@pytest.mark.slow
def test_a_slowdown_fails_the_job_an_equal_change_passes_and_one_comment_says_so(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    asked = {"base_variants_from": "base/bench", "new_variants_from": "new/bench", "slower": "25%", "options": SMALL}
    with github_comments.github(comments=[dict(one) for one in OTHERS]) as there:
        slow = job(tmp_path / "slow", 2.0, machine, there.url)
        assert slow.run(**asked) == 1, slow.said
        reports = Path(slow.outputs["names"]["reports"])
        found = json.loads((reports / "guard.json").read_text("utf-8"))
        assert found["outcome"] == "slower" and [len(one["races"]) for one in found["variants"]] == [2]
        assert ElementTree.parse(reports / "guard.xml").find("testsuite/testcase/failure") is not None
        assert {"guard.html", "guard.svg", "race-1.html", "race-2.html"} <= {file.name for file in reports.iterdir()}
        assert slow.summary.startswith("### Is anything slower by more than 25 %?")
        (said,) = there.comments[len(OTHERS) :]
        assert said["body"].startswith("<!-- lenet-bench guard -->\n### Is anything slower by more than 25 %?")
        assert "**Slower by more than 25 %: My step.**" in said["body"] and "```text\n" in said["body"]
        assert "https://github.example/someone/their-model/actions/runs/7439" in said["body"]
        assert there.tokens == {"Bearer the job's own"}

        equal = job(tmp_path / "equal", 0.0, machine, there.url)
        assert equal.run(**asked) == 0, equal.said
        assert equal.outputs[""] == {"status": "0", "folder": equal.outputs["names"]["reports"]}
        assert len(there.comments) == len(OTHERS) + 1 and there.comments[: len(OTHERS)] == OTHERS
        assert "**Nothing is surely slower by more than 25 %, of 1 program.**" in there.comments[-1]["body"]
    assert [what for what, given in equal.used if given.get("path") == equal.outputs["names"]["reports"]] == [
        "actions/upload-artifact@v4"
    ]


def test_what_cannot_be_guarded_says_so_and_fails(tmp_path: Path, machine: dict[str, str]) -> None:
    with github_comments.github() as there:
        wrong = job(tmp_path, 0.0, machine, there.url)
        assert wrong.run(base_variants_from="base/gone", new_variants_from="new/bench") == 2
        assert "There is no folder" in wrong.said and "base/gone" in wrong.said
        (said,) = there.comments
        assert "**The guard came to no result** (exit status 2)" in said["body"]
        assert "came to no result" in wrong.summary


def test_stacks_are_built_of_what_their_key_says(tmp_path: Path, machine: dict[str, str]) -> None:
    first = job(tmp_path, 0.0, {**machine, "LENET": "false"}, "http://127.0.0.1:9")
    keys = set()
    for text in ("numpy==2.0.0\n", "numpy==2.0.1\n", "numpy==2.0.0\n"):
        (tmp_path / "old.txt").write_text(text, "utf-8")
        first.run(base_requirements="old.txt", comment="false")
        keys.add(first.used[-2][1]["key"])
    assert len(keys) == 2
    assert first.run(name="a name; rm -rf") == 2 and "letters, digits" in first.said


def test_no_word_of_a_pull_request_becomes_shell_and_only_known_actions_are_used() -> None:
    steps = yaml.safe_load(ACTION.read_text("utf-8"))["runs"]["steps"]
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]
    assert {step["uses"].partition("@")[0] for step in steps if "uses" in step} == set(OURS)


def documented(heading: str) -> str:
    """What stands in the first fence below a heading of docs/ci.md."""
    below = (ROOT / "docs" / "ci.md").read_text("utf-8").partition(f"## {heading}\n")[2]
    found = documents.FENCE.search(below)
    assert found
    return found[2]


def test_the_script_for_any_other_ci_races_the_base_of_a_checkout(tmp_path: Path, machine: dict[str, str]) -> None:
    block = documented("In any other CI")
    _, upstream = guarded_repository.make(tmp_path / "upstream", 0.0)
    subprocess.run(["git", "clone", "--quiet", str(upstream), str(tmp_path / "here" / "new")], check=True)
    done = subprocess.run(
        ["bash", "-e", "-c", block], cwd=tmp_path / "here" / "new", capture_output=True, text=True,
        env={**os.environ, **machine, "LENET": "echo", "LENET_BENCH": str(ROOT)},
    )  # fmt: skip
    asked = "guard --base-variants-from ../base/bench --new-variants-from bench --slower 3% --into reports"
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, asked), done.stderr
    assert (tmp_path / "here" / "base" / "bench" / "my_step.py").is_file()


def test_the_workflow_of_the_docs_gives_what_the_action_takes() -> None:
    workflow = yaml.safe_load(documented("As a GitHub Action"))
    *checkouts, ours = workflow["jobs"]["guard"]["steps"]
    assert ours["with"].keys() <= yaml.safe_load(ACTION.read_text("utf-8"))["inputs"].keys()
    assert {one["with"]["path"] for one in checkouts} == {
        ours["with"][f"{side}-variants-from"].partition("/")[0] for side in ("base", "new")
    }
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}


# The comment


@pytest.fixture
def comment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    """The tool, with what GitHub gives the job of pull request 12."""
    spec = importlib.util.spec_from_file_location("comment", ROOT / "tools" / "comment.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "event").write_text('{"pull_request": {"number": 12}}', "utf-8")
    (tmp_path / "said.md").write_text("It is slower.\n" * 10_000, "utf-8")
    for name, value in {
        "GITHUB_EVENT_PATH": str(tmp_path / "event"), "GITHUB_REPOSITORY": "someone/their-model", "GITHUB_RUN_ID": "1",
        "GITHUB_SERVER_URL": "https://github.example", "GITHUB_TOKEN": "a token", "GITHUB_API_URL": "http://127.0.0.1:9",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    yield module


def test_each_name_has_one_comment_and_none_is_too_long(
    comment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with github_comments.github(comments=[dict(one) for one in OTHERS]) as there:
        monkeypatch.setenv("GITHUB_API_URL", there.url)
        for name in ("one", "another", "one"):
            comment.main(name, tmp_path / "said.md")
        ours = [one["body"] for one in there.comments[len(OTHERS) :]]
    assert [body.partition("\n")[0] for body in ours] == ["<!-- lenet-bench one -->", "<!-- lenet-bench another -->"]
    assert all(len(body) < 65_536 and body.endswith("/actions/runs/1)\n") for body in ours)


def test_where_nothing_may_be_written_the_job_goes_on(
    comment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with github_comments.github(read_only=True) as there:
        monkeypatch.setenv("GITHUB_API_URL", there.url)
        comment.main("one", tmp_path / "said.md")
        assert "::warning::The pull request got no comment (HTTP Error 403" in capsys.readouterr().out
    monkeypatch.setenv("GITHUB_API_URL", there.url)  # nobody answers there any more
    comment.main("one", tmp_path / "said.md")
    assert "::warning::" in capsys.readouterr().out
    (tmp_path / "event").write_text('{"ref": "refs/heads/main"}', "utf-8")
    comment.main("one", tmp_path / "said.md")
    assert capsys.readouterr().out == "There is no pull request to comment on.\n"
