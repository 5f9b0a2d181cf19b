"""The picture of a running race: all that its page draws of it at one moment, the same for everybody.

It is made once a second, by whoever races it or by a page on its machine, and holds what each chart
needs at the resolution of a screen: its size does not grow with the race.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lenet import catalog, instruments
from lenet.analysis import lanes, live_axes, so_far
from lenet.analysis import live as analysis
from lenet.analysis.growing.window import Window
from lenet.analysis.so_far import SoFar
from lenet.bench import live
from lenet.bench.follow import Follower, Rounds
from lenet.bench.plan_words import duration
from lenet.charts import live as charts
from lenet.charts import number_line, track
from lenet.home import Home
from lenet.records import Experiment
from lenet.store import Store
from lenet.views import live as words

LEVEL = 1
"""Of gzip: the others take three times as long for a tenth less."""

Content = dict[str, Any]


class Painter:
    """Makes the pictures of one experiment. For one thread at a time.

    aside: a last line on the page, once it trains.
    """

    def __init__(self, store: Store, home: Home, experiment: Experiment, aside: str = "") -> None:
        self._store, self._home, self._experiment, self._aside = store, home, experiment, aside
        self._follower = Follower(store, home, experiment)

    def paint(self) -> bytes:
        """The picture as it is now, packed. Raises StoreError."""
        return packed(self._content(self._follower.look()))

    def zoomed(self, windows: Mapping[str, Window]) -> bytes:
        """Chart -> the curves inside its window, packed: for one reader, beside the picture."""
        return packed(
            {
                chart: [{"x": charts.encode(x), "y": charts.encode(y)} for x, y in self._follower.zoomed(chart, shown)]
                for chart, shown in windows.items()
            }
        )

    def _content(self, rounds: Rounds) -> Content:
        request = self._experiment.request
        stage = live.stage(self._home, self._experiment.id)
        expected = live.outlook(self._home, self._experiment.id)
        exams = so_far.exams(self._store, self._experiment)
        now, asked = analysis.round_now(rounds.now), request.settings.rounds
        steps = words.steps(stage, exams, now, expected.rounds if expected else asked, asked)
        examining = exams is None and not rounds.now
        content: Content = {
            "strip": track.strip(steps, self._time(expected)),
            "lanes": track.lanes(lanes.lanes(request, rounds.now, rounds.last, examining=examining)),
            "charts": self._charts(rounds) if rounds.now else {},
            "aside": self._aside if rounds.now else "",
            "progress": self._progress(rounds, stage, expected),
        }
        if instruments.of(request).compared:
            known = so_far.load(self._store, self._experiment, rounds.now, rounds.runs)
            content["ratio"] = ratio(known, alone=len(set(request.variants)) <= 2)
            content["said"] = expected.said if expected else ""
        return content

    def _time(self, expected: live.Outlook | None) -> str:
        """'42 s so far, about 38 s left'."""
        begun = self._experiment.started or self._experiment.created
        passed = duration((datetime.now(UTC) - begun).total_seconds())
        left = f", about {duration(expected.seconds_left)} left" if expected and expected.seconds_left else ""
        return f"{passed} so far{left}"

    def _charts(self, rounds: Rounds) -> Content:
        names = " and ".join(catalog.title(run.run.label) for run in rounds.now)
        axes = live_axes.axes(rounds.first, rounds.now)
        before = "; pale: the last round" if rounds.last else ""
        hidden = analysis.above(rounds.now, axes.ms)
        return {
            "timing": {
                **charts.timing(rounds.now, rounds.last, axes),
                "alt": f"Time of each batch in milliseconds by its number, for {names}.",
                "caption": f"Thick: medians{before}. Batches above the edge of the chart: {hidden:,}.",
            },
            "loss": {
                **charts.loss(rounds.now, rounds.last, axes),
                "alt": f"Training loss by seconds of training, for {names}.",
                "caption": "",
            },
        }

    def _progress(self, rounds: Rounds, stage: str, expected: live.Outlook | None) -> Content:
        request = self._experiment.request
        now = analysis.progress(rounds.now, request.settings.rounds, len(request.variants))
        doing = f"{stage[0].upper()}{stage[1:]} …" if stage else f"Round {now.round} of {now.rounds}"
        left = f"about {duration(expected.seconds_left)} left" if expected and expected.seconds_left else ""
        batches = f"{now.done:,} of {now.planned:,} batches of round {now.round}" if now.planned else ""
        return {"share": now.share, "text": " · ".join(filter(None, (doing, batches, f"{now.share:.0%} of all", left)))}


def ratio(known: SoFar | None, *, alone: bool) -> Content:
    """The ratio in a sentence, and the number line on which its interval shrinks; no line while
    nothing is known.

    alone: whether the two that it compares are all that race.
    """
    if known is None:
        return {"sentence": track.sentence(words.NOTHING_YET, words.NOTHING_YET_WHY)}
    pair = known.pair
    said = track.sentence(words.headline(pair, alone=alone), words.standing(pair, known.twin), pair.slow)
    return {"sentence": said, "line": line(known)}


def line(known: SoFar) -> Content:
    """The number line of a ratio."""
    drawn = number_line.payload(known.pair, known.past, known.cuts, known.twin)
    return {**drawn, "alt": f"Number line: {known.pair.verdict}"}


def packed(content: Content) -> bytes:
    """The content as JSON in gzip, which a browser unpacks itself."""
    return gzip.compress(json.dumps(content, separators=(",", ":")).encode(), LEVEL, mtime=0)


def unpacked(body: bytes) -> Content:
    """The content of what `packed` returned."""
    content: Content = json.loads(gzip.decompress(body))
    return content
