"""The gate by itself, with a program behind it that lets everything in and notes it."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import quote

import pytest

from lenet.hosting import addresses, sign_in
from lenet.hosting.config import Hosting
from lenet.hosting.guard import PER_ADDRESS, PER_USER, Behind, Guard
from lenet.hosting.uploads import FILES, ROOM

MIB = 1024**2
PUBLIC = "https://bench.example.org"
ADA = {"is_logged_in": True, "email": "ada@example.org", "groups": ["runners"]}
VI = {"is_logged_in": True, "email": "vi@example.org"}
LOCAL = Hosting()


def team(auth: str = "required", path: str = "/lenet") -> Hosting:
    return Hosting("hosted", auth, f"{PUBLIC}{path}", "s" * 32, runners=("runners",))


class Program:
    """What stands behind the gate: every session holds `files`, and cookies name their user."""

    def __init__(self, hosting: Hosting, listening: str = "127.0.0.1", named: str = "") -> None:
        self.reached: list[str] = []
        self.got: list[bytes] = []
        self.files: dict[str, list[int]] = {"mine": [], "other": []}
        self.answer: list[tuple[bytes, bytes]] = []
        self.status, self.hold = 200, False
        self.guard = Guard(self, hosting, addresses.of(hosting, listening, named), self.behind())
        self.let_go = asyncio.Event()

    def behind(self) -> Behind:
        def claims(cookies: Any) -> Any:
            user = {"ada": ADA, "vi": VI}.get(cookies.get("user", ""), {})
            return {**user, "iat": time.time() - float(cookies.get("age", "0"))}

        def held(session: str) -> Any:
            everything = sum(map(sum, self.files.values()))
            return (len(self.files[session]), everything) if session in self.files else None

        return Behind(
            claims, lambda data: data.decode(), held, lambda: "/lenet/auth/login?provider=x",
            lambda cookies: [f"small={len(cookies)}"], 5 * MIB,
        )  # fmt: skip

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached.append(scope["path"])
        if scope["type"] == "websocket":
            while (message := await receive())["type"] != "websocket.disconnect":
                if "bytes" in message:
                    self.got.append(message["bytes"])
            return
        if scope["method"] == "PUT":
            _, _, where = scope["path"].partition("/upload_file/")
            length = int(dict(scope["headers"])[b"content-length"])
            if self.hold:
                await self.let_go.wait()
            self.files[where.partition("/")[0]].append(length)
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.answer)})
        await send({"type": "http.response.body", "body": b"in"})


def heads(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().replace("_", "-").encode(), value.encode()) for name, value in headers.items() if value]


async def asked(program: Program, path: str, method: str = "GET", query: str = "", **headers: str) -> Any:
    """Status, headers as a list, and body."""
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": heads(headers),
        "client": ("192.0.2.1", 5),
    }  # fmt: skip
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await program.guard(scope, None, send)  # type: ignore[arg-type]
    named = [(name.decode().lower(), value.decode()) for name, value in sent[0]["headers"]]
    return sent[0]["status"], named, sent[1]["body"].decode()


def ask(program: Program, path: str, method: str = "GET", query: str = "", **headers: str) -> Any:
    return asyncio.run(asked(program, path, method, query, **headers))


async def open_socket(program: Program, messages: list[Any], client: str = "192.0.2.1", **headers: str) -> bool:
    """Whether a socket came in, on which these messages arrive; afterwards the page is closed."""
    scope = {"type": "websocket", "path": "/lenet/_stcore/stream", "headers": heads(headers), "client": (client, 5)}
    incoming = [*messages, {"type": "websocket.disconnect"}]
    sent: list[Any] = []

    async def receive() -> Any:
        message = incoming.pop(0)
        if isinstance(message, asyncio.Event):
            await message.wait()
            return await receive()
        return message

    async def send(message: Any) -> None:
        sent.append(message)

    await program.guard(scope, receive, send)
    return not sent


def message(kind: str) -> Any:
    return {"type": "websocket.receive", "bytes": kind.encode()}


HOST = "bench.example.org"


# Whom it answers to


@pytest.mark.parametrize(
    ("listening", "host", "known"),
    [
        ("127.0.0.1", "localhost:8501", True), ("127.0.0.1", "127.0.0.1:8501", True), ("127.0.0.1", "[::1]:8501", True),
        ("127.0.0.1", "LOCALHOST:8501", True), ("127.0.0.1", "localhost.:8501", True),
        ("127.0.0.1", "rebind.example.com:8501", False), ("127.0.0.1", "localhost.example.com", False),
        ("127.0.0.1", "192.168.1.5:8501", False), ("127.0.0.1", "", False), ("127.0.0.1", "[", False),
        ("0.0.0.0", "192.168.1.5:8501", True), ("0.0.0.0", "rebind.example.com:8501", False),
        ("192.168.1.5", "192.168.1.5:8501", True), ("192.168.1.5", "192.168.1.6:8501", False),
        ("127.0.0.1", "bench.lan", True),
    ],
)  # fmt: skip
def test_a_laptop_answers_to_its_own_names(listening: str, host: str, known: bool) -> None:
    program = Program(LOCAL, listening, named="bench.lan")
    status, _, body = ask(program, "/", host=host)
    assert (status == 200) == known, body
    assert bool(program.reached) == known


def test_a_probe_may_use_whatever_name_it_has() -> None:
    assert ask(Program(team()), "/lenet/_stcore/health", host="app:8501")[0] == 200
    assert ask(Program(team()), "/lenet/results", host="app:8501")[0] == 403


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:8501"])
def test_on_a_laptop_only_a_page_of_this_very_server_acts(host: str) -> None:
    program = Program(LOCAL)
    origins = {
        f"http://{host}": True, "http://localhost:9999": False, "http://evil.example": False, "null": False,
        f"http://{host}.evil.example": False, f"ftp://{host}": False, "": False,
    }  # fmt: skip
    for origin, own in origins.items():
        assert asyncio.run(open_socket(program, [], host=host, origin=origin)) is own, origin
        changed = ask(program, "/_stcore/upload_file/mine/f", "DELETE", host=host, origin=origin)[0]
        assert (changed == 200) is own, origin


def test_a_hosted_one_takes_its_public_address_only() -> None:
    program = Program(team("off"))
    for origin, own in {PUBLIC: True, "http://bench.example.org": False, f"{PUBLIC}:8443": False, "": False}.items():
        assert asyncio.run(open_socket(program, [], host=HOST, origin=origin)) is own, origin
    assert not asyncio.run(open_socket(program, [], host="evil.example", origin=PUBLIC))


def test_a_foreign_page_may_not_even_read() -> None:
    program = Program(LOCAL)
    status, _, body = ask(program, "/_stcore/health", host="localhost:8501", origin="http://evil.example")
    assert (status, program.reached) == (403, []) and body.endswith(".")


def test_a_program_with_a_token_needs_no_origin() -> None:
    program = Program(team())
    assert ask(program, "/lenet/api/v1/experiments", "POST", host=HOST, authorization="Bearer x")[0] == 200
    assert ask(program, "/lenet/api/v1/experiments", "POST", host=HOST)[0] == 403
    foreign = {"host": HOST, "authorization": "Bearer x", "origin": "https://evil.example"}
    assert ask(program, "/lenet/api/v1/experiments", "POST", **foreign)[0] == 403


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/interact", "/lenet/_stcore/metrics"])
def test_what_is_closed_is_not_there(path: str) -> None:
    program = Program(team("off"))
    assert ask(program, path, host=HOST)[0] == 404 and not program.reached


# Messages


def test_only_what_a_page_sends_gets_through() -> None:
    program = Program(LOCAL)
    kinds = [
        "rerun_script", "clear_cache", "load_git_info", "set_run_on_save", "debug_shutdown_runtime", "stop_script", "",
        "file_urls_request", "app_heartbeat",
    ]  # fmt: skip
    text = {"type": "websocket.receive", "text": "rerun_script"}
    host = {"host": "localhost:1", "origin": "http://localhost:1"}
    assert asyncio.run(open_socket(program, [*map(message, kinds), text], **host))
    assert program.got == [b"rerun_script", b"stop_script", b"file_urls_request", b"app_heartbeat"]


# Sockets


@pytest.mark.parametrize(("cookie", "most"), [("user=vi", PER_USER), ("", PER_ADDRESS)])
def test_so_many_sockets_and_no_more(cookie: str, most: int) -> None:
    program = Program(team("optional"))
    mine = {"host": HOST, "origin": PUBLIC, "cookie": cookie}

    async def run() -> list[bool]:
        closed = asyncio.Event()
        opened = [asyncio.create_task(open_socket(program, [closed], **mine)) for _ in range(most)]
        await asyncio.sleep(0.1)
        refused = await open_socket(program, [], **mine)
        other = await open_socket(program, [], client="192.0.2.2", host=HOST, origin=PUBLIC)
        closed.set()
        await asyncio.gather(*opened)
        return [refused, other, await open_socket(program, [], **mine)]

    assert asyncio.run(run()) == [False, True, True]


# Signing in


@pytest.mark.parametrize(
    ("cookie", "in_"), [("", False), ("user=vi", True), ("user=vi; age=43000", True), ("user=vi; age=43300", False)]
)
def test_where_signing_in_is_required_nothing_goes_without(cookie: str, in_: bool) -> None:
    program = Program(team())
    mine = {"host": HOST, "cookie": cookie}
    page = ask(program, "/lenet/results", query="experiment=5", accept="text/html,*/*", **mine)
    assert (page[0] == 200) == in_ and ("Sign in" in page[2]) != in_
    assert (ask(program, "/lenet/media/x.json", **mine)[0] == 200) == in_
    assert asyncio.run(open_socket(program, [], origin=PUBLIC, **mine)) is in_
    for path in ("/lenet/_stcore/health", "/lenet/auth/login", "/lenet/oauth2callback", "/lenet/api/v1/experiments/5"):
        assert ask(program, path, **mine)[0] == 200


def cookie(headers: Any, name: str) -> str:
    return next((value for head, value in headers if head == "set-cookie" and value.startswith(f"{name}=")), "")


def test_the_page_that_was_asked_for_is_remembered_and_shown_after_signing_in() -> None:
    program = Program(team())
    _, headers, _ = ask(program, "/lenet/results", query="experiment=5&left=a%26b", accept="text/html", host=HOST)
    kept = cookie(headers, sign_in.COOKIE)
    assert "HttpOnly" in kept and "SameSite=Lax" in kept and "Secure" in kept and "Max-Age=600" in kept
    program.status, program.answer = (
        302,
        [(b"location", b"/lenet/"), (b"set-cookie", b"_streamlit_user=abc; Path=/lenet")],
    )
    back = {"host": HOST, "cookie": kept.partition(";")[0]}
    _, headers, _ = ask(program, "/lenet/oauth2callback", **back)
    assert dict(headers)["location"] == f"{PUBLIC}/lenet/results?experiment=5&left=a%26b"
    assert cookie(headers, "small") == "small=1; Secure" and "Max-Age=0" in cookie(headers, sign_in.COOKIE)


def test_a_sign_in_that_failed_leads_nowhere() -> None:
    program = Program(team())
    program.status, program.answer = 302, [(b"location", b"/lenet/"), (b"set-cookie", b'_streamlit_user=""; Max-Age=0')]
    _, headers, _ = ask(program, "/lenet/oauth2callback", host=HOST, cookie=f"{sign_in.COOKIE}=/lenet/results")
    assert dict(headers)["location"] == "/lenet/"


def test_the_button_of_a_page_remembers_it_too() -> None:
    program = Program(team("optional"))
    for referer, kept in {f"{PUBLIC}/lenet/results?experiment=5": True, "https://evil.example/lenet/x": False}.items():
        _, headers, _ = ask(program, "/lenet/auth/login", host=HOST, referer=referer)
        assert bool(cookie(headers, sign_in.COOKIE)) is kept


@pytest.mark.parametrize(
    "value",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "/other", "javascript:alert(1)", "/lenet",
        "/lenet/%0d%0aSet-Cookie: a=b", "/lenet/" + "x" * 3000, "", "@evil.example", "\u0000/lenet/",
    ],
)  # fmt: skip
def test_a_way_back_never_leads_off_this_server(value: str) -> None:
    for base in ("/lenet", ""):
        back = sign_in.back({sign_in.COOKIE: quote(value, safe="")}, PUBLIC, base)
        assert back == "" or back.startswith(f"{PUBLIC}/"), back
        assert back.isprintable() and "evil.example" not in back.partition("?")[0].removeprefix(PUBLIC)[:14]


# Uploads


def put(program: Program, session: str, size: int, **headers: str) -> int:
    path = f"/lenet/_stcore/upload_file/{session}/f"
    status: int = ask(program, path, "PUT", host=HOST, origin=PUBLIC, content_length=str(size), **headers)[0]
    return status


def test_a_file_needs_a_session_a_runner_and_a_size() -> None:
    program = Program(team("optional"))
    ada = {"cookie": "user=ada"}
    assert put(program, "mine", MIB, **ada) == 200
    assert put(program, "nobodys", MIB, **ada) == 413
    assert put(program, "mine", 6 * MIB, **ada) == 413
    for stranger in ("", "user=vi"):
        assert put(program, "mine", MIB, cookie=stranger) == 403
    path = "/lenet/_stcore/upload_file/mine/f"
    assert ask(program, path, "PUT", host=HOST, origin=PUBLIC, **ada)[0] == 413
    assert program.files == {"mine": [MIB], "other": []}


def test_a_session_holds_few_files_and_all_hold_little() -> None:
    program = Program(team("off"))
    assert [put(program, "mine", 5 * MIB) for _ in range(FILES + 2)] == [200] * FILES + [413] * 2
    program.files["gone"] = [5 * MIB] * (ROOM // (5 * MIB) - FILES - 1)  # its page is closed, and Streamlit keeps it
    assert [put(program, "other", 5 * MIB) for _ in range(3)] == [200, 413, 413]


def test_files_that_are_just_arriving_count() -> None:
    program = Program(team("off"))

    async def run() -> list[int]:
        program.hold, program.let_go = True, asyncio.Event()
        path, sizes = "/lenet/_stcore/upload_file/mine/f", {"content_length": str(MIB)}
        sent = [asyncio.create_task(asked(program, path, "PUT", host=HOST, origin=PUBLIC, **sizes)) for _ in range(9)]
        await asyncio.sleep(0.05)
        program.let_go.set()
        return sorted(one[0] for one in await asyncio.gather(*sent))

    assert asyncio.run(run()) == [200] * FILES + [413] * (9 - FILES)


# Answers


def test_every_answer_protects_its_page_and_an_embedded_one_says_itself_who_may_have_it() -> None:
    program = Program(team("off"))
    for path in ("/lenet/results", "/lenet/_stcore/metrics"):
        headers = dict(ask(program, path, host=HOST)[1])
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("SAMEORIGIN", "nosniff")
        assert headers["referrer-policy"] == "same-origin" and "camera=()" in headers["permissions-policy"]
    program.answer = [(b"content-security-policy", b"frame-ancestors *")]
    headers = dict(ask(program, "/lenet/embed/5.html", host=HOST)[1])
    assert headers["content-security-policy"] == "frame-ancestors *" and "x-frame-options" not in headers
