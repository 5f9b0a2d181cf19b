"""Stacks: finding a Python, building, failing, being interrupted. A shell script plays Python and pip; no network."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from lenet import catalog, stacks
from lenet.bench import environment as environments
from lenet.bench import exam, race
from lenet.bench.installer import Installer
from lenet.cli.main import main
from lenet.errors import BadInput, StackError, StoreError, Unavailable
from lenet.program import PROJECT
from lenet.records import Parity
from lenet.settings import Settings
from lenet.stacks import build, libraries, own_stacks, pythons, status, table
from lenet.stacks import pip as pip_module
from lenet.stacks.place import Place

PATIENCE = 30

PYTHON = """#!/bin/sh
# Plays a Python: answers for its version, makes an environment with itself inside, and hands pip over to $FAKE_PIP.
case "$*" in
    *version_info*) echo "${FAKE_VERSION:-3.6}" ;;
    *platform*) echo 3.6.15 ;;
    "-m venv "*) mkdir -p "$3/bin" "$3/lib/python3.6/site-packages" && cp "$0" "$3/bin/python" ;;
    "-m pip install "*)
        for file; do :; done
        root=$(dirname "$(dirname "$0")")
        site=$root/lib/python3.6/site-packages
        echo "$*" >> "$FAKE_LOG"
        . "$FAKE_PIP" ;;
