"""Start what compose.yaml describes and try it as a user and as an accident would; one line per thing
seen, exit status 1 at the first that is wrong. deploy/container-test.sh calls it.

ENGINE: the words that call podman or docker. ENGINE_RUN: what this machine's `run` needs besides.
ENGINE_OMITS: options that it does not have. LENET_IMAGE, PROXY_IMAGE, POSTGRES_IMAGE: as in
compose.yaml. WORK: a folder that the engine sees too. PICTURE: where the screenshot goes.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import compose
from playwright.sync_api import Browser, Error, Page, sync_playwright

ROOT = Path(__file__).parents[1]
ENGINE = shlex.split(os.environ["ENGINE"])
ENGINE_RUN = shlex.split(os.environ.get("ENGINE_RUN", ""))
ENGINE_OMITS = tuple(shlex.split(os.environ.get("ENGINE_OMITS", "")))
WORK = Path(os.environ["WORK"])
PICTURE = Path(os.environ["PICTURE"])
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
NETWORK = "lenet-bench-test"
PORT = 8443
ADDRESS = f"https://localhost:{PORT}/lenet"
PATIENCE = 120.0
"""Seconds until something that should happen counts as not happening, on a slow machine."""
RECOVERY = 60.0
"""Seconds within which what a dead runner left must be recovered: what docs/hosting.md promises."""
ALLOWED = ("/data", "/tmp", "/run", "/var/run", "/dev", "/proc", "/sys", "/etc")
"""Where a container differs from its image: what the engine mounts, and its own files in /etc."""

ASK = """
import json, sys
from lenet.bench.queue import Queue
from lenet.home import open_home
from lenet.hosting import config
from lenet.hosting.desk import Desk
from lenet.records import Request
from lenet.settings import Settings
settings = Settings.parse(json.loads(sys.argv[1]))
print(Desk(Queue(open_home()), config.read(), via="shell").submit(Request(("numpy_reference",), settings)))
"""
TELL = """
import json, sys
from lenet.home import open_home
from lenet.store import open_store
store = open_store(open_home().database_url)
one = store.experiment(int(sys.argv[1]))
runs = store.runs(one.id)
batches = sum(len(store.batches(run.id)) for run in runs if run.status != "running")
print(json.dumps({"status": one.status, "owner": one.owner, "runs": [run.status for run in runs], "batches": batches}))
"""


def engine(*words: str, check: bool = True) -> str:
    """What the container engine prints. Raises AssertionError with its complaint."""
    done = subprocess.run([*ENGINE, *words], capture_output=True, text=True, timeout=300)
    assert not check or done.returncode == 0, f"{' '.join(words)[:300]}: {done.stderr or done.stdout}"
    return done.stdout.strip()


def inside(name: str, *words: str, check: bool = True) -> str:
    """What a command prints in a container."""
    return engine("exec", name, *words, check=check)


def saw(what: str) -> None:
    """Say what was checked, with the seconds since the start."""
    print(f"{time.monotonic() - STARTED:6.1f} s  {what}", flush=True)


def until(what: str, true: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait for something, and return it. Raises AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        time.sleep(3)  # a look takes the processor from the race
    return found


class Services:
    """The services of compose.yaml, as containers."""

    def __init__(self, project: Path, variables: dict[str, str]) -> None:
        self.project = project
        self.described = compose.read(project / "compose.yaml", variables)["services"]

    def start(self, name: str) -> None:
        """Start a service, anew where it is there already, as `compose up` does."""
        engine("rm", "--force", name, check=False)
        words = compose.command(name, self.described[name], self.project, NETWORK)
        words = [word for word in words if not word.startswith(ENGINE_OMITS)] if ENGINE_OMITS else words
        engine("run", "--detach", *ENGINE_RUN, *words)

    def stop(self, name: str) -> int:
        """End a service politely within the time that compose.yaml gives it; its exit status."""
        seconds = self.described[name]["stop_grace_period"].removesuffix("s")
        engine("stop", f"--time={seconds}", name)
        return int(engine("inspect", "--format={{.State.ExitCode}}", name))

    def tell(self) -> None:
        """Print what the services logged, for whoever looks for a fault."""
        for name in self.described:
            print(f"--- {name}", file=sys.stderr, flush=True)
            subprocess.run([*ENGINE, "logs", "--tail=40", name], stdout=sys.stderr)

    def remove(self) -> None:
        """Remove all containers, volumes and the network."""
        for name in self.described:
            engine("rm", "--force", "--volumes", name, check=False)
        for volume in ("data", "database"):
            engine("volume", "rm", f"{NETWORK}_{volume}", check=False)
        engine("network", "rm", NETWORK, check=False)


def laid_out(variables: dict[str, str]) -> Path:
    """A folder with compose.yaml, .env, the proxy's file, and a certificate for localhost."""
    project = WORK / "project"
    tls = project / "deploy" / "tls"
    tls.mkdir(parents=True)
    shutil.copy(ROOT / "compose.yaml", project)
    (project / ".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    shutil.copy(ROOT / "deploy" / "nginx.conf", project / "deploy")
    shutil.copy(ROOT / "deploy" / "sign-in.example.toml", project / "deploy" / "sign-in.toml")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=tls, check=True, capture_output=True)
    # Who is not root can give the key to nobody; it lives as long as this test.
    (tls / "key.pem").chmod(0o400 if os.geteuid() == 0 else 0o444)
    if os.geteuid() == 0:
        for path in (tls, *tls.iterdir()):
            shutil.chown(path, 10001, 10001)
    return project


