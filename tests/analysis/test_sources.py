"""Two files side by side: every line of both is there once, equal ones beside each other."""

from __future__ import annotations

import ast
import gc
import re
import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest

from lenet import catalog
from lenet.analysis.sources import Row, align, code_lines, docstring, lines, program
from lenet.catalog.entries import parse
from lenet.charts.code import side_by_side


def test_equal_lines_stand_beside_each_other():
    assert align(["a", "b", "c"], ["a", "x", "y", "c"]) == [
        Row(1, 1, True),
        Row(2, 2, False),
        Row(None, 3, False),
        Row(3, 4, True),
    ]


def test_a_file_beside_itself_has_no_difference():
    text = lines(catalog.variant("keras_fit"))
    assert all(row.same and row.left == row.right for row in align(text, text))


@pytest.mark.parametrize("right", ["keras_fit", "tensorflow_eager"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_table_holds_both_files_whole_and_in_order(right, theme):
    one, other = lines(catalog.variant("tensorflow_function")), lines(catalog.variant(right))
    html = side_by_side(("A", "B"), one, other, theme)
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", html.split("<tbody>")[1], re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    for column, text in ((1, one), (3, other)):
        shown = [unescape(re.sub("<[^>]+>", "", cell[column])) for cell in cells if cell[column - 1]]
        assert [line.rstrip() for line in shown] == [line.rstrip() for line in text]


def test_text_is_escaped():
    html = side_by_side(("<b>", "b"), ["x = '<script>alert(1)</script>'"], ["y"], "light")
    assert "<script>" not in html and "<b>" not in html


def test_lines_of_code_leave_out_what_python_does_not_read():
    assert code_lines(["import a", "", "# a comment", "    b = 1  # counted"]) == 2


@pytest.mark.parametrize("name", ["keras_fit", "keras_fit_silent"])
def test_a_file_is_what_it_says_of_itself_and_its_program(name):
    variant = catalog.variant(name)
    said, code = docstring(variant), program(variant)
    assert said and said not in code and code.startswith("import")
    assert code.splitlines() == lines(variant)[-len(code.splitlines()) :]


@pytest.fixture
def collections_that_let_others_in():
    """Garbage collections, many of them, in each of which another thread may go on."""

    def pause(phase, info):
        time.sleep(0.0001)

    before = gc.get_threshold()
    gc.callbacks.append(pause)
    gc.set_threshold(50)
    yield
    gc.set_threshold(*before)
    gc.callbacks.remove(pause)


@pytest.mark.usefixtures("collections_that_let_others_in")
def test_threads_may_parse_at_once():
    text = "\n".join(lines(catalog.variant("keras_fit")))
    whole = ast.dump(ast.parse(text))
    with ThreadPoolExecutor(4) as pool:
        assert {ast.dump(tree) for tree in pool.map(parse, [text] * 8)} == {whole}