esac
"""
PIP = """
while IFS='=' read -r name version; do
    version=${version#=}
    echo "Collecting $name==$version (from -r $file (line 1))"
    mkdir -p "$site/$name-$version.dist-info"
    cd "$site/$name-$version.dist-info"
    printf 'Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n' $name $version > METADATA
done < "$file"
echo "Installing collected packages: all, of, them"
"""


class Fake:
    """A stand-in for Python 3.6 and its pip; `pip` sets what pip does, `calls` are the arguments pip was given."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.log = folder / "pip-calls"
        self.python = executable(folder / "python3.6", PYTHON)
        self.pip(PIP)
        monkeypatch.setenv("FAKE_PIP", str(folder / "pip.sh"))
        monkeypatch.setenv("FAKE_LOG", str(self.log))
        monkeypatch.setenv("LENET_PYTHON36", str(self.python))

    def pip(self, script: str) -> None:
        (self.folder / "pip.sh").write_text(script)

    @property
    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


def executable(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


@pytest.fixture
def fake(tmp_path, monkeypatch):
    folder = tmp_path / "fake"
    folder.mkdir()
    return Fake(folder, monkeypatch)


@pytest.fixture
def shell():
    return lambda *arguments: CliRunner().invoke(main, ["stacks", *arguments])


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def quiet(line: str) -> None:
    """Say nothing."""


# The table


@pytest.mark.parametrize("name", [name for name in table.SHIPPED if name != "main"])
def test_a_shipped_stack_is_pinned_exactly(name):
    stack = table.SHIPPED[name]
    pins = dict(line.split("==") for line in stack.requirements)
    assert all(re.fullmatch(r"[\w.]+", version) for version in pins.values())
    assert {*stack.packages, "numpy"} <= set(pins)
    needed = {p for v in catalog.VARIANTS.values() if v.stack == name for p in v.packages}
    assert needed <= set(pins), "a variant of this stack needs what its requirements lack"


def test_every_requirements_file_is_a_stack_and_every_variants_stack_exists():
    files = {file.stem for file in table.FOLDER.glob("*.txt")}
    assert files == set(table.SHIPPED) - {"main"} == {"tf1", "cntk", "theano", "torch", "jax", "tinygrad"}
    assert {variant.stack for variant in catalog.VARIANTS.values()} <= set(table.SHIPPED)


@pytest.mark.parametrize(
    ("requirement", "package"),
    [("jax[cuda13]==0.10.2", "jax"), ("a.b_c>=1,<2", "a.b_c"), ("/x/my_wheel-1.0-py3-none-any.whl", "my_wheel")],
)
def test_a_requirement_names_its_package(requirement, package):
    assert table.package_of(requirement) == package


# Finding a Python


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A machine with no Python at all but the app's."""
    monkeypatch.setattr(pythons, "SYSTEM_FOLDERS", (tmp_path / "usr",))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("LENET_PYTHON36", raising=False)
    return tmp_path


def answering(file: Path, version: str) -> Path:
    return executable(file, f"#!/bin/sh\necho {version}\n")


def test_none_found_says_where_it_looked_and_how_to_get_one(bare):
    with pytest.raises(Unavailable) as error:
        pythons.find("3.6")
    text = str(error.value)
    for place in ("LENET_PYTHON36", "PATH", str(bare / "pyenv" / "versions"), str(bare / "usr"), "uv"):
        assert place in text
    assert "`pyenv install 3.6`" in text and text.count(". ") == 0


def test_a_shim_that_fails_and_a_python_of_another_version_are_passed_over(bare):
    executable(bare / "path" / "python3.6", "#!/bin/sh\necho 'pyenv: python3.6: command not found' >&2\nexit 127\n")
    answering(bare / "pyenv/versions/3.6.8/bin/python3.6", "3.7")
    right = answering(bare / "pyenv/versions/3.6.15/bin/python3.6", "3.6")
    answering(bare / "usr" / "python3.6", "3.6")
    assert pythons.find("3.6") == right
    right.unlink()
    assert pythons.find("3.6") == bare / "usr" / "python3.6"
    working = answering(bare / "path" / "python3.6", "3.6")
    assert pythons.find("3.6") == working


def test_uv_is_asked_last(bare):
    python = answering(bare / "far" / "python", "3.6")
    executable(bare / "path" / "uv", f'#!/bin/sh\ntest "$1 $2" = "python find" && echo {python}\n')
    assert pythons.find("3.6") == python


def test_the_environment_variable_decides_and_a_wrong_one_is_said(bare, monkeypatch):
    answering(bare / "path" / "python3.6", "3.6")
    named = answering(bare / "named", "3.6")
    monkeypatch.setenv("LENET_PYTHON36", str(named))
    assert pythons.find("3.6") == named
    answering(named, "2.7")
    with pytest.raises(Unavailable, match="LENET_PYTHON36 is .*named, which is no working Python 3.6"):
        pythons.find("3.6")


def test_the_apps_own_python_serves_its_own_version(bare):
    assert (
        pythons.find(None) == pythons.find(f"{sys.version_info.major}.{sys.version_info.minor}") == Path(sys.executable)
    )


# Building


def test_a_stack_is_built_recorded_and_found(home, fake):
    assert stacks.state("tf1").status == "missing"
    assert "`python -m lenet stacks install tf1`" in stacks.state("tf1").reason
    said: list[str] = []
    stacks.install("tf1", said.append)
    state = stacks.state("tf1")
    assert (state.status, state.reason, state.python) == ("installed", "", "3.6.15")
    assert state.versions == {"tensorflow": "1.2.1", "keras": "2.0.6"}
    place = Place(home, "tf1")
    assert stacks.interpreter("tf1") == place.python
    record = json.loads(place.record.read_text())
    assert record["versions"]["numpy"] == "1.16.6" and record["interpreter"] == str(fake.python)
    assert "Collecting numpy==1.16.6" in said and "Installing 3 packages" in said
    assert said[-1].startswith("Ready: ")
    assert "Collecting numpy==1.16.6 (from -r" in place.log.read_text()


def test_a_complete_stack_is_left_as_it_is(fake):
    stacks.install("tf1", quiet)
    said: list[str] = []
    stacks.install("tf1", said.append)
    assert said == ["Ready already"] and len(fake.calls) == 1


def test_pip_is_given_no_deps_only_for_complete_requirements_and_the_users_own_settings(fake, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://wheels.example/simple")
    monkeypatch.setenv("PIP_TARGET", "/somewhere/else")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    fake.pip('echo "index $PIP_INDEX_URL target [$PIP_TARGET] path [$PYTHONPATH] user $PIP_USER"\n' + PIP)
    stacks.install("tf1", quiet)
    stacks.add("mine", ["six==1.0"], "3.6")
    stacks.install("mine", quiet)
    assert ["--no-deps" in call for call in fake.calls] == [True, False]
    assert "index https://wheels.example/simple target [] path [] user 0" in stacks_log("tf1")


def stacks_log(name: str) -> str:
    from lenet.home import open_home

    return Place(open_home(), name).read_log()


def test_changed_requirements_are_said_and_built_anew(fake, home):
    stacks.add("mine", ["six==1.0", "numpy==1.0"], "3.6")
    stacks.install("mine", quiet)
    file = home.root / "stacks.toml"
    file.write_text(file.read_text().replace("six==1.0", "six==2.0"))
    state = stacks.state("mine")
    assert state.usable and state.versions["six"] == "1.0" and "requirements have changed" in state.reason
    stacks.install("mine", quiet)
    assert stacks.state("mine").versions["six"] == "2.0" and stacks.state("mine").reason == ""


def test_main_is_neither_built_nor_removed():
    with pytest.raises(BadInput, match="requirements.txt"):
        stacks.install("main", quiet)
    with pytest.raises(BadInput, match="cannot be removed"):
        stacks.remove("main")


# Failing


@pytest.mark.parametrize(
    ("output", "kind", "sentence"),
    [
        (
            "ERROR: Could not find a version that satisfies the requirement six==9 (from versions: 1.0)\n"
            "ERROR: No matching distribution found for six==9\n\n[notice] A new release of pip is available\n",
            StackError,
            "(No matching distribution found for six==9); check its requirements (log: {log}).",
        ),
        (
            "Collecting six\n  Could not find a version that satisfies the requirement six==9 (from versions: )\n"
            "No matching distribution found for six==9\nYou are using pip version 18.1, however 21 is available.\n",
            StackError,
            "(No matching distribution found for six==9); check its requirements (log: {log}).",
        ),
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('x: Failed to "
            "establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/six/\n"
            "ERROR: No matching distribution found for six==1\n",
            StackError,
            "(No matching distribution found for six==1); check the network and pip's index settings (log: {log}).",
        ),
        (
            "Installing collected packages: six\nERROR: Could not install packages due to an OSError: "
            "[Errno 28] No space left on device\n",
            StoreError,
            "No space left on device); free some space or set LENET_HOME to another disk (log: {log}).",
        ),
        ("", StackError, "(it said nothing); the log has the details (log: {log})."),
    ],
)
def test_a_failure_of_pip_is_one_sentence_and_leaves_nothing_behind(fake, home, output, kind, sentence):
    (fake.folder / "output").write_text(output)
    fake.pip(f"cat {fake.folder / 'output'}; mkdir $site/half; exit 1")
    place = Place(home, "tf1")
    with pytest.raises(kind) as error:
        stacks.install("tf1", quiet)
    assert str(error.value).startswith("The stack 'tf1' was not built (")
    assert str(error.value).endswith(sentence.format(log=place.log)) and "\n" not in str(error.value)
    assert not place.folder.exists() and output in place.log.read_text()
    assert stacks.state("tf1").status == "missing"


def test_a_python_without_ensurepip_is_said(fake):
    text = PYTHON.replace('mkdir -p "$3/bin"', "echo Error: ensurepip is not available; exit 1; true")
    executable(fake.python, text)
    with pytest.raises(StackError, match="install that Python's venv module"):
        stacks.install("tf1", quiet)


def test_a_full_disk_under_our_own_hands_is_one_sentence(fake, home, monkeypatch):
    def refuse(self, record):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Place, "write_record", refuse)
    with pytest.raises(StoreError, match="No space left on device.*free some space"):
        stacks.install("tf1", quiet)
    assert not Place(home, "tf1").folder.exists()


def test_a_failure_on_a_full_disk_is_put_down_to_the_disk(fake, monkeypatch):
    fake.pip("echo Error: it returned non-zero exit status 1; exit 1")
    with pytest.raises(StackError, match="the log has the details"):
        stacks.install("tf1", quiet)
    monkeypatch.setattr(pip_module, "FULL_BYTES", 1 << 62)
    with pytest.raises(StoreError, match="free some space"):
        stacks.install("tf1", quiet)


def test_an_interruption_ends_pip_and_leaves_nothing_behind(fake, home):
    fake.pip(f"echo $$ > {fake.folder / 'pid'}; echo Collecting six; sleep {PATIENCE}")

    def interrupt(line: str) -> None:
        if line.startswith("Collecting"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stacks.install("tf1", interrupt)
    assert not alive(int((fake.folder / "pid").read_text()))
    assert not Place(home, "tf1").folder.exists()


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return False


def installing_process() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "lenet", "stacks", "install", "tf1"]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def test_a_killed_install_is_not_taken_for_installed_and_is_rebuilt(fake, home):
    pid = fake.folder / "pid"
    fake.pip(PIP + f"touch $site/left-over; sleep {PATIENCE} & echo $! > {pid}; wait")
    with installing_process() as process:
        wait_for(lambda: pid.exists() and pid.read_text())
        process.kill()
    # Pip outlives its parent and still writes into the folder, so nobody else may begin.
    assert stacks.state("tf1").status == "installing"
    with contextlib.suppress(ProcessLookupError):
        os.killpg(os.getpgid(int(pid.read_text())), signal.SIGKILL)
    wait_for(lambda: stacks.state("tf1").status != "installing")
    state = stacks.state("tf1")
    assert (state.status, state.usable) == ("missing", False) and "was interrupted" in state.reason
    with pytest.raises(Unavailable, match="stacks install tf1"):
        stacks.interpreter("tf1")
    fake.pip(PIP)
    stacks.install("tf1", quiet)
    assert stacks.state("tf1").status == "installed"
    assert not list(Place(home, "tf1").folder.rglob("left-over"))


def test_of_two_installs_at_once_the_second_waits_and_finds_it_done(fake):
    go = fake.folder / "go"
    fake.pip(f"until test -e {go}; do sleep 0.05; done\n" + PIP)
    said: list[str] = []
    with installing_process() as first:
        wait_for(lambda: fake.calls)
        second = threading.Thread(target=stacks.install, args=("tf1", said.append))
        second.start()
        wait_for(lambda: said)
        with pytest.raises(Unavailable, match="is being installed"):
            stacks.remove("tf1")
        go.touch()
        second.join(PATIENCE)
        assert first.wait(PATIENCE) == 0
    assert said == ["Another process is busy with it; waiting", "Ready already"]
    assert len(fake.calls) == 1


def test_a_polite_kill_ends_pip_and_leaves_nothing_behind(fake, home):
    pid = fake.folder / "pid"
    fake.pip(f"echo $$ > {pid}; sleep {PATIENCE}")
    with installing_process() as process:
        wait_for(lambda: pid.exists() and pid.read_text())
        process.terminate()
        assert process.wait(PATIENCE) == 1
    assert not alive(int(pid.read_text())) and not Place(home, "tf1").folder.exists()


# A stack that broke


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda place: place.python.unlink(), "Its Python .* is gone; .*stacks install tf1"),
        (lambda place: place.record.write_text("{"), "missing or damaged; .*stacks install tf1"),
        (lambda place: place.site.rename(place.folder / "gone"), "missing or damaged; .*stacks install tf1"),
    ],
)
def test_a_broken_stack_says_what_to_do_and_breaks_nothing_else(fake, home, shell, monkeypatch, damage, reason):
    stacks.install("tf1", quiet)
    guest = catalog.variant("numpy_reference@tf1")
    assert stacks.availability(guest).available
    damage(Place(home, "tf1"))
    assert stacks.state("tf1").status == "broken" and re.search(reason, stacks.state("tf1").reason)
    answer = stacks.availability(guest)
    assert not answer.available and re.search(reason, answer.reason)
    assert stacks.availability(catalog.variant("numpy_reference")).available
    assert shell().exit_code == 0 and "broken" in shell().output
    assert CliRunner().invoke(main, ["variants"]).exit_code == 0
    stacks.install("tf1", quiet)
    assert stacks.state("tf1").status == "installed"


