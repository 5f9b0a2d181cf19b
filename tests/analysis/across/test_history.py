"""The history from stored experiments: figures, trends, what changed, and the same from the shell to the digit."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from click.testing import CliRunner

from lenet.analysis import report
from lenet.analysis.across import figures, filter_text, history, provenance
from lenet.analysis.issue7439.answer import TODAY
from lenet.charts import trend as charts
from lenet.cli.main import main
from lenet.errors import BadInput
from lenet.records import Annotation, Filter, Request
from lenet.settings import Settings
from lenet.views import trend as views
from tests.helpers import stored
from tests.helpers.golden import page

VARIANTS = ("tensorflow_function", "keras_fit")
SETTINGS = Settings.parse({"images_per_epoch": 32 * stored.BATCHES, "rounds": 2, "threads": 1})
OLD, NEW = {"tensorflow": "2.20.0", "keras": "3.14.0"}, {"tensorflow": "2.21.0", "keras": "3.14.0"}
BEFORE, AFTER = 10, 7
KERAS = Filter(variant="keras_fit")


@pytest.fixture
def shell():
    return lambda *arguments, **options: CliRunner().invoke(main, list(arguments), **options)


def add(store, keras=6.0, *, settings=SETTINGS, variants=VARIANTS, **values):
    return stored.add(store, Request(variants, settings), {"tensorflow_function": 4.0, "keras_fit": keras}, **values)


def add_regression(store, planted=1.05):
    """A series whose time grows when a version changes; its experiments' numbers."""
    generator = np.random.default_rng(7439)

    def ms(level):
        return 6.0 * level * math.exp(generator.normal(0, 0.006))

    before = [add(store, ms(1.0), packages=OLD) for _ in range(BEFORE)]
    return before + [add(store, ms(planted), packages=NEW) for _ in range(AFTER)]


def only(store, asked=KERAS):
    figures.fill(store)
    (series,) = history.choices(store, asked)
    return history.trend(store, series, asked)


# Figures


def test_figures_are_the_reports_to_the_digit(store):
    number = add(store)
    figures.fill(store)
    kept = {figure.label: figure for figure in store.figures(Filter())}
    table = report.load(store, number).variants.set_index("label")
    assert set(kept) == set(VARIANTS)
    for label, figure in kept.items():
        row = table.loc[label]
        assert (figure.batch_ms, figure.low, figure.high) == (row.batch_ms, row.batch_low, row.batch_high)
        assert (figure.rounds, figure.batches) == (row.rounds, row.batches) == (2, 2 * stored.BATCHES)
        assert figure.versions == stored.VERSIONS["main"] and figure.stack == "main"
        assert (figure.host, figure.cpu) == ("one", "a test's")


def test_a_time_that_may_not_be_compared_is_no_figure_and_is_told(store):
    numbers = [add(store) for _ in range(3)]
    numbers.append(add(store, wrong=("keras_fit",)))
    found = only(store)
    assert [figure.experiment_id for figure in found.figures] == numbers[:3]
    assert found.left_out == (numbers[3],)
    assert f"Left out, for their time may not be compared: experiments {numbers[3]}." in found.sentences


def test_what_has_no_clock_has_no_figure_and_is_not_asked_again(store):
    stored.add_counts(store, TODAY, False)
    add(store)
    assert figures.fill(store) == 0
    assert store.without_figures(figures.VERSION, 10) == []
    assert {figure.instrument for figure in store.figures(Filter())} == {"race"}


def test_filling_is_bounded_and_goes_on_where_it_stopped(store):
    newest = [add(store) for _ in range(3)][-1]
    assert figures.fill(store, 0.0) == 2
    assert {figure.experiment_id for figure in store.figures(Filter())} == {newest}
    assert figures.fill(store) == 0 and len(store.figures(KERAS)) == 3


# Trends


def test_a_planted_regression_is_marked_at_its_experiment_with_what_changed(store):
    numbers = add_regression(store)
    found = only(store)
    (mark,) = found.marks
    assert mark.experiment_id == numbers[BEFORE]
    assert mark.step.low <= 1.05 <= mark.step.high and mark.step.low > 1
    assert mark.changed == ("tensorflow: 2.20.0 before, 2.21.0 after.",)
    assert f"From experiment {numbers[BEFORE]} on" in mark.sentence and "1 change of its level" in found.sentences[0]
    drawn = charts.chart(found)
    assert len(drawn.layout.shapes) == 1 and drawn.layout.shapes[0].x0 == BEFORE - 0.5
    assert np.array_equal(drawn.data[1].y, [figure.batch_ms for figure in found.figures])


def test_the_same_series_without_it_shows_no_mark(store):
    add_regression(store, planted=1.0)
    found = only(store)
    assert found.marks == () and len(found.figures) == BEFORE + AFTER
    assert "no change of its level" in found.sentences[0]
    assert not charts.chart(found).layout.shapes
    assert "What changed" not in [section.title for section in views.view(found).sections]


