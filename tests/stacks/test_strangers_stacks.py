"""Stacks as strangers have them: distributions with other names, a pip that puts nothing there, requirements files."""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet import catalog, stacks
from lenet.errors import BadInput, StackError
from lenet.stacks import installed
from lenet.stacks.place import Place
from tests.stacks.test_stacks import PIP, Fake, fake, quiet, shell

__all__ = ["fake", "shell"]


def put(site: Path, name: str, version: str, **files: str) -> None:
    """A distribution in `site`; files: further ones of its own, by name ('' for RECORD and the module itself)."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for file, text in files.items():
        (info / file.replace("_txt", ".txt")).write_text(text)


def module(site: Path, name: str) -> None:
    (site / name).mkdir()
    (site / name / "__init__.py").touch()


# Names


@pytest.fixture
def site(fake: Fake, home) -> Path:
    """The packages of the stack `mine`, which has NumPy and Keras."""
    stacks.add("mine", ["numpy==1.0", "keras==3.0"], "3.6")
    stacks.install("mine", quiet)
    return Place(home, "mine").site


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("tensorflow_cpu", {"top_level_txt": "tensorflow\n"}),
        ("tf-nightly", {"top_level_txt": "_pywrap\ntensorflow\n"}),
        ("tf_nightly_cpu", {"RECORD": "tensorflow/__init__.py,,\ntensorflow/python/__init__.py,,\n"}),
        ("tensorflow-rocm", {"RECORD": "tensorflow/__init__.py,,\n"}),
    ],
)
def test_what_can_be_imported_is_there_whatever_its_distribution_is_called(site, name, files):
    put(site, "tensorflow-io", "0.1", RECORD="tensorflow_io/__init__.py,,\ntensorflow/io.py,,\n")
    put(site, name, "2.16.2", **files)
    module(site, "tensorflow")
    answer = stacks.availability(catalog.variant("keras_fit@mine"))
    assert answer.available, answer.reason
    assert answer.versions == {"keras": "3.0", installed.normal(name): "2.16.2"}


def test_a_distribution_without_the_module_does_not_bring_it(site):
    put(site, "tensorflow-cpu", "2.16.2", top_level_txt="tensorflow\n")
    assert "has no tensorflow" in stacks.availability(catalog.variant("keras_fit@mine")).reason
    module(site, "tensorflow")
    (site / "tensorflow_cpu-2.16.2.dist-info" / "top_level.txt").write_text("another\n")
    assert installed.find("tensorflow", [str(site)]) is None


def test_one_of_that_very_name_goes_first(site):
    put(site, "tensorflow-cpu", "2.16.2", top_level_txt="tensorflow\n")
    put(site, "tensorflow", "2.15.0")
    module(site, "tensorflow")
    assert installed.find("tensorflow", [str(site)]) == ("tensorflow", "2.15.0")


def test_one_module_of_a_single_file_is_found(tmp_path):
    put(tmp_path, "my-trainer", "1", RECORD="trainer.py,,\n")
    (tmp_path / "trainer.py").touch()
    assert installed.find("trainer", [str(tmp_path)]) == ("my-trainer", "1")


# What pip left behind

ELSEWHERE = 'site="$root/elsewhere"\n' + PIP
NOTHING = "echo 'Would install six-1.0'"
HALF = PIP.replace("done <", "    break\ndone <")
IGNORED = """echo "Ignoring six: markers 'python_version < \\"3\\"' don't match your environment" """


@pytest.mark.parametrize(
    ("script", "requirements", "sentence"),
    [
        (ELSEWHERE, ["six==1.0"], "(pip put no six into it); `python -m pip config list`"),
        (NOTHING, ["Six", "numpy"], "(pip put no Six into it); `python -m pip config list`"),
        (HALF, ["six==1.0", "numpy[all] >=1,<2"], "(pip put no numpy into it)"),
        (NOTHING, ["/wheels/my_own-1.0-py3-none-any.whl"], "(pip put no my_own into it)"),
        (NOTHING, ["git+https://example.invalid/six"], "(nothing that it requires is meant for this"),
        (IGNORED, ['six; python_version < "3"'], "(nothing that it requires is meant for this Python)"),
    ],
)
def test_a_stack_without_what_it_needs_is_not_ready(fake, home, script, requirements, sentence):
    fake.pip(script)
    stacks.add("mine", requirements, "3.6")
    said: list[str] = []
    with pytest.raises(StackError) as error:
        stacks.install("mine", said.append)
    text = str(error.value)
    assert text.startswith(f"The stack 'mine' was not built {sentence}") and "\n" not in text
    assert not any(line.startswith("Ready") for line in said)
    assert stacks.state("mine").status == "missing" and not Place(home, "mine").folder.exists()


@pytest.mark.parametrize(
    "requirements",
    [
        ['pywin32; sys_platform == "win32"', "six==1.0"],
        ["six==1.0", "git+https://example.invalid/other"],
        ["SIX==1.0 --hash=sha256:00"],
    ],
)
def test_a_stack_with_what_it_needs_is_ready(fake, requirements):
    fake.pip("printf 'six==1.0\\n' > $file.few; file=$file.few\n" + PIP)
    stacks.add("mine", requirements, "3.6")
    stacks.install("mine", quiet)
    assert stacks.state("mine").status == "installed"


@pytest.mark.parametrize("variable", ["PIP_TARGET", "PIP_ROOT", "PIP_DRY_RUN", "PIP_PREFIX", "PIP_PYTHON"])
def test_variables_that_would_mislead_pip_do_not_reach_it(fake, monkeypatch, variable):
    monkeypatch.setenv(variable, "/elsewhere")
    monkeypatch.setenv("PIP_ROOT_USER_ACTION", "ignore")
    fake.pip(f'test -z "${variable}" && test "$PIP_ROOT_USER_ACTION" = ignore || exit 1\n' + PIP)
    stacks.add("mine", ["six==1.0"], "3.6")
    stacks.install("mine", quiet)


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["target = {}/elsewhere", "prefix = {}/elsewhere", "dry-run = true"])
def test_a_real_pip_that_is_sent_elsewhere_is_noticed(home, tmp_path, monkeypatch, setting):
    configuration = tmp_path / "pip.conf"
    configuration.write_text(f"[install]\n{setting.format(tmp_path)}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    stacks.add("tiny", ["six==1.17.0"])
    with pytest.raises(StackError, match=r"pip put no six into it.*pip config list"):
        stacks.install("tiny", quiet)


# Requirements files


FILES = {
    "reqs.txt": "tensorflow==2.16.2\nnumpy==1.26.4\n",
    "frozen.txt": "# of a colleague\n\nsix==1.17.0  # why\nnumpy >= 1.26 ; python_version > '3'\n",
    "compiled.txt": "six==1.17.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n",
    "outer.txt": "-r inner/inner.txt\n--requirement=reqs.txt\nsix\n",
    "inner/inner.txt": "wheel-stub @ https://example.invalid/w.whl#sha256=0\n",
    "marked.txt": "\ufeffsix==1.17.0\r\nnumpy\r\n",
}
READ = {
    "reqs.txt": ["tensorflow==2.16.2", "numpy==1.26.4"],
    "frozen.txt": ["six==1.17.0", "numpy >= 1.26 ; python_version > '3'"],
    "compiled.txt": ["six==1.17.0 --hash=sha256:00 --hash=sha256:11"],
    "outer.txt": ["wheel-stub @ https://example.invalid/w.whl#sha256=0", *FILES["reqs.txt"].split(), "six"],
    "marked.txt": ["six==1.17.0", "numpy"],
}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Where the user stands, with requirements files."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text.encode())
    return tmp_path


@pytest.mark.parametrize("name", READ)
def test_a_requirements_file_is_read_as_pip_reads_it(folder, name):
    assert stacks.read_requirements(name) == READ[name]


@pytest.mark.usefixtures("folder")
def test_a_stack_is_added_from_files_and_words(fake, home, shell):
    result = shell("add", "mine", "keras==3.0", "-r", "reqs.txt", "-r", "frozen.txt", "--python", "3.6")
    assert result.exit_code == 0, result.output
    stack = stacks.find(home, "mine")
    assert stack.requirements == ("keras==3.0", *READ["reqs.txt"], *READ["frozen.txt"])
    assert stack.title.endswith("six==1.17.0 and 1 more")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "reqs.txt cannot be read (No such file or directory); name a requirements file."),
        ("# nothing\n", "reqs.txt has no requirement; write a line such as tensorflow==2.16.2 into it."),
        ("six\n--index-url https://example.invalid\n", "reqs.txt has the line '--index-url https://ex"),
        ("-e .\n", "reqs.txt has the line '-e .'"),
        ("-c constraints.txt\n", "reqs.txt has the line '-c constraints.txt'"),
        ("six\n-r ./reqs.txt\n", "reqs.txt names itself with -r; take that line out."),
        ("-r gone.txt\n", "gone.txt cannot be read (No such file or directory)"),
        ("sécurité\n".encode("latin-1"), "reqs.txt is no text in UTF-8; save it as UTF-8."),
        ("six\n".encode("utf-16"), "reqs.txt is no text in UTF-8; save it as UTF-8."),
    ],
)
def test_a_mistake_in_a_requirements_file_is_one_sentence(folder, home, shell, text, sentence):
    if text is None:
        (folder / "reqs.txt").unlink()
    else:
        (folder / "reqs.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    result = shell("add", "mine", "-r", "reqs.txt")
    assert result.exit_code == 2 and result.stderr.startswith(f"lenet: {sentence}")
    assert result.stderr.count("\n") == 1 and "mine" not in stacks.known(home)


def test_nothing_to_need_is_one_sentence(shell):
    result = shell("add", "mine")
    assert result.exit_code == 2 and result.stderr.startswith("lenet: Name what the stack needs")
    with pytest.raises(BadInput):
        stacks.read_requirements("/dev/null")