@pytest.mark.parametrize("there", [True, False])
def test_a_stack_whose_packages_call_a_program_needs_it_on_the_path(fake, home, monkeypatch, there):
    monkeypatch.setitem(table.SHIPPED, "tf1", dataclasses.replace(table.SHIPPED["tf1"], programs=("sh", "compiler-x")))
    stacks.install("tf1", quiet)
    program = fake.folder / "compiler-x"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{fake.folder if there else home.root}")
    answer = stacks.availability(catalog.variant("numpy_reference@tf1"))
    assert answer.available is there
    assert there or "'tf1' calls compiler-x, which this system lacks; install it (" in answer.reason
    assert stacks.state("tf1").status == "installed", "building it again would change nothing"


# Availability


def test_versions_are_those_of_the_stacks_own_packages(fake):
    stacks.install("tf1", quiet)
    answer = stacks.availability(catalog.variant("keras_fit@tf1"))
    assert answer.available and answer.versions == {"keras": "2.0.6", "tensorflow": "1.2.1"}
    assert stacks.availability(catalog.variant("keras_fit")).versions["keras"].startswith("3.")


def test_new_packages_are_seen_without_a_restart(fake, home):
    stacks.add("mine", ["numpy==1.0"], "3.6")
    stacks.install("mine", quiet)
    variant = catalog.variant("keras_fit@mine")
    assert "no keras" in stacks.availability(variant).reason
    for name in ("keras", "tensorflow"):
        folder = Place(home, "mine").site / f"{name}-9.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 9\n")
    assert stacks.availability(variant).versions == {"keras": "9", "tensorflow": "9"}


