"""deploy/nginx.conf in front of the real app, under its sub-path, with TLS. Needs nginx and openssl."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from lenet.exchange import parquet
from tests.helpers.places import ROOT
from tests.pages import test_browser
from tests.pages.test_browser import browser

__all__ = ["browser"]

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
FILE = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
ENTRY = "hosted.py" if (ROOT / "hosted.py").exists() else "app.py"
COOKIES = 20_000
"""Bytes of cookies that a token with 300 groups makes, and other programs of the same host."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(NGINX is None or shutil.which("openssl") is None, reason="no nginx, or no openssl, here"),
]


@dataclass(frozen=True)
class Proxy:
    """The proxy in front of the app, as a browser finds it."""

    port: int
    trusting: ssl.SSLContext

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the answer."""
        with closing(
            http.client.HTTPSConnection("localhost", self.port, timeout=60, context=self.trusting)
        ) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def socket(self, origin: str, **headers: str) -> ClientConnection:
        """The socket of a page. Raises InvalidStatus where it is refused."""
        address = f"wss://localhost:{self.port}/lenet/_stcore/stream"
        return connect(
            address, ssl=self.trusting, origin=origin, subprotocols=["streamlit"], additional_headers=headers,
            open_timeout=60,
        )  # fmt: skip


def free_ports(number: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def moved(text: str, root: Path, port: int, app: int) -> str:
    """The file with the places that are marked as yours; each of them has to be there."""
    for ours, theirs in (
        (" /tmp/", f" {root}/"),
        ("server app:8501;", f"server 127.0.0.1:{app};"),
        ("listen 8443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/nginx/tls/", f"{root}/"),
    ):
        assert ours in text
        text = text.replace(ours, theirs)
    return text


def certificate(root: Path) -> None:
    """A key and a certificate for localhost, signed by itself."""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


@contextmanager
def started(command: list[str], log: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdout=file, stderr=file)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """nginx with our file, in front of the app as compose.yaml starts it."""
    root = tmp_path_factory.mktemp("proxy")
    port, app = free_ports(2)
    certificate(root)
    (root / "nginx.conf").write_text(moved(FILE, root, port, app))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LENET_")} | {
        "LENET_MODE": "hosted",
        "LENET_AUTH": "off",
        "LENET_PUBLIC_URL": f"https://localhost:{port}/lenet",
        "LENET_SECRET": "only-for-this-test-and-long-enough-for-it",
        "LENET_HOME": str(root / "home"),
        "LENET_LOCK": str(root / "lock"),
        "STREAMLIT_SERVER_BASE_URL_PATH": "lenet",
        "FORWARDED_ALLOW_IPS": "*",
        "WEBSOCKETS_MAX_LINE_LENGTH": line_length(),
    }
    streamlit = [sys.executable, "-m", "streamlit", "run", ENTRY, f"--server.port={app}", "--server.address=127.0.0.1"]
    # Workers of a master that is root would be nobody, who may not write to this test's folder.
    whose = "daemon off; user root;" if os.geteuid() == 0 else "daemon off;"
    nginx = [str(NGINX), "-c", str(root / "nginx.conf"), "-g", whose]
    with (
        started(streamlit, root / "app.log", environment) as process,
        started(nginx, root / "nginx.log", environment) as server,
    ):
        test_browser._wait_until_up(f"http://127.0.0.1:{app}/lenet/_stcore/health", process)
        assert server.poll() is None, (root / "nginx.log").read_text()
        yield Proxy(port, ssl.create_default_context(cafile=str(root / "cert.pem")))
    assert "Traceback" not in (root / "app.log").read_text(errors="replace")


def line_length() -> str:
    """What Containerfile allows a header of a socket."""
    found = re.search(r"WEBSOCKETS_MAX_LINE_LENGTH=(\d+)", (ROOT / "Containerfile").read_text(encoding="utf-8"))
    assert found
    return found[1]


def test_a_page_is_answered_compressed(proxy: Proxy) -> None:
    status, headers, body = proxy.ask("/lenet/", **{"Accept-Encoding": "gzip"})
    assert status == 200 and headers["content-encoding"] == "gzip" and body


def test_what_is_not_below_the_path_is_not_there(proxy: Proxy) -> None:
    assert {proxy.ask(path)[0] for path in ("/", "/lenetx/", "/_stcore/health", "/lenet/_stcore/metrics")} == {404}
    status, headers, _ = proxy.ask("/lenet?experiment=7")
    assert status == 308 and headers["location"].endswith("/lenet/?experiment=7")


def test_the_socket_of_a_page_opens(proxy: Proxy) -> None:
    with proxy.socket(proxy.origin) as opened:
        assert opened.subprotocol == "streamlit"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example", "null"])
def test_a_socket_of_a_page_of_elsewhere_does_not(proxy: Proxy, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused, proxy.socket(origin):
        pass
    assert refused.value.response.status_code == 403


def test_many_cookies_reach_page_and_socket(proxy: Proxy) -> None:
    cookie = "other_program=" + "x" * COOKIES
    assert proxy.ask("/lenet/", Cookie=cookie)[0] == 200
    with proxy.socket(proxy.origin, Cookie=cookie) as opened:
        assert opened.subprotocol == "streamlit"


def test_a_body_that_no_page_sends_stops_at_the_proxy(proxy: Proxy) -> None:
    path = "/lenet/_stcore/upload_file/nobody/1"
    sizes = ((limits()["page"] + 1) * 1024**2, 1024)
    stopped, passed_on = (proxy.ask(path, "PUT", bytes(size), Origin=proxy.origin) for size in sizes)
    assert stopped[0] == 413 and b"nginx" in stopped[2]
    assert b"nginx" not in passed_on[2]


@pytest.mark.skipif(test_browser.CHROMIUM is None, reason="no Chromium on this machine")
def test_a_deep_link_opens_its_page(proxy: Proxy, browser) -> None:  # type: ignore[no-untyped-def]
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.set_default_timeout(test_browser.PATIENCE)
    page.goto(f"{proxy.origin}/lenet/history?tag=mine")
    page.get_by_role("heading", level=1, name="History").wait_for()
    assert page.url == f"{proxy.origin}/lenet/history?tag=mine"
    context.close()


def limits() -> dict[str, int]:
    """How many MiB of a body the file lets through: for a page, and for a program with a token."""
    page, program = (int(size) for size in re.findall(r"client_max_body_size (\d+)m;", FILE))
    return {"page": page, "program": program}


def test_limits_of_bodies_agree_with_those_of_the_program() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["maxUploadSize"] < limits()["page"] <= config["server"]["maxUploadSize"] + 1
    assert limits()["program"] * 1024**2 == parquet.FILE_BYTES
