"""Variants of one's own: what a file says of itself, where files lie, and one sentence for each mistake."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lenet import catalog, stacks
from lenet.bench import queue as queues
from lenet.bench.queue import Queue
from lenet.catalog import folders, ladder_file, own, start
from lenet.charts.colors import style
from lenet.cli.main import main
from lenet.errors import BadInput, Forbidden
from lenet.exchange import Bundle, as_parquet, gather, import_bundle, read_parquet
from lenet.exchange.document import as_document
from lenet.home import Home
from lenet.hosting.config import Hosting
from lenet.hosting.desk import Desk
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import Store, open_store
from lenet.views import public, stored
from tests.helpers import stored as made

HEAD = 'VARIANT = {"title": "Mine", "packages": ["numpy"]}\n'
LENET = "from lenet.variants.numpy_reference import LeNet\n"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """write(name, text): puts a file into the folder that LENET_VARIANTS names."""
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.setenv("LENET_VARIANTS", str(folder))

    def one(name: str, text: str = HEAD + LENET) -> Path:
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        return folder / f"{name}.py"

    return one


def test_a_file_is_a_variant_wherever_variants_are_named(write: Write, tmp_path: Path) -> None:
    file = write("mine")
    found = catalog.variant("mine")
    assert (found.title, found.packages, found.stack, found.written_as) == ("Mine", ("numpy",), "main", "bare")
    assert found.file == file and found.source_hash() and not found.mistake()
    assert catalog.title("mine@tf216+batch_size=8~2") == "Mine @ tf216, batch size 8 (2)"
    assert "mine" in catalog.known() and "mine" not in catalog.VARIANTS
    assert stacks.availability(found).available
    queues.check(Request(("mine", "numpy_reference"), Settings()))
    ladder = tmp_path / "ladder.toml"
    ladder.write_text('title = "x"\nstart = "numpy_reference"\n[[changes]]\ntitle = "y"\nafter = "mine"\n', "utf-8")
    assert ladder_file.read(ladder).entries == ["numpy_reference", "mine"]


def test_the_loop_is_seen_in_the_class(write: Write) -> None:
    write("loops", HEAD + "class LeNet:\n    def fit(self, images, labels, epochs, tick, epoch_end): ...\n")
    write("steps", HEAD + "class LeNet:\n    def step(self, images, labels): ...\n")
    assert (catalog.variant("loops").owns_loop, catalog.variant("steps").owns_loop) == (True, False)


def test_nothing_of_it_is_run_to_read_it(write: Write) -> None:
    write("mine", "raise SystemExit('run')\n" + HEAD + LENET)
    assert catalog.variant("mine").title == "Mine"


def test_what_it_imports_from_beside_it_is_its_source_too(write: Write) -> None:
    write("mine", "import beside\n" + HEAD + LENET)
    helper = write("beside", "x = 1\n")
    before = catalog.variant("mine").source_hash()
    helper.write_text("x = 20\n", "utf-8")
    assert catalog.variant("mine").source_hash() != before
    assert set(own.recorded(["mine+batch_size=8"])["programs"]["mine"]["files"]) == {"mine.py", "beside.py"}
    assert "beside" not in catalog.known()


FAULTS: dict[str, tuple[str, str]] = {
    "no table": (LENET + "class LeNet: pass", "{file} has no VARIANT; write VARIANT ="),
    "no class": (HEAD, "{file} has no class LeNet; write one"),
    "syntax": ("x = 1\nVARIANT = {\n", "{file} cannot be read as Python ('{{' was never closed, line 2); correct it."),
    "computed": ("import os\nVARIANT = dict(title='x')\n" + LENET, "{file}, line 2: VARIANT is computed; write"),
    "no dictionary": ("\nVARIANT = ['x']\n" + LENET, "{file}, line 2: VARIANT must be a dictionary; write"),
    "no title": ('VARIANT = {"packages": []}\n' + LENET, "{file}, line 1: VARIANT has no 'title'; write a text"),
    "no packages": ('VARIANT = {"title": "x"}\n' + LENET, "{file}, line 1: VARIANT has no 'packages'; write a list"),
    "unknown key": (
        HEAD.replace("}", ',\n"colour": 1}') + LENET, "{file}, line 2: VARIANT has 'colour', which means nothing here"
    ),
    "written as": (
        HEAD.replace("}", ',\n"written_as": "poet"}') + LENET,
        "{file}, line 2: written_as is 'poet'; write one of tutorial, bare,",
    ),
    "markup": (HEAD.replace("Mine", "<b>") + LENET, "{file}, line 1: title is '<b>'; write a text of at most 60"),
    "packages": (HEAD.replace('["numpy"]', '"numpy"') + LENET, "{file}, line 1: packages is 'numpy'; write a list"),
    "stack": (
        HEAD.replace("}", ',\n"stack": "nonsuch"}') + LENET,
        "{file}, line 2: There is no stack 'nonsuch'; `python -m lenet stacks` lists them.",
    ),
    "package": (
        HEAD.replace('["numpy"]', '["nonsuch"]') + LENET,
        "{file}, line 1: nonsuch is not installed; `pip install nonsuch` into this Python, or name a stack",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_mistake_is_one_sentence_with_its_place(fault: str, write: Write) -> None:
    text, said = FAULTS[fault]
    file = write("mine", text)
    reason = stacks.availability(catalog.variant("mine")).reason
    assert reason.startswith(said.format(file=file)) and "\n" not in reason
    with pytest.raises(BadInput, match="^None of these variants can run here: "):
        queues.check(Request(("mine",), Settings()))
    listed = " ".join(CliRunner().invoke(main, ["variants"]).output.split())
    assert "mine" in listed


def test_a_name_that_ships_is_refused_where_it_is_asked_for_and_nowhere_else(write: Write) -> None:
    file = write("keras_fit")
    assert catalog.variant("keras_fit").path == ""
    with pytest.raises(BadInput, match=r"keras_fit\.py has the name of a variant that ships .* choose another\.$"):
        queues.check(Request(("keras_fit",), Settings()))
    assert own.faults() == [f"{file} has the name of a variant that ships with LeNet Bench; choose another."]
    assert catalog.title("keras_fit") == "Keras fit"
    write("random")
    assert "called like a module of Python's" in catalog.variant("random").mistake()


def test_two_files_of_one_name_are_refused(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write("mine")
    (tmp_path / "other").mkdir()
    second = tmp_path / "other" / "mine.py"
    second.write_text(HEAD + LENET, "utf-8")
    monkeypatch.setenv("LENET_VARIANTS", os.pathsep.join([str(first.parent), str(second.parent), str(first.parent)]))
    assert catalog.variant("mine").mistake() == f"Two files are called mine: {first} and {second}; rename one of them."


def test_a_folder_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LENET_VARIANTS", str(tmp_path / "gone"))
    with pytest.raises(BadInput, match=r"There is no variant 'mine'; .*gone is not there; make it"):
        catalog.variant("mine")
    result = CliRunner().invoke(main, ["list", "--variants-from", str(tmp_path / "nor this")])
    assert result.exit_code == 2 and "There is no folder" in result.stderr
    assert os.environ["LENET_VARIANTS"] == str(tmp_path / "gone"), "as before the command"


def test_a_package_brings_variants_and_is_not_imported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    inside = tmp_path / "brings" / "programs"
    inside.mkdir(parents=True)
    (tmp_path / "brings" / "__init__.py").write_text("raise SystemExit('imported')\n", "utf-8")
    (inside / "brought.py").write_text(HEAD + LENET, "utf-8")
    about = tmp_path / "brings-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: brings\nVersion: 1.0\n", "utf-8")
    (about / "entry_points.txt").write_text("[lenet_bench.variants]\nbrings = brings.programs\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    folders._of_packages.cache_clear()
    try:
        assert catalog.variant("brought").file == inside / "brought.py" and "brings" not in sys.modules
    finally:
        folders._of_packages.cache_clear()


# What is kept


def bundle(store: Store, request: Request) -> Bundle:
    number = made.add(store, request, lambda entry: 2.0)
    whole = gather(store, number)
    machine = {**whole.experiment.machine, **own.recorded(request.variants)}
    return dataclasses.replace(whole, experiment=dataclasses.replace(whole.experiment, machine=machine))


def test_an_experiment_opens_when_the_file_is_gone(write: Write, store: Store, tmp_path: Path) -> None:
    file = write("mine")
    travelling = as_parquet(bundle(store, Request(("mine", "numpy_reference"), Settings.parse({"rounds": 2}))))
    look = style("mine")
    file.unlink()
    own._titles.clear()
    assert catalog.title("mine") == "mine"
    (tmp_path / "it.parquet").write_bytes(travelling)
    there = open_store(f"sqlite:///{tmp_path / 'there.db'}")
    number = import_bundle(there, read_parquet(tmp_path / "it.parquet"))
    shown = stored.load(there, number)
    blocks = [block for section in shown.circumstances for block in section.blocks]
    assert catalog.title("mine") == "Mine" and style("mine") == look
    assert [(b.title, b.program) for b in blocks if b.program] == [("mine.py, of Mine, as it was raced", HEAD + LENET)]
    everybody = [block for section in public.view(shown).circumstances for block in section.blocks]
    assert not [block for block in everybody if block.program]
    assert "programs" not in str(public.values(stored.as_json(there, number)))
    there.close()


@pytest.mark.parametrize("odd", [1, [], {"mine": 1}, {"mine": {"title": "<b>", "files": {}}}, {"mine": {"title": "x"}}])
def test_what_an_import_says_of_programs_is_not_trusted(odd: Any) -> None:
    assert own.programs_of({"programs": odd}) == {}


def test_a_record_with_programs_is_as_its_schema_has_it(write: Write, store: Store) -> None:
    from lenet.exchange import checks

    write("mine", HEAD + LENET + "#\x0c form feed\n")
    import json

    document = as_document(bundle(store, Request(("mine",), Settings.parse({"rounds": 2}))))
    assert checks.parse(json.dumps(document).encode())["experiment"]["machine"]["programs"]["mine"]["title"] == "Mine"


# Who may say where they lie


def test_folders_are_kept_and_found_by_every_process(queue: Queue, home: Home, tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "ours.py").write_text(HEAD + LENET, "utf-8")
    desk = Desk(queue, Hosting())
    with pytest.raises(BadInput, match="There is no folder"):
        desk.name_folders([str(tmp_path / "gone")])
    assert own.find("ours") is None
    desk.name_folders([f" {tmp_path / 'team'} ", ""])
    assert folders.kept(home) == [str(tmp_path / "team")] and catalog.variant("ours").title == "Mine"
    desk.name_folders([])
    assert own.find("ours") is None


def test_where_nobody_signs_in_nobody_points_a_server_at_programs(queue: Queue, tmp_path: Path) -> None:
    desk = Desk(queue, Hosting(mode="hosted", auth="off", public_url="https://bench.example.org"))
    with pytest.raises(Forbidden, match=r"^Nobody signs in here, .* set LENET_VARIANTS where it is started\.$"):
        desk.name_folders([str(tmp_path)])
    assert folders.kept(queue.home) == [] and queue.store.audit()[0].outcome == "refused"


# A start


@pytest.mark.parametrize("framework", start.BASES)
def test_a_start_says_what_its_base_says_and_is_never_written_over(framework: str, tmp_path: Path) -> None:
    file = start.write("my_own", framework, tmp_path / "new")
    found, base = own.of_file(file), catalog.VARIANTS[start.BASES[framework]]
    same = ("packages", "stack", "owns_loop", "shuffles", "running_loss", "environment", "written_as", "work")
    assert not found.mistake() and found.title == "My own"
    assert all(getattr(found, name) == getattr(base, name) for name in same)
    file.write_text("mine now", "utf-8")
    with pytest.raises(BadInput, match="is there already, and stays as it is"):
        start.write("my_own", framework, tmp_path / "new")
    assert file.read_text("utf-8") == "mine now"


@pytest.mark.parametrize("name", ["keras_fit", "random", "7x", "../x", "a b"])
def test_a_start_has_a_name_that_a_variant_may_have(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"\.$"):
        start.write(name, "numpy", tmp_path)
    assert not list(tmp_path.glob("**/*.py"))


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
@pytest.mark.parametrize("framework", start.BASES)
def test_a_start_passes_its_exam(framework: str, tmp_path: Path) -> None:
    from tests.helpers import exams

    exams.need(catalog.VARIANTS[start.BASES[framework]])
    written = CliRunner().invoke(
        main, ["new", "variant", "my_own", "--framework", framework, "--folder", str(tmp_path)]
    )
    assert written.exit_code == 0, written.output
    checked = CliRunner().invoke(main, ["check", str(tmp_path / "my_own.py"), "--batch-size", "4"])
    assert checked.exit_code == 0, checked.output