def test_a_variant_that_can_run_nowhere_says_why(fake):
    stacks.install("tf1", quiet)
    variant = catalog.variant("numpy_reference@tf1")
    answer = stacks.availability(dataclasses.replace(variant, unavailable="It computes something else."))
    assert (answer.available, answer.reason) == (False, "It computes something else.")
    assert stacks.availability(variant).available


def test_a_stack_without_numpy_can_run_nothing(fake):
    stacks.add("mine", ["keras==1.0", "tensorflow==1.0"], "3.6")
    stacks.install("mine", quiet)
    assert "has no numpy" in stacks.availability(catalog.variant("keras_fit@mine")).reason


def test_an_unknown_stack_is_an_answer_not_an_error():
    answer = stacks.availability(catalog.variant("keras_fit@nowhere"))
    assert not answer.available and "There is no stack 'nowhere'" in answer.reason
    with pytest.raises(Unavailable, match="no stack 'nowhere'"):
        stacks.interpreter("nowhere")


@pytest.mark.parametrize(
    ("torch", "status"), [("2.13.0", "satisfied"), ("2.13.0+cpu", "satisfied"), ("2.12.0", "missing")]
)
def test_the_apps_own_python_satisfies_a_stack_only_with_its_exact_versions(tmp_path, monkeypatch, torch, status):
    for name, version in (("torch", torch), ("keras", "3.15.1")):
        folder = tmp_path / "site" / f"{name}-{version}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert stacks.state("torch").status == status
    answer = stacks.availability(catalog.variant("pytorch_eager"))
    assert answer.available == (status == "satisfied")
    if answer.available:
        assert stacks.interpreter("torch") == Path(sys.executable) and answer.versions == {"torch": torch}
        reason = stacks.availability(catalog.variant("lightning_fit")).reason
        assert reason == "The stack 'torch' has no lightning; `python -m lenet stacks install torch` builds it anew."


