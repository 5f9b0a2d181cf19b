"""The README says what is there: every variant, every command, every setting it names."""

from __future__ import annotations

import re

import pytest

from lenet import catalog
from lenet.cli.main import main
from tests.helpers.places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| \[`(\w+)`\]\((\S+)\) \| (.+?) \| (\w+) \|$", re.MULTILINE)


def test_the_table_of_variants_is_the_catalogue():
    rows = {name: (file, title, stack) for name, file, title, stack in ROW.findall(README)}
    expected = {v.name: (f"lenet/variants/{v.name}.py", v.title, v.stack) for v in catalog.VARIANTS.values()}
    assert rows == expected
    assert all((ROOT / file).is_file() for file, *_ in rows.values())


def test_every_command_in_the_readme_exists_with_its_options():
    found = set(re.findall(r"python -m lenet (\w+)", README))
    assert {"run", "check", "variants", "stacks"} <= found <= set(main.commands)
    options = {option for command in main.commands.values() for p in command.params for option in p.opts}
    for line in re.findall(r"python -m lenet (?:run|check|show|export|list)[^\n`#]*", README):
        assert set(re.findall(r"--[a-z-]+", line)) <= options | {"--help"}, line


def test_every_command_is_in_the_readme():
    named = set(re.findall(r"\b\w+\b", " ".join(re.findall(r"python -m lenet[^\n`]*", README))))
    assert set(main.commands) <= named


@pytest.mark.parametrize("document", ["README.md", "CHANGELOG.md", "BENCHMARKS.md"])
def test_links_to_files_lead_somewhere(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert targets or document != "README.md"
    missing = [target for target in targets if not (ROOT / target).exists()]
    assert missing == []