def test_circumstances_are_never_mixed_in_one_trend(store):
    for host, threads in (("one", 1), ("one", 1), ("one", 2), ("two", 1)):
        machine = {**stored.MACHINE, "host": host}
        settings = Settings.parse({**SETTINGS.as_dict(), "threads": threads})
        add(store, machine=machine, settings=settings)
    figures.fill(store)
    choices = history.choices(store, KERAS)
    assert sorted(len(history.trend(store, series, KERAS).figures) for series in choices) == [1, 1, 2]
    assert choices[0].count == 2 and "1 thread " in choices[0].about and "one" in choices[0].about
    assert [series.about[:3] for series in history.choices(store, Filter(variant="keras_fit", host="two"))] == ["two"]


def test_another_stack_is_another_series(store):
    add(store)
    stored.add(store, Request(("keras_fit@tf216", "keras_fit"), SETTINGS), {"keras_fit@tf216": 9.0, "keras_fit": 6.0})
    assert len(only(store).figures) == 2
    assert [f.label for f in only(store, Filter(variant="keras_fit", stack="tf216")).figures] == ["keras_fit@tf216"]


def test_of_copies_raced_in_one_experiment_the_first_counts(store):
    add(store, variants=("keras_fit", "tensorflow_function", "keras_fit"))
    assert [figure.label for figure in only(store).figures] == ["keras_fit"]


def test_of_an_entry_written_with_and_without_the_settings_of_all_the_plain_one_counts(store):
    spelt = f"keras_fit+threads={SETTINGS.threads}"
    request = Request((spelt, "keras_fit", spelt, "keras_fit"), SETTINGS)
    stored.add(store, request, {spelt: 9.0, "keras_fit": 6.0})
    assert [figure.label for figure in only(store).figures] == ["keras_fit"]


def test_a_trend_shows_the_newest_and_says_so(store, monkeypatch):
    numbers = [add(store) for _ in range(5)]
    monkeypatch.setattr(history, "LONGEST", 3)
    found = only(store)
    assert [figure.experiment_id for figure in found.figures] == numbers[2:] and found.cut
    assert "The newest of them are shown; filter by time to see older ones." in found.sentences


def test_a_trend_without_a_variant_or_without_times(store):
    with pytest.raises(BadInput, match="Name a variant"):
        history.choices(store, Filter())
    assert history.choices(store, KERAS) == []


# What changed


def test_everything_recorded_that_changed_is_told(store):
    add(store, machine={**stored.MACHINE, "commit": "a" * 40})
    settings = Settings.parse({**SETTINGS.as_dict(), "rounds": 3})
    stored.add(
        store, Request(("keras_fit", "keras_xla"), settings), {"keras_fit": 6.0, "keras_xla": 5.0},
        machine={**stored.MACHINE, "commit": "b" * 40, "libc": "glibc 2.40"}, packages={**NEW, "extra": "1"},
    )  # fmt: skip
    figures.fill(store)
    before, after = store.figures(Filter(variant="keras_fit"))
    assert list(provenance.between(store, before, after)) == [
        "extra: none before, 1 after.",
        "keras: 3.15.0 before, 3.14.0 after.",
        "C library: none before, glibc 2.40 after.",
        f"LeNet Bench: {'a' * 10} before, {'b' * 10} after.",
        "Rounds: 2 before, 3 after.",
        "Raced beside: TensorFlow bare function before, Keras XLA after.",
    ]


def test_where_nothing_changed_it_says_so_and_where_to_look(store):
    for _ in range(3):
        add(store)
    shown = only(store).figures
    (sentence,) = provenance.around(store, shown, 1)
    assert sentence.startswith(f"{provenance.NOTHING} between experiments {shown[0].experiment_id} and")


def test_a_change_one_experiment_off_is_found_too(store):
    for packages in (OLD, OLD, NEW, NEW, NEW):
        add(store, packages=packages)
    shown = only(store).figures
    for place in (2, 3):
        assert provenance.around(store, shown, place) == ["tensorflow: 2.20.0 before, 2.21.0 after."]
    assert provenance.around(store, shown, 1)[0].startswith(provenance.NOTHING)


# Words to filter by


@pytest.mark.parametrize(
    "words",
    [{"since": "yesterday"}, {"until": "2026-13-01"}, {"instrument": "raec"}, {"before": "x"}, {"before": "9" * 30},
     {"since": "99999-01-01"}, {"until": "9999-12-31"}],
)  # fmt: skip
def test_a_word_that_cannot_be_understood_is_one_sentence(words):
    with pytest.raises(BadInput):
        filter_text.of(words, 10)