# System libraries


@pytest.fixture
def mpi(tmp_path, monkeypatch):
    """A system with today's libraries."""
    folder = tmp_path / "lib" / "x86_64-linux-gnu"
    folder.mkdir(parents=True)
    for name in ("libmpi.so.40", "libmpi_cxx.so.40"):
        (folder / name).write_text(name)
    monkeypatch.setattr(libraries, "SYSTEM", (str(folder.parent),))
    monkeypatch.setenv("LD_LIBRARY_PATH", "/the/users/own")
    return folder


def test_old_names_lead_to_todays_libraries(fake, home, mpi):
    stacks.install("cntk", quiet)
    place = Place(home, "cntk")
    assert (place.libraries / "libmpi.so.12").read_text() == "libmpi.so.40"
    assert (place.libraries / "libmpi_cxx.so.1").read_text() == "libmpi_cxx.so.40"
    wanted = [str(place.libraries), str(place.site / "cntk" / "libs"), "/the/users/own"]
    assert stacks.environment("cntk") == {"LD_LIBRARY_PATH": ":".join(wanted)}
    worker = environments.of(catalog.variant("numpy_reference@cntk"), Settings.parse({}))
    assert worker["LD_LIBRARY_PATH"] == ":".join(wanted)
    assert stacks.environment("tf1") == stacks.environment("main") == {}


def test_a_missing_library_is_said_before_anything_is_downloaded(fake, mpi, home):
    (mpi / "libmpi_cxx.so.40").unlink()
    with pytest.raises(Unavailable, match="libmpi_cxx.so.40 or libmpi_cxx.so.1.*apt-get install libopenmpi3"):
        stacks.install("cntk", quiet)
    assert fake.calls == [] and not Place(home, "cntk").folder.exists()


def test_a_library_that_went_away_breaks_the_stack(fake, mpi):
    stacks.install("cntk", quiet)
    (mpi / "libmpi.so.40").unlink()
    state = stacks.state("cntk")
    assert state.status == "broken" and "apt-get install libopenmpi3" in state.reason


# The user's own


def test_stacks_that_are_added_at_once_are_all_kept(home, monkeypatch):
    """Each reads what is there and writes it back with its own; held up in between, one would undo the other."""
    write = own_stacks._write

    def slowly(file, text):
        time.sleep(0.05)
        write(file, text)

    monkeypatch.setattr(own_stacks, "_write", slowly)
    names = [f"mine{number}" for number in range(6)]
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: stacks.add(name, ["six==1.0"]), names))
    assert set(stacks.known(home)) == {*table.SHIPPED, *names}
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(stacks.remove, names[:-1]))
    assert set(stacks.known(home)) == {*table.SHIPPED, names[-1]}


def test_a_folder_in_which_nothing_can_be_locked_is_one_sentence(home):
    (home.root / ".stacks.toml.lock").mkdir()
    with pytest.raises(StoreError, match="cannot be written .*; free some space or see to its folder"):
        stacks.add("mine", ["six==1.0"])
    assert not (home.root / "stacks.toml").exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[tf216\n", "is not valid TOML"),
        ("\udcff", "is not valid TOML"),
        (
            '[a]\nrequirements = ["x"]\npyhton = "3.9"',
            "unknown key 'pyhton'; the keys are",
        ),
        ('["a/b"]\nrequirements = ["x"]', "'a/b' cannot name a stack"),
        ('["../a"]\nrequirements = ["x"]', "'../a' cannot name a stack"),
        ('[".a"]\nrequirements = ["x"]', "'.a' cannot name a stack"),
        ('[Tf]\nrequirements = ["x"]', "'Tf' cannot name a stack"),
        ('[tf1]\nrequirements = ["x"]', "'tf1' comes with the program"),
        ('[main]\nrequirements = ["x"]', "'main' comes with the program"),
        ("a = 3", "'a' is not a table"),
        ("[a]", "needs requirements"),
        ("[a]\nrequirements = []", "needs requirements"),
        ('[a]\nrequirements = "x==1"', "needs requirements"),
        ("[a]\nrequirements = [1]", "requirement 1;"),
        ('[a]\nrequirements = ["--index-url=http://x"]', "requirement '--index-url=http://x'"),
        ('[a]\nrequirements = ["x\\n-r /etc/passwd"]', "requirement 'x"),
        ('[a]\nrequirements = ["x"]\npython = 3.11', "Python 3.11;"),
        ('[a]\nrequirements = ["x"]\npython = "2.7"', "Python '2.7'"),
        ('[a]\nrequirements = ["x"]\npython = "3.11.7"', "Python '3.11.7'"),
    ],
)
def test_a_mistake_in_the_users_file_is_one_sentence_and_breaks_nothing_else(fake, home, shell, text, sentence):
    file = home.root / "stacks.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    wrong = stacks.mistake(home)
    assert sentence in wrong and str(file) in wrong and "\n" not in wrong
    assert list(stacks.known(home)) == list(table.SHIPPED)
    assert stacks.state("tf1").status == "missing"
    assert stacks.availability(catalog.variant("numpy_reference")).available
    assert sentence in stacks.availability(catalog.variant("keras_fit@a")).reason
    shown = shell()
    assert shown.exit_code == 2 and "tf1" in shown.output and shown.stderr == f"lenet: {wrong}\n"
    before = file.read_bytes()
    assert shell("add", "b", "six").exit_code == 2 and file.read_bytes() == before