def variables() -> dict[str, str]:
    """What .env would hold. Nobody signs in here: a provider of identities has tests of its own."""
    cores = sorted(os.sched_getaffinity(0))
    return {
        **{name: os.environ[name] for name in ("LENET_IMAGE", "PROXY_IMAGE", "POSTGRES_IMAGE") if os.environ.get(name)},
        "LENET_AUTH": "off",
        "LENET_PUBLIC_URL": ADDRESS,
        "LENET_SECRET": secrets.token_urlsafe(48),
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        "OTHER_CPUS": str(cores[0]),
        "RUNNER_CPUS": str(cores[-1]),
        "PUBLISH": f"127.0.0.1:{PORT}",
    }


@contextmanager
def running() -> Iterator[Services]:
    """All services, started in their order and removed at the end."""
    filled_in = variables()
    services = Services(laid_out(filled_in), filled_in)
    services.remove()
    engine("network", "create", NETWORK)
    try:
        services.start("db")
        check = services.described["db"]["healthcheck"]["test"][1:]
        until("PostgreSQL", lambda: "accepting" in inside("db", *check, check=False))
        saw("PostgreSQL accepts connections")
        for name in ("app", "runner", "proxy"):
            services.start(name)
        until("the app's health", healthy)
        saw("app, runner and proxy run, and the app's health check is green")
        yield services
    except BaseException:
        services.tell()
        raise
    finally:
        services.remove()


def healthy() -> bool:
    """Whether the health check of the image is green."""
    done = subprocess.run([*ENGINE, "exec", "app", "python", "deploy/health.py"], capture_output=True, text=True)
    return done.returncode == 0


def ask(**settings: Any) -> int:
    """Queue a race in the app's container; its number."""
    return int(inside("app", "python", "-c", ASK, json.dumps({"threads": 1, **settings})))


def finished(number: int) -> bool:
    """Whether a race has come to its end. Raises AssertionError where it came to another."""
    status = told(number)["status"]
    assert status in ("queued", "running", "finished"), f"experiment {number} is {told(number)}"
    return bool(status == "finished")


def told(number: int) -> dict[str, Any]:
    """Status, owner, runs and stored batches of an experiment. A look that fails is taken again: for
    a moment after a container ends, an engine may know no names."""
    look = ("app", "python", "-c", TELL, str(number))
    return dict(json.loads(until("a look at the database", lambda: inside(*look, check=False))))


def status_of(path: str, **headers: str) -> int:
    """The status with which the proxy answers."""
    trusting = ssl.create_default_context(cafile=str(WORK / "project" / "deploy" / "tls" / "cert.pem"))
    request = urllib.request.Request(f"https://localhost:{PORT}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60, context=trusting) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def check_bounds() -> None:
    """Who they are, what they may write, and who listens."""
    for name in ("app", "runner"):
        assert inside(name, "id", "-u") == "10001"
        refused = inside(name, "sh", "-c", "touch /app/x /venv/x /x 2>&1", check=False)
        assert refused.count("Read-only") == 3, refused
    inside("app", "sh", "-c", "touch /data/x /tmp/x && rm /data/x /tmp/x")
    saw("app and runner are user 10001 on a root that is read-only; /data and /tmp can be written")
    held = {*inside("app", "ls", "-A", "/app").split(), *inside("app", "ls", "-A", "/app/.streamlit").split()}
    assert {name for name in held if name.startswith(".")} == {".streamlit"} and "secrets.toml" not in held, held
    saw("the image holds no hidden file, no history and no secret of the folder that it was built in")
    published = engine("ps", "--format={{.Names}} {{.Ports}}")
    assert [line.split()[0] for line in published.splitlines() if "->" in line] == ["proxy"], published
    if os.environ.get("OWN_NETWORK"):
        lines = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=True).stdout.split("\n")
        listening = {line.split()[3] for line in lines if line}
        assert all(one.endswith((f":{PORT}", ":53")) for one in listening), listening
    saw(f"nothing listens on this machine but the proxy, at port {PORT}")


