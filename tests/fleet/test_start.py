"""What Ray's processes are told, who may reach them, and which process is a fleet's member."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from lenet.cli.main import main
from lenet.errors import BadInput
from lenet.fleet import member, start
from lenet.fleet.member import HEAD, MACHINE, Member
from lenet.home import Home
from tests.helpers.servers import free_port


def shell(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["fleet", *words])
    return result.exit_code, result.output


def test_the_token_has_256_bits_and_is_the_users_alone(home: Home) -> None:
    file = start.make_token(home)
    token = file.read_text()
    assert len(bytes.fromhex(token)) == 32 and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert start.make_token(home).read_text() == token
    start.keep_token(home, f"{'1' * 64}\n")
    assert file.read_text() == "1" * 64 and stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(BadInput, match="no token"):
        start.keep_token(home, "two words")


def test_the_users_own_ray_and_the_shared_database_reach_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("LENET_DATABASE_URL", "postgresql://nowhere")
    monkeypatch.setenv(start.TOKEN_VARIABLE, "secret")
    found = start.environment(home, start.make_token(home), None)
    assert "RAY_ADDRESS" not in found and "LENET_DATABASE_URL" not in found and "secret" not in found.values()
    assert (found["RAY_AUTH_MODE"], found["RAY_USAGE_STATS_ENABLED"]) == ("token", "0")
    assert (found["LENET_HOME"], "RAY_USE_TLS" in found) == (str(home.root), False)


def test_nobody_else_is_let_in_unasked(tmp_path: Path) -> None:
    start.check_exposed("127.0.0.1", None, False)
    start.check_exposed("10.0.0.5", None, True)
    with pytest.raises(BadInput, match="--tls DIR, or say --trusted-network"):
        start.check_exposed("10.0.0.5", None, False)
    for name in ("node.crt", "node.key"):
        (tmp_path / name).touch()
    with pytest.raises(BadInput, match=r"has no ca\.crt"):
        start.check_exposed("10.0.0.5", tmp_path, False)
    (tmp_path / "ca.crt").touch()
    start.check_exposed("10.0.0.5", tmp_path, False)


@pytest.mark.parametrize(("text", "address"), [("box", ("box", 7440)), ("10.0.0.5:81", ("10.0.0.5", 81))])
def test_an_address_is_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert start.parse_address(text) == address


@pytest.mark.parametrize("text", ["", ":81", "box:", "box:x", "box:0", "box:65536"])
def test_what_is_no_address_is_said(text: str) -> None:
    with pytest.raises(BadInput, match="is no address"):
        start.parse_address(text)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("RuntimeError: Version mismatch: The cluster was started with", "another version of Ray or of Python"),
        ("ray.exceptions.AuthenticationError: Invalid token", "refused the token"),
        ("ConnectionError: Ray is trying to start, but is already running", "port is taken"),
        ("Failed to connect to GCS at address 10.0.0.5:7440 within 5 seconds.", "both need --tls"),
        ("Traceback\nValueError: strange.", "Ray did not come up: ValueError: strange."),
        ("", "it said nothing"),
    ],
)
def test_why_ray_did_not_come_up_is_one_sentence(said: str, why: str) -> None:
    found = start.why_not_up(said)
    assert why in found and found.endswith(".") and "\n" not in found


def test_one_process_is_the_member_of_a_data_folder(home: Home) -> None:
    assert member.living(home) is None
    with member.hold(home, Member(HEAD, "127.0.0.1:7440")):
        living = member.living(home)
        assert living is not None and (living.role, living.address) == (HEAD, "127.0.0.1:7440")
        with pytest.raises(BadInput, match="is the head of a fleet already"), member.hold(home, Member(MACHINE, "x:1")):
            pass
        assert "127.0.0.1:7440" in shell("status")[1]
    assert member.living(home) is None
    with pytest.raises(BadInput, match="is in no fleet"):
        member.ask_to_leave(home)


def test_without_ray_a_fleet_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for words in (("start",), ("join", "box")):
        code, said = shell(*words)
        assert code == 2 and "requirements-fleet.txt" in said


def test_what_cannot_begin_is_said_before_anything_is_started(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "check_installed", lambda: None)
    code, said = shell("start", "--address", "10.0.0.5")
    assert code == 2 and "--trusted-network" in said
    code, said = shell("join", f"127.0.0.1:{free_port()}")
    assert code == 2 and "Nobody answers" in said
    monkeypatch.setattr(start, "own_address", lambda host, port: "127.0.0.1")
    for words, why in (((), "needs the fleet's token"), (("--label", "rack"), "is no label")):
        code, said = shell("join", "127.0.0.1", *words)
        assert code == 2 and why in said
    code, said = shell("join", "127.0.0.1", "--token-file", str(home.root / "none"))
    assert code == 2 and "cannot be read" in said
    assert member.known(home) is None


def test_a_machine_without_a_fleet_has_a_token_and_no_part(home: Home) -> None:
    code, said = shell("token")
    assert code == 0 and said.strip() == start.token_file(home).read_text()
    assert "There is no fleet here" in shell("status")[1]
    assert shell("leave")[0] == 2
