"""The documents say what is there: paths, commands and links, variants, figures."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from lenet import catalog
from tests.helpers import commands, documents
from tests.helpers.places import ROOT
from tests.variants.test_contract import MOST_LINES, OWNS_LOOP, STEPS
from tools import structure

MANUALS = [f"docs/{file.name}" for file in sorted((ROOT / "docs").glob("*.md"))]
CURRENT = ["README.md", "BENCHMARKS.md", *MANUALS]
"""They speak of the program as it is; the changelog speaks of programs that were."""
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in [*CURRENT, "CHANGELOG.md"]}
README = TEXTS["README.md"]
MOST_WORDS = 900
ROW = re.compile(r"^\| \[`(\w+)`\]\(\.\./(\S+)\) \| (.+?) \| (\w+) \| (\w+) \|$", re.MULTILINE)
WHERE = re.compile(r"\d{4}-\d\d-\d\d, .*AMD EPYC.*, CPU, (one|two) threads?")
ITEM = re.compile(r"^\d\. (.+(?:\n +.+)*)", re.MULTILINE)


def missing_paths(text: str) -> list[str]:
    return sorted(path for path in documents.paths(text) if not documents.exists(path))


def mistakes(text: str) -> list[str]:
    found = ((" ".join(command), commands.mistake(command)) for command in documents.commands(text))
    return [f"{command}: {wrong}" for command, wrong in found if wrong]


def broken_links(name: str, text: str) -> list[str]:
    """Links of a document that lead to no file, or to no heading of one."""
    found = documents.links(text)
    return [target for target in found if not leads_somewhere(ROOT / name, target, text)]


def leads_somewhere(file: Path, target: str, text: str) -> bool:
    place, _, anchor = target.partition("#")
    goal = (file.parent / place).resolve() if place else file
    if not (goal.exists() and goal.is_relative_to(ROOT)):
        return False
    return not anchor or anchor in documents.anchors(goal.read_text("utf-8") if place else text)


def unpublished(text: str) -> list[str]:
    """Intervals that BENCHMARKS has neither as they stand nor in thousandths of their unit."""
    published = documents.intervals(TEXTS["BENCHMARKS.md"])
    found = sorted(documents.intervals(text))
    strange = (pair for pair in found if not any(equals(pair, known) for known in published))
    return [f"[{', '.join(pair)}]" for pair in strange]


def equals(pair: tuple[str, str], known: tuple[str, str]) -> bool:
    """In the same unit, or in one a thousand times as large, to the digits of `pair`."""
    scaled = ([number(end) / scale for end in known] for scale in (1, 1000))
    return any(all(map(rounds_to, ends, pair)) for ends in scaled)


def number(text: str) -> float:
    return float(text.replace(",", ""))


def rounds_to(value: float, text: str) -> bool:
    """Within half of the last digit, and a little for the computer's own rounding."""
    return abs(value - number(text)) <= 0.5001 * 10.0 ** -len(text.partition(".")[2])


def test_the_readme_is_one_page() -> None:
    assert documents.words(README) <= MOST_WORDS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Two [words](a/long/path.md#and-an-anchor) here.", 3),
        ("![A picture](docs/race.png) https://example.org/a-b-c", 2),
        ("```sh\nmake run   # a comment\n```", 5),
        ("<!-- hidden text -->", 2),
        ("one/two-three|four, 1,234.5 of `a.b`", 8),
        ('[text](target "a long title that is read")', 8),
        ("a&nbsp;b", 3),
    ],
)
def test_words_are_counted_wherever_they_hide(text: str, words: int) -> None:
    assert documents.words(text) == words


def test_the_readme_leads_to_every_manual_in_one_click() -> None:
    linked = set(documents.links(README))
    assert {*MANUALS, "BENCHMARKS.md", "CHANGELOG.md", "lenet/variants/__init__.py"} <= linked
    named = {"make run", "make test", "streamlit run app.py", "python -m pytest"}
    assert named <= {" ".join(command) for command in documents.commands(README)}


def test_each_answer_names_its_command_and_leads_to_machine_device_and_threads() -> None:
    answers = ITEM.findall(documents.section(README, "the-question-and-the-answer-so-far"))
    assert len(answers) == 3
    for answer in answers:
        (target,) = documents.links(answer)
        below = documents.section(TEXTS["docs/answer.md"], target.partition("#")[2])
        (named,) = commands.named(documents.commands(answer))
        assert f"python -m lenet {named}" in below
        assert WHERE.search(" ".join(below.split()))
        assert len(documents.intervals(answer)) == 1 or "0 operations" in answer


@pytest.mark.parametrize("name", CURRENT)
def test_every_path_exists(name: str) -> None:
    assert documents.torn(TEXTS[name]) == []
    assert missing_paths(TEXTS[name]) == []