def check_proxy() -> None:
    """What the proxy passes on, and what not."""
    assert status_of("/lenet/") == status_of("/lenet/history?experiment=7") == 200
    assert status_of("/lenet/_stcore/metrics") == status_of("/") == status_of("/other") == 404
    assert status_of("/lenet/", Cookie="a=" + "x" * 20_000) == 200
    saw("the proxy answers below /lenet only, with 20 kB of cookies too, and keeps the server's metrics inside")


def check_left(name: str) -> None:
    """Nothing of the image has changed."""
    changed = [line.split(maxsplit=1)[1] for line in engine("diff", name).splitlines()]
    outside = [path for path in changed if not (path == "/" or path.startswith(ALLOWED))]
    assert not outside, f"{name} wrote to {outside}"


def open_page(browser: Browser, path: str) -> Page:
    """A page of the app through the proxy."""
    page = browser.new_context(ignore_https_errors=True, viewport={"width": 1440, "height": 1000}).new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(ADDRESS + path)
    page.get_by_role("heading", level=1).wait_for()
    return page


def check_race(browser: Browser) -> None:
    """A race asked for in the page runs in the runner and ends; its result is seen."""
    first = ask(rounds=1, images_per_epoch=3200)
    until("the first race", lambda: finished(first))
    page = open_page(browser, f"/?again={first}")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**experiment=*")
    number = int(page.url.partition("experiment=")[2].partition("&")[0])
    assert number != first
    until("the race of the page", lambda: finished(number))
    assert told(number)["owner"].startswith("runner:"), told(number)
    page.get_by_role("button", name="Race something else").wait_for()
    page.close()
    saw(f"a race that was started in the page ran in the runner and finished ({told(number)['batches']} batches)")
    page = open_page(browser, f"/results?experiment={number}")
    page.locator(".js-plotly-plot").first.wait_for()
    page.wait_for_timeout(2000)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURE)
    page.close()
    saw("its result is drawn in a browser, through the proxy, by its own address")


def check_killed_runner(services: Services) -> None:
    """A runner that is killed loses no batch; the next one goes on with what waits."""
    long, waiting = ask(rounds=100, images_per_epoch=3200), ask(rounds=1, images_per_epoch=3200)
    until("a round of the long race", lambda: "finished" in told(long)["runs"])
    assert told(long)["status"] == "running"
    engine("kill", "--signal=KILL", "runner")
    killed = time.monotonic()
    assert healthy()
    services.start("runner")
    until("its end as interrupted", lambda: told(long)["status"] == "interrupted", RECOVERY)
    seconds = time.monotonic() - killed
    assert healthy() and told(long)["batches"] >= 100, told(long)
    saw(f"a runner was killed in a race: {seconds:.0f} s later it is interrupted, with {told(long)['batches']} batches")
    until("the race that waited", lambda: finished(waiting))
    saw("the race that waited meanwhile was raced by the new runner")


def check_polite_end(services: Services) -> None:
    """A new app does not touch a race; both end politely in time."""
    number = ask(rounds=100, images_per_epoch=3200)
    until("its start", lambda: told(number)["status"] == "running")
    services.stop("app")
    services.start("app")
    until("the new app's health", healthy)
    services.start("proxy")
    assert told(number)["status"] == "running" and status_of("/lenet/") == 200
    saw("the app was made anew during a race, which went on")
    code = services.stop("runner")
    assert code in (0, 143), f"the runner ended with {code}"
    assert told(number)["status"] == "interrupted"
    saw("the runner was stopped politely: its race is interrupted, and it ended in time")


def main() -> None:
    """All checks, on services that are removed at the end."""
    with running() as services, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        check_bounds()
        check_proxy()
        check_race(browser)
        check_killed_runner(services)
        for name in ("app", "runner", "proxy"):
            check_left(name)
        saw("nothing was written but to /data and /tmp")
        check_polite_end(services)


STARTED = time.monotonic()
if __name__ == "__main__":
    try:
        main()
    except (AssertionError, Error) as error:
        sys.exit(f"container-test: {error}")