def test_a_stack_is_added_listed_built_and_forgotten(fake, home, shell):
    file = home.root / "stacks.toml"
    file.write_text('# mine\n[old]\nrequirements = [\n  "six==1.0",\n]\n\n# the next\n[other]\nrequirements = ["x"]\n')
    before = stacks.known(home)
    result = shell("add", "tf2.16", "tensorflow==2.16.2", "numpy==1.26", "--python", "3.6")
    assert result.exit_code == 0 and "stacks install tf2.16" in result.output
    stack = stacks.known(home)["tf2.16"]
    assert (stack.requirements, stack.python) == (("tensorflow==2.16.2", "numpy==1.26"), "3.6")
    assert "tf2.16" in shell().output
    assert shell("install", "tf2.16").exit_code == 0
    assert stacks.state("tf2.16").versions == {"tensorflow": "2.16.2", "numpy": "1.26"}
    assert shell("add", "tf2.16", "six").exit_code == 2
    assert shell("remove", "tf2.16").exit_code == 0
    assert stacks.known(home) == before and "# mine" in file.read_text() and "# the next" in file.read_text()
    assert not Place(home, "tf2.16").folder.exists()
    assert shell("remove", "old").exit_code == 0
    assert list(stacks.known(home)) == [*table.SHIPPED, "other"]


def on_another(fake, shell) -> None:
    """A stack `under` with NumPy and Keras, and `over` on it with another Keras, both built."""
    assert shell("add", "under", "numpy==1.19.5", "keras==2.0.6", "--python", "3.6", "--install").exit_code == 0
    assert shell("add", "over", "keras==2.0.9", "--on", "under", "--install").exit_code == 0


def test_a_stack_on_another_brings_its_own_and_finds_the_rest_there(fake, shell, home):
    on_another(fake, shell)
    both = dataclasses.replace(catalog.variant("keras2_fit"), packages=("keras", "numpy"), stack="over")
    assert stacks.availability(both).versions == {"keras": "2.0.9", "numpy": "1.19.5"}
    under = Place(home, "under")
    assert str(under.site) in (Place(home, "over").site / build.BENEATH).read_text()
    assert status.folders_of(home, stacks.find(home, "over"))[1:] == (str(under.site),)
    assert stacks.state("over").python == "3.6.15"


def test_a_stack_on_one_that_is_gone_or_another_by_now_says_so(fake, shell, home):
    on_another(fake, shell)
    file = own_stacks.file_of(home)
    file.write_text(file.read_text().replace("numpy==1.19.5", "numpy==1.16.6"))
    said = "The stack 'under', on which it stands, is another by now; `python -m lenet stacks install over` builds it"
    assert stacks.state("over").reason == f"{said} anew."
    shell("remove", "under")
    gone = stacks.state("over")
    assert gone.status == "broken" and "There is no stack 'under'" in gone.reason


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--on", "nowhere"), "There is no stack 'nowhere'"),
        (("--on", "tf1", "--python", "3.6"), "has the Python of 'tf1', on which it stands; leave its own out"),
        (("--on", "a"), "stands on 'a', which names no other stack"),
        (("--on", "over"), "stands on 'under' itself; let 'a' stand on that"),
    ],
)
def test_what_no_stack_can_stand_on_is_refused(arguments, sentence, fake, shell, home):
    own_stacks.add(home, own_stacks.make("under", ["numpy"]))
    own_stacks.add(home, own_stacks.make("over", ["keras"], on="under"))
    refused = shell("add", "a", "keras==3.0.0", *arguments)
    assert refused.exit_code == 2 and sentence in refused.output
    assert "a" not in own_stacks.read(home)


