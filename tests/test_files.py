"""Output files: what is not a regular file is written into, links are followed, and a refusal comes before the work."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lenet import files
from lenet.analysis.issue7439.answer import TODAY
from lenet.cli import terminal
from lenet.cli.main import main
from lenet.errors import BadInput, LeNetError
from lenet.home import Home
from lenet.program import PROJECT
from lenet.store import open_store
from tests.helpers import nobody, stored

CONTENT = b"all of it\n"


@pytest.fixture
def raced(home: Home) -> int:
    """A stored race."""
    with closing(open_store(home.database_url)) as store:
        return stored.add_race(store, TODAY, 6.0, 4.0)


def shell(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def lenet(*words: object, **how: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-W", "ignore", "-m", "lenet", *map(str, words)]
    return subprocess.run(command, cwd=PROJECT, timeout=120, check=False, **how)  # type: ignore[call-overload,no-any-return]


@contextmanager
def read_at_the_other_end(pipe: Path) -> Iterator[list[bytes]]:
    found: list[bytes] = []
    thread = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    thread.start()
    yield found
    thread.join(30)


# What stands at the name


def a_file(folder: Path) -> Path:
    (folder / "old.json").write_bytes(b"older")
    return folder / "old.json"


def a_link(folder: Path) -> Path:
    (folder / "behind").mkdir()
    (folder / "behind" / "old.json").write_bytes(b"older")
    (folder / "link.json").symlink_to("behind/old.json")
    return folder / "link.json"


def a_link_to_a_link(folder: Path) -> Path:
    (folder / "second.json").symlink_to(a_link(folder))
    return folder / "second.json"


def a_link_to_nothing_yet(folder: Path) -> Path:
    (folder / "link.json").symlink_to("new.json")
    return folder / "link.json"


@pytest.mark.parametrize("make", [a_file, a_link, a_link_to_a_link, a_link_to_nothing_yet])
def test_links_are_followed_and_stay(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    name = make(tmp_path)
    links = {one: os.readlink(one) for one in tmp_path.rglob("*") if one.is_symlink()}
    files.check_writable(name)
    files.write_whole(name, CONTENT)
    assert name.read_bytes() == CONTENT
    assert {one: os.readlink(one) for one in tmp_path.rglob("*") if one.is_symlink()} == links
    assert not list(tmp_path.rglob(".lenet-*"))


def test_a_pipe_is_written_into_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    files.check_writable(pipe)
    with read_at_the_other_end(pipe) as found:
        files.write_whole(pipe, CONTENT)
    assert found == [CONTENT] and stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_is_written_into_and_stays(tmp_path: Path) -> None:
    (tmp_path / "nothing").symlink_to(os.devnull)
    for device in (Path(os.devnull), tmp_path / "nothing"):
        files.check_writable(device)
        files.write_whole(device, CONTENT)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode) and (tmp_path / "nothing").is_symlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_device_that_takes_nothing_is_said_in_a_sentence() -> None:
    with pytest.raises(LeNetError, match=r"^/dev/full cannot be written \(No space left on device\); choose another"):
        files.write_whole(Path("/dev/full"), CONTENT)


@pytest.mark.parametrize("linked", [False, True])
def test_an_open_descriptor_is_written_into_where_it_stands(tmp_path: Path, linked: bool) -> None:
    log = tmp_path / "log.txt"
    with log.open("wb", buffering=0) as file:
        file.write(b"before, ")
        name = Path(f"/dev/fd/{file.fileno()}")
        if linked:
            (tmp_path / "link").symlink_to(name)
        files.check_writable(tmp_path / "link" if linked else name)
        files.write_whole(tmp_path / "link" if linked else name, CONTENT)
        file.write(b"after")
    assert log.read_bytes() == b"before, " + CONTENT + b"after"


def test_who_may_read_a_file_stays_so(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.chmod(0o640)
    files.write_whole(file, CONTENT)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_name_of_the_greatest_length_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / ("x" * 255)
    files.check_writable(file)
    files.write_whole(file, CONTENT)
    assert file.read_bytes() == CONTENT


# What cannot be written


def no_folder(folder: Path) -> Path:
    return folder / "no" / "out.json"


def below_a_file(folder: Path) -> Path:
    return a_file(folder) / "out.json"


def a_link_into_no_folder(folder: Path) -> Path:
    (folder / "link.json").symlink_to("no/out.json")
    return folder / "link.json"


def a_circle(folder: Path) -> Path:
    (folder / "circle").symlink_to("circle")
    return folder / "circle"


def of_the_kernel(folder: Path) -> Path:
    return Path("/proc/out.json")


def too_long(folder: Path) -> Path:
    return folder / ("x" * 256)


def only_readable(folder: Path) -> Path:
    descriptor = os.open(a_file(folder), os.O_RDONLY)
    return Path(f"/dev/fd/{descriptor}")


REFUSED = [no_folder, below_a_file, a_link_into_no_folder, a_circle, of_the_kernel, too_long, only_readable]


@pytest.mark.parametrize("make", REFUSED)
def test_what_cannot_be_written_is_said_before(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    name = make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput, match="make it first|choose another place") as said:
        files.check_writable(name)
    assert str(said.value).count(". ") == 0
    assert sorted(tmp_path.rglob("*")) == before
    if name.parent == Path("/dev/fd"):
        os.close(int(name.name))


@nobody.ROOT_ONLY
@pytest.mark.parametrize("locked", ["folder", "file", "pipe"])
def test_a_user_without_the_right_is_told_so_before(tmp_path: Path, locked: str) -> None:
    place = Path("/tmp") / f"lenet-files-{os.getpid()}"
    place.mkdir(mode=0o755 if locked == "folder" else 0o777)
    place.chmod(0o755 if locked == "folder" else 0o777)
    file = place / "out.json"
    if locked == "file":
        file.touch(mode=0o444)
    elif locked == "pipe":
        os.mkfifo(file, 0o444)
    try:
        told = nobody.told_to_nobody(lambda: files.check_writable(file))
        assert told == f"BadInput: {file} cannot be written; choose another place, or change its permissions."
    finally:
        file.unlink(missing_ok=True)
        place.rmdir()


# The commands


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--variants", "numpy_reference", "--json"),
        ("noise", "--json"),
        ("why", "law", "--json"),
        ("why", "export", "--output"),
        ("export", "1", "--output"),
        ("compare", "1", "2", "--json"),
        ("trend", "keras_fit", "--json"),
    ],
    ids=" ".join,
)
def test_every_command_says_it_before_it_begins(home: Home, words: tuple[str, ...]) -> None:
    result = shell(*words, "/proc/out.json")
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith("lenet: /proc/out.json cannot be written; choose another place")
    assert result.stderr.count("\n") == 1
    with closing(open_store(home.database_url)) as store:
        assert store.experiments() == []


def test_a_folder_is_not_replaced(raced: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"experiment-{raced}.html").mkdir()
    monkeypatch.chdir(tmp_path)
    result = shell("export", raced, "--format", "html")
    assert result.exit_code == 2 and result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("export", "1", "--output", "-"),
        ("export", "1"),
        ("export", "1", "--output", "/dev/stdout"),
        ("compare", "1:keras_fit", "1:tensorflow_graph", "--json", "-"),
        ("compare", "1:keras_fit", "1:tensorflow_graph", "--markdown", "--json", "-"),
        ("trend", "keras_fit", "--json", "-"),
    ],
    ids=" ".join,
)
def test_a_dash_is_the_standard_output_and_nothing_else_is_said_there(raced: int, words: tuple[str, ...]) -> None:
    result = shell(*words)
    assert result.exit_code in (0, 3), result.output
    assert isinstance(json.loads(result.stdout), dict)
    assert "Written" not in result.output
    assert terminal.console.stderr is False


def test_parquet_and_html_go_to_the_standard_output_too(raced: int) -> None:
    assert shell("export", raced, "--format", "parquet", "--output", "-").stdout_bytes[:4] == b"PAR1"
    assert shell("export", raced, "--format", "html", "--output", "-").stdout.startswith("<!DOCTYPE html>")
    assert shell("why", "export", "--output", "-").stdout.startswith("<!DOCTYPE html>")


def test_the_standard_output_of_a_process_whatever_it_is(raced: int, tmp_path: Path) -> None:
    alone = lenet("export", raced, stdout=-1).stdout
    assert json.loads(alone)
    for words in (("--output", "-"), ("--output", "/dev/stdout"), ("--output", "/proc/self/fd/1")):
        with (tmp_path / "log.txt").open("wb") as log:
            log.write(b"before\n")
            log.flush()
            assert lenet("export", raced, *words, stdout=log).returncode == 0
        assert (tmp_path / "log.txt").read_bytes() == b"before\n" + alone
    assert stat.S_ISLNK(os.lstat("/dev/stdout").st_mode)


def test_a_reader_that_leaves_or_was_never_there_is_no_traceback(raced: int) -> None:
    script = f"{sys.executable} -W ignore -m lenet export {raced} --output - "
    for end in ("| head -c 1", ">&-"):
        done = subprocess.run(["sh", "-c", script + end], cwd=PROJECT, capture_output=True, timeout=120, check=False)
        assert b"Traceback" not in done.stderr and done.stderr.count(b"\n") <= 1
