"""Variants of one's own on the pages: named on System, chosen on Race, read on Code."""

from __future__ import annotations

from tests.pages import test_hosted_parts, test_pages
from tests.pages.test_pages import open_page

a_server_that_has_run, fresh_streamlit = test_pages.a_server_that_has_run, test_pages.fresh_streamlit
hosted = test_hosted_parts.hosted
SOURCE = 'VARIANT = {"title": "My own", "packages": ["numpy"]}\nfrom lenet.variants.numpy_reference import LeNet\n'


def test_a_folder_is_named_and_its_variants_are_there(fresh_streamlit, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "my_own.py").write_text(SOURCE, "utf-8")
    (folder / "keras_fit.py").write_text(SOURCE, "utf-8")
    page = open_page("pages/system.py")
    page.text_area(key="folders").input(str(folder))
    page.button(key="folders_keep").click().run()
    assert not page.exception and not page.error
    assert page.text_area(key="folders").value == str(folder)
    assert any("keras_fit.py has the name of a variant that ships" in one.value for one in page.warning)
    page.text_area(key="folders").input(str(folder / "gone"))
    page.button(key="folders_keep").click().run()
    assert any("There is no folder" in one.value for one in page.error)

    assert "variant_my_own" in {box.key for box in open_page("pages/race.py").checkbox}
    code = open_page("pages/code.py", left="my_own")
    assert not code.exception and "My own" in [head.value for head in code.header]


def test_where_nobody_signs_in_there_is_no_form(hosted):
    page = open_page("pages/system.py")
    assert not page.exception and not page.text_area
    assert any("Nobody signs in here" in one.value for one in page.caption)