def test_a_wheel_is_meant_from_where_the_user_stands(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wheel = tmp_path / "dist" / "mine-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.touch()
    assert stacks.add("mine", ["dist/mine-1.0-py3-none-any.whl"]).requirements == (str(wheel),)


# The shell


def test_the_list_says_state_and_next_step(shell, fake):
    stacks.install("tf1", quiet)
    for result in (shell(), shell("list")):
        assert result.exit_code == 0
        line = next(line for line in result.output.splitlines() if " tf1 " in line)
        assert "3.6.15" in line and "installed" in line and "tensorflow 1.2.1 keras 2.0.6" in line
        assert "`python -m lenet stacks install torch`" in " ".join(result.output.split()).replace("lenet stacks  ", "")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["install"], 2, "Name the stacks to install, or say --all"),
        (["install", "tf1", "--all"], 2, "Name the stacks to install, or say --all"),
        (["install", "nowhere"], 2, "There is no stack 'nowhere'"),
        (["remove", "nowhere"], 2, "There is no stack 'nowhere'"),
        (["remove", "tf1"], 2, "The stack 'tf1' is not installed"),
        (["add", "a/b", "six"], 2, "'a/b' cannot name a stack"),
        (["add", "a", "six", "--python", "three"], 2, "The stack 'a' has the Python 'three'"),
    ],
)
def test_bad_input_is_one_sentence(shell, arguments, code, sentence):
    result = shell(*arguments)
    assert result.exit_code == code
    assert result.stderr.startswith(f"lenet: {sentence}") and result.stderr.count("\n") == 1


def test_no_python_is_status_2_and_a_failure_of_pip_status_1(shell, fake, bare, monkeypatch):
    missing = shell("install", "tf1")
    assert missing.exit_code == 2 and missing.stderr.startswith("lenet: No Python 3.6 was found")
    monkeypatch.setenv("LENET_PYTHON36", str(fake.python))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    fake.pip("exit 1")
    failed = shell("install", "tf1")
    assert failed.exit_code == 1 and failed.stderr.startswith("lenet: The stack 'tf1' was not built")


def test_all_goes_on_after_a_failure_and_leaves_out_what_is_ready(shell, fake, monkeypatch):
    for name in set(table.SHIPPED) - {"main", "tf1"}:
        monkeypatch.delitem(table.SHIPPED, name)
    for name in ("a", "b", "c"):
        stacks.add(name, [f"{name}==1.0"], "3.6")
    stacks.install("a", quiet)
    fake.pip('case "$root" in */b) exit 1;; esac\n' + PIP)
    result = shell("install", "--all")
    assert result.exit_code == 1 and result.stderr.startswith("lenet: The stack 'b' was not built")
    assert [stacks.state(name).status for name in ("a", "b", "c", "tf1")] == [
        "installed",
        "missing",
        "installed",
        "installed",
    ]
    fake.pip(PIP)
    assert shell("install", "--all").exit_code == 0
    assert "Every stack is ready." in shell("install", "--all").output


def test_all_leaves_out_a_stack_that_has_nothing_to_race(shell, fake, monkeypatch):
    for name in set(table.SHIPPED) - {"main", "theano"}:
        monkeypatch.delitem(table.SHIPPED, name)
    fake.pip(PIP)
    assert "Every stack is ready." in shell("install", "--all").output
    assert stacks.state("theano").status == "missing"


def stand_in(home, name: str) -> None:
    """A complete stack that runs on the app's own Python, NumPy included."""
    stacks.add(name, ["numpy"])
    place = Place(home, name)
    executable(place.python, f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    metadata = place.folder / "lib/python3.11/site-packages/numpy-1.0.dist-info/METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 1.0\n")
    place.write_record({"requirements": stacks.find(home, name).fingerprint(), "python": "3.11.0"})


def test_one_variant_races_itself_in_two_stacks(home, doubles, monkeypatch, tmp_path):
    sat: list[tuple[str, str]] = []

    def sit(variant, settings, folder, started=None, first=None):
        sat.append((variant.stack, folder.name))
        return exam.Sitting(Parity(exam.key(variant, settings), variant.name, True, 1e-8, "conv1_bias", 1e-5))

    monkeypatch.setattr(exam, "sit", sit)
    monkeypatch.setattr(race, "evaluate", lambda weights: (0.5, 0.9))
    stand_in(home, "one")
    stand_in(home, "two")
    options = ["--batch-size", "4", "--images-per-epoch", "320", "--rounds", "2", "--slice-ms", "20", "--threads", "1"]
    out = tmp_path / "out.json"
    result = CliRunner().invoke(main, ["run", "--variants", "plain@one,plain@two", *options, "--json", str(out)])
    assert result.exit_code == 0, result.output
    assert sorted(sat) == [("one", "exam-plain@one"), ("two", "exam-plain@two")]
    written = json.loads(out.read_text())
    assert [(run["label"], run["stack"], run["status"]) for run in written["runs"]].count(
        ("plain@two", "two", "finished")
    ) == 2
    assert written["pairs"][0]["ratio"] > 0 and "no answer" not in result.output


# The app's installer