@pytest.mark.parametrize("name", CURRENT)
def test_every_command_exists_with_its_options(name: str) -> None:
    assert mistakes(TEXTS[name]) == []


def test_every_command_is_in_the_readme_or_a_manual() -> None:
    everything = "\n".join(TEXTS[name] for name in ("README.md", *MANUALS))
    named = commands.named(documents.commands(everything))
    assert set(commands.leaves()) - named == {"stacks list"}  # the same as `stacks` alone


@pytest.mark.parametrize("name", TEXTS)
def test_every_link_leads_somewhere(name: str) -> None:
    assert documents.links(TEXTS[name])
    assert broken_links(name, TEXTS[name]) == []


@pytest.mark.parametrize("name", ["README.md", *MANUALS])
def test_every_interval_is_published_with_its_command(name: str) -> None:
    assert unpublished(TEXTS[name]) == []


def test_the_table_of_variants_is_the_catalogue() -> None:
    rows = {name: tuple(rest) for name, *rest in ROW.findall(TEXTS["docs/stacks.md"])}
    variants = catalog.VARIANTS.values()
    assert rows == {v.name: (f"lenet/variants/{v.name}.py", v.title, v.written_as, v.stack) for v in variants}


def test_the_contract_names_every_verb_and_limit() -> None:
    contract = " ".join((ROOT / "lenet/variants/__init__.py").read_text(encoding="utf-8").split())
    for verb, arguments in {**STEPS, **OWNS_LOOP}.items():
        assert f"{verb}({', '.join(arguments)}) " in contract
    assert f"longer than {MOST_LINES} lines of code" in contract


def test_the_recipes_cost_what_they_should() -> None:
    costs = {title: len(files) for title, files in structure.recipes(ROOT)}
    cheap = {"variant": 2, "rung": 2, "page": 2, "setting": 2, "results column": 3}
    assert {f"Add a {what}": cost for what, cost in cheap.items()}.items() <= costs.items()
    assert {"Find the clock", "Change how a ratio is computed"} <= costs.keys()
    assert {"Add an instrument", "Change the database"} <= costs.keys()


def test_the_changelog_begins_with_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = re.search(r"^## (\S+), \d{4}-\d\d-\d\d$", TEXTS["CHANGELOG.md"], re.MULTILINE)
    assert newest and newest[1] == project["version"]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("`lenet/worker/clock.py`, `lenet/worker/`, `pages/NAME.py`, `Makefile`, [`no.py`](x)", []),
        ("`lenet/worker/loop.py` and `lenet/nowhere/`", ["lenet/nowhere/", "lenet/worker/loop.py"]),
        ("`lenet/worker/NAME.toml`", ["lenet/worker/NAME.toml"]),
        ("`standings.py`", ["standings.py"]),
        ("```sh\npython tools/gone.py\n```", ["tools/gone.py"]),
    ],
)
def test_a_path_that_is_gone_is_caught(text: str, missing: list[str]) -> None:
    assert missing_paths(text) == missing


@pytest.mark.parametrize(
    "command",
    [
        "python -m lenet runn",
        "python -m lenet run --varints keras_fit",
        "python -m lenet run --variants keras_fti",
        "python -m lenet run --preset quck",
        "python -m lenet run --sync always",
        "python -m lenet why counts keras_fit keras3_fit",
        "python -m lenet why ladder keras_fit jax_jit",
        "python -m lenet show 1 --markdwn",
        "python -m lenet check keras_fti",
        "python -m benchmarks && make run; python -m audit.gone",
        "python -m audit.calibrate --hours 1",
        "make runn",
    ],
)
def test_a_command_that_is_gone_is_caught(command: str) -> None:
    assert len(mistakes(f"Say `{command}`.")) == 1
    assert len(mistakes(f"```sh\n{command}     # a reason\n```")) == 1


@pytest.mark.parametrize("target", ["gone.md", "#gone", "NOTICE/x", "docs/answer.md#gone", "../x"])
def test_a_link_that_leads_nowhere_is_caught(target: str) -> None:
    good = "[good](#a-heading-with-code) [web](https://example.org)"
    text = f"# A heading: with `code`\n[text]({target}) {good}"
    assert broken_links("README.md", text) == [target]


def test_an_interval_that_nobody_published_is_caught() -> None:
    text = "945 us [739, 1,151], 0.95 ms [0.74, 1.15], 0.95 ms [0.74, 1.16]"
    assert unpublished(text) == ["[0.74, 1.16]"]


def test_code_over_two_lines_is_caught() -> None:
    text = "`whole` and `begun\nended` later"
    assert documents.torn(text) == text.splitlines()
