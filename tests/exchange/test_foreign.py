"""Files that are no experiment, as people try them: the refusal says what they are and what to do instead."""

from __future__ import annotations

import gzip
import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lenet.analysis.issue7439.answer import TODAY
from lenet.cli.main import main
from lenet.exchange import as_parquet, gather, import_bundle, read_parquet
from lenet.home import Home
from lenet.records import Annotation
from lenet.store import Store, open_store
from tests.helpers import stored

RESULTS: dict[str, Any] = {
    "pyperf": {
        "benchmarks": [{"runs": [{"values": [0.1, 0.2], "metadata": {"date": "2026-01-01"}}]}],
        "metadata": {"name": "train", "perf_version": "2.8"},
        "version": "1.0",
    },
    "hyperfine": {"results": [{"command": "python train.py", "mean": 1.5, "stddev": 0.1, "times": [1.4, 1.6]}]},
    "pytest-benchmark": {
        "machine_info": {"node": "one"}, "commit_info": {"id": "x"}, "version": "5.1.0", "datetime": "2026-01-01",
        "benchmarks": [{"name": "test_train", "stats": {"mean": 1.0}}],
    },
    "Google Benchmark": {"context": {"executable": "./train"}, "benchmarks": [{"name": "BM_train", "real_time": 1.0}]},
    "asv": {"commit_hash": "abc", "env_name": "py3.11", "params": {}, "results": {"time_train": [[1.0]]}, "version": 2},
}  # fmt: skip


def shell(*words: object) -> str:
    """What a command that is refused says."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.output
    return result.stderr


@pytest.fixture
def store(home: Home) -> Any:
    with closing(open_store(home.database_url)) as opened:
        yield opened


@pytest.mark.parametrize("tool", RESULTS)
@pytest.mark.parametrize("name", ["results.json", "results.json.gz", "results.parquet"])
def test_results_of_another_tool(store: Store, tmp_path: Path, tool: str, name: str) -> None:
    file, text = tmp_path / name, json.dumps(RESULTS[tool]).encode()
    file.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    stored.add_race(store, TODAY, 6.0, 4.0)
    said = f"it is a result of {tool}, whose times took no turns with any of ours; race its programs here as variants"
    for words in (("import", file), ("compare", file, 1), ("compare", 1, file)):
        told = shell(*words)
        assert said in told and "`python -m lenet export ID --format parquet`" in told


@pytest.mark.parametrize("form", ["json", "html"])
def test_our_own_figures_and_reports(store: Store, tmp_path: Path, form: str) -> None:
    number = stored.add_race(store, TODAY, 6.0, 4.0)
    file = tmp_path / f"own.{form}"
    CliRunner().invoke(main, ["export", str(number), "--format", form, "--output", str(file)])
    for words in (("import", file), ("compare", number, file)):
        told = shell(*words)
        assert "export the experiment as Parquet (`python -m lenet export ID --format parquet`)" in told
        assert ("JSON" in told) is (form == "json")


@pytest.mark.parametrize(
    "content",
    [b"", b"text", b"{}", b"[]", b'{"results": 3}', b'{"results": []}', b'{"benchmarks": {}, "version": 1}',
     b"[" * 100_000, b"\x1f\x8bnot gzip", gzip.compress(b"[1]", mtime=0)[:-3], b"\xff\xfe"],
)  # fmt: skip
def test_what_nobody_knows_is_still_one_sentence(store: Store, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "any.json"
    file.write_bytes(content)
    assert "cannot be imported: it is not a Parquet file, or a damaged one." in shell("import", file)
    stored.add_race(store, TODAY, 6.0, 4.0)
    assert "is not a file of `python -m lenet export ID --format parquet`" in shell("compare", 1, file)


# Text that turns around


@pytest.mark.parametrize("character", ["\u202e", "\u202b", "\u2066", "\u2069"])
def test_imported_text_does_not_turn_the_rest_of_a_line_around(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, character: str
) -> None:
    odd = f"a{character}b"
    number = stored.add_race(store, TODAY, 6.0, 4.0, machine={**stored.MACHINE, "cpu": odd, "host": odd})
    store.annotate(number, Annotation(odd, f"One\n{odd}", (odd,)))
    # As a program writes it that leaves such characters as they are.
    monkeypatch.setattr("lenet.exchange.document.TURNING", re.compile("(?!)"))
    content = as_parquet(gather(store, number))
    monkeypatch.undo()
    assert json.dumps(character)[1:-1].encode() in content
    (tmp_path / "odd.parquet").write_bytes(content)
    with closing(open_store(tmp_path / "there.db")) as there:
        arrived = import_bundle(there, read_parquet(tmp_path / "odd.parquet"))
        note, machine = there.annotation(arrived), there.experiment(arrived).machine
    assert (note.title, note.note, note.tags) == ("a\ufffdb", "One\na\ufffdb", ("a\ufffdb",))
    assert (machine["cpu"], machine["host"]) == ("a\ufffdb", "a\ufffdb")