def test_the_installer_shows_progress_and_log(home, fake):
    go = fake.folder / "go"
    fake.pip(f"echo Collecting first; until test -e {go}; do sleep 0.05; done\n" + PIP)
    installer = Installer(home)
    assert installer.progress("tf1") == ("idle", "") and installer.log("tf1") == ""
    installer.start("tf1")
    wait_for(lambda: installer.progress("tf1") == ("running", "Collecting first"))
    installer.start("tf1")
    assert Installer(home).progress("tf1") == ("running", "Another process is installing it")
    assert installer.running() == Installer(home).running() == ["tf1"]
    assert "Collecting first" in installer.log("tf1")
    go.touch()
    wait_for(lambda: installer.progress("tf1")[0] == "done")
    assert installer.progress("tf1")[1].startswith("Ready: ") and len(fake.calls) == 1


def test_the_installer_says_a_failure_and_can_begin_again(home, fake):
    fake.pip("echo ERROR: No matching distribution found for x==9; exit 1")
    installer = Installer(home)
    installer.start("tf1")
    wait_for(lambda: installer.progress("tf1")[0] == "failed")
    assert "No matching distribution found for x==9" in installer.progress("tf1")[1]
    fake.pip(PIP)
    installer.start("tf1")
    wait_for(lambda: installer.progress("tf1")[0] == "done")
    with pytest.raises(BadInput):
        installer.start("nowhere")


def test_the_installer_ends_with_the_app(home, fake):
    fake.pip(f"while sleep 0.05; do echo Collecting more; done & echo $! > {fake.folder / 'pid'}; wait")
    installer = Installer(home)
    installer.start("tf1")
    wait_for(lambda: installer.progress("tf1") == ("running", "Collecting more"))
    installer.close()
    wait_for(lambda: installer.progress("tf1")[0] == "failed")
    assert not Place(home, "tf1").folder.exists()
    assert not alive(int((fake.folder / "pid").read_text()))


# What pip prints


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Collecting torch==2.13.0 (from -r /x/requirements.txt (line 1))", "Collecting torch==2.13.0"),
        (
            "  Downloading https://h/a/b/torch-2.13.0-cp311.whl (190.1 MB)",
            "Downloading torch-2.13.0-cp311.whl (190.1 MB)",
        ),
        (
            "  Using cached six-1.17.0-py2.py3-none-any.whl.metadata (1.7 kB)",
            "Using cached six-1.17.0-py2.py3-none-any.whl.metadata (1.7 kB)",
        ),
        ("Installing collected packages: mpmath, sympy, torch", "Installing 3 packages"),
        (
            "Processing /wheels/six-1.17.0-py2.py3-none-any.whl (from -r /x (line 1))",
            "Processing six-1.17.0-py2.py3-none-any.whl",
        ),
        ("    Running setup.py install for keras: started", "Running setup.py install for keras"),
        ("Looking in links: /wheels", ""),
        ("", ""),
    ],
)
def test_steps_are_read_from_what_pip_prints(line, said):
    assert pip_module.step(line) == said


# The real thing

OFFLINE = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_INDEX_URL": "https://127.0.0.1:9/simple",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_RETRIES": "1",
}
"""Nobody listens there, and pip knows no other place."""


@pytest.mark.slow
def test_a_real_pip_builds_a_real_stack(home):
    stacks.add("tiny", ["six==1.17.0"])
    said: list[str] = []
    stacks.install("tiny", said.append)
    assert stacks.state("tiny").versions == {"six": "1.17.0"}
    assert any("six" in line for line in said) and "Installing 1 package" in said
    command = [str(stacks.interpreter("tiny")), "-c", "import six, sys; print(six.__version__, sys.prefix)"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert answer.stdout.split() == ["1.17.0", str(Place(home, "tiny").folder)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("requirement", "environment", "advice"),
    [
        ("six==0.0.1", {}, "No matching distribution found for six==0.0.1); check its requirements"),
        ("six==1.17.0", OFFLINE, "check the network"),
        ("six=1", {}, "correct its requirements"),
    ],
)
def test_a_real_pip_that_fails_is_understood(monkeypatch, requirement, environment, advice):
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stacks.add("tiny", [requirement])
    with pytest.raises(StackError) as error:
        stacks.install("tiny", quiet)
    assert advice in str(error.value) and "\n" not in str(error.value)


@pytest.mark.slow
def test_the_worker_runs_under_a_real_python_3_6(tmp_path):
    try:
        pythons.find("3.6")
    except Unavailable as error:
        pytest.skip(str(error))
    stacks.add("old", ["numpy==1.16.6"], "3.6")
    stacks.install("old", quiet)
    assert stacks.state("old").python.startswith("3.6.")
    variant = catalog.variant("numpy_reference@old")
    answer = exam.sit(variant, Settings.parse({"threads": 1}), tmp_path / "exam").answer
    assert (answer.status, answer.reason, answer.equivalent) == ("finished", "", True)
    assert stacks.availability(variant).versions == {"numpy": "1.16.6"}
