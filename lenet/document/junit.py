"""Write what a guard has found as JUnit XML, as pytest does: one test case per variant.

https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from lenet.analysis.across.compare import NOT_SLOWER
from lenet.analysis.across.guarded import Guarded
from lenet.views import guard as words

SUITE = "lenet guard"


def as_junit(found: Sequence[Guarded]) -> str:
    """A failure where a variant is slower, or may be and is not surely so; an error where there is no ratio."""
    failed = sum(one.outcome != NOT_SLOWER for one in found)
    errors = sum(not one.comparisons for one in found)
    suite = ElementTree.Element(
        "testsuite", name=SUITE, tests=str(len(found)), errors=str(errors), failures=str(failed - errors),
        skipped="0", time=f"{sum(map(_seconds, found)):.3f}",
    )  # fmt: skip
    for one in found:
        case = ElementTree.SubElement(
            suite, "testcase", classname=SUITE.replace(" ", "."), name=one.name, time=f"{_seconds(one):.3f}"
        )
        said = words.sentence(one)
        if one.outcome != NOT_SLOWER:
            kind = "failure" if one.comparisons else "error"
            ElementTree.SubElement(case, kind, message=words.outcome(one), type=one.outcome).text = said
        else:
            ElementTree.SubElement(case, "system-out").text = said
    suites = ElementTree.Element("testsuites", name=SUITE)
    suites.append(suite)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(suites, encoding="unicode")}'


def _seconds(one: Guarded) -> float:
    """How long its races took."""
    spans = ((race.new.started, race.new.ended) for race in one.races)
    return sum((ended - started).total_seconds() for started, ended in spans if started and ended)