def test_a_day_is_asked_for_to_its_end():
    found = filter_text.of({"since": "2026-01-31", "until": "2026-01-31", "text": "  a b "}, 10)
    assert (found.until - found.since).total_seconds() == 86_400 and found.text == "a b"
    assert filter_text.of({"until": "2026-01-31T10:00+02:00"}, 1).until.isoformat() == "2026-01-31T08:00:00+00:00"
    assert filter_text.numbers("3, 5,3,") == [3, 5]


# The shell


def test_the_trend_from_the_shell_has_every_digit(store, shell, tmp_path):
    numbers = add_regression(store)
    out = tmp_path / "trend.json"
    result = shell("trend", "keras_fit", "--json", str(out))
    assert result.exit_code == 0, result.output
    found, said = only(store), json.loads(out.read_text())
    assert said["sentences"] == found.sentences
    assert [row["batch_ms"] for row in said["figures"]] == [figure.batch_ms for figure in found.figures]
    (mark,) = said["marks"]
    assert (mark["experiment"], mark["ratio"]) == (numbers[BEFORE], found.marks[0].step.ratio)
    assert "tensorflow: 2.20.0 before, 2.21.0 after." in result.output
    assert f"{found.figures[-1].batch_ms:.4f}" in result.output


def test_a_list_from_the_shell_is_filtered(store, shell):
    first = add(store, machine={**stored.MACHINE, "host": "one"})
    second = add(store, machine={**stored.MACHINE, "host": "two"})
    store.annotate(second, Annotation("After the update", "", ("nightly",)))
    assert "2 of 2 experiments." in shell("history").output
    for option in (("--machine", "two"), ("--tag", "nightly"), ("--text", "UPDATE"), ("--variant", "keras_fit")):
        result = shell("history", *option)
        assert result.exit_code == 0 and "After the update" in result.output
        assert ("1 of 1 experiments." in result.output) is (option[0] != "--variant")
    assert "No experiment fits" in shell("history", "--since", "2999-01-01").output
    assert shell("history", "--since", "soon").exit_code == 2
    assert first


def test_rename_note_and_tag_from_the_shell(store, shell):
    number = str(add(store))
    shell("rename", number, "A [red]title[/red]")
    shell("note", number, "What I saw")
    shell("tag", number, "one", "two")
    result = shell("tag", number, "two", "--remove")
    assert store.annotation(int(number)) == Annotation("A [red]title[/red]", "What I saw", ("one",))
    assert "A [red]title[/red]; one; What I saw." in result.output
    assert "A [red]title[/red]" in shell("history").output
    assert shell("rename", "99", "x").exit_code == 2


def test_delete_asks_first(store, shell):
    number = add(store)
    refused = shell("delete", str(number), input="n\n")
    assert refused.exit_code == 1 and "This cannot be undone" in refused.output
    assert store.experiment(number)
    assert shell("delete", str(number)).exit_code == 1, "there is nobody to ask"
    assert shell("delete", str(number), "--yes").exit_code == 0
    assert store.experiments() == []
    assert shell("delete", str(number), "--yes").exit_code == 2


@pytest.mark.parametrize("arguments", [("keras_fti",), ("keras_fit", "--circumstance", "no")])
def test_a_trend_of_nothing_says_what_to_do(store, shell, arguments):
    add(store)
    result = shell("trend", *arguments)
    assert result.exit_code == 2 and "lenet:" in result.stderr


# Which release was it?


def test_a_change_between_two_versions_offers_to_bisect_them(store, shell):
    add_regression(store)
    (mark,) = only(store).marks
    assert mark.released == (("tensorflow", "2.20.0", "2.21.0"),)
    command = "python -m lenet bisect tensorflow 2.20.0..2.21.0 --variant keras_fit"
    assert [block.command for block in views.view(only(store)).sections[1].blocks] == ["", command]
    said = shell("trend", "keras_fit").output
    assert f"`{command}`" in said and "What changed here?" in said
    assert command in page("pages/history.py", variant="keras_fit")


@pytest.mark.parametrize(
    ("before", "after", "offered"),
    [
        ({"keras": "3.9.0"}, {"keras": "3.10.0"}, [("keras", "3.9.0", "3.10.0")]),
        ({"keras": "3.10.0"}, {"keras": "3.9.0"}, [("keras", "3.9.0", "3.10.0")]),
        ({"keras": "3.10"}, {"keras": "3.10.0"}, []),
        ({}, {"keras": "3.10.0"}, []),
        ({"keras": "of my own"}, {"keras": "3.10.0"}, []),
        ({"h5py": "3.0.0"}, {"h5py": "3.1.0"}, []),
    ],
)
def test_only_releases_of_what_the_variant_needs_can_be_bisected(store, before, after, offered):
    for versions in (before, after):
        add(store, packages=versions)
    assert list(provenance.released(only(store).figures, 1)) == offered
