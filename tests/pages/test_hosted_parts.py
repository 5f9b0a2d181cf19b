"""What the pages of a hosted program have besides: tokens on System, a link on Results."""

from __future__ import annotations

import sys

import pytest
import streamlit as st

from lenet.hosting import keys
from lenet.hosting.identity import Role, User
from lenet.records import Request
from lenet.settings import Settings
from tests.helpers import stored
from tests.pages import test_pages
from tests.pages.test_pages import open_page, texts

a_server_that_has_run, fresh_streamlit = test_pages.a_server_that_has_run, test_pages.fresh_streamlit
PAIR = Request(("keras_fit", "tensorflow_graph"), Settings.parse({"rounds": 2, "threads": 1}))
TIMES = {"keras_fit": 5.0, "tensorflow_graph": 4.0}
PUBLIC = "https://bench.example.org/lenet"


@pytest.fixture
def hosted(monkeypatch, fresh_streamlit):
    """A hosted program in which everybody may do everything; as(role) makes the reader somebody."""
    for name, value in {"MODE": "hosted", "AUTH": "off", "PUBLIC_URL": PUBLIC, "SECRET": "s" * 32}.items():
        monkeypatch.setenv(f"LENET_{name}", value)

    def be(role):
        from pages.parts import user

        monkeypatch.setattr(user, "current", lambda hosting: User("bob@x", role))

    yield be
    sys.modules["pages.parts.service"].close()
    st.cache_data.clear()


def keys_of(page):
    return {element.key for kind in ("button", "selectbox", "text_input") for element in page.get(kind)}


def test_a_token_is_made_shown_once_and_revoked(hosted, store):
    page = open_page("pages/system.py")
    page.text_input(key="token_name").input("ci")
    page.selectbox(key="token_role").select(Role.VIEWER)
    page.number_input(key="token_days").set_value(30)
    page.button(key="token_make").click().run()
    assert not page.exception and not page.error
    (shown,) = [code.value for code in page.code if keys.KEY.fullmatch(code.value)]
    assert keys.holder(store, shown) == User("local", Role.VIEWER)
    page.run()
    assert shown in [code.value for code in page.code], "until it was copied"
    page.button(key="token_copied").click().run()
    assert shown not in [code.value for code in page.code]
    page.button(key="token_revoke").click().run()
    assert not page.exception and keys.holder(store, shown) is None
    (entry, other) = store.audit()
    assert (entry.action, other.action, entry.via) == ("revoke a token", "get a token", "page")


@pytest.mark.parametrize(("role", "offered"), [(Role.RUNNER, True), (Role.VIEWER, False), (Role.ANONYMOUS, False)])
def test_whoever_may_have_no_token_is_offered_none(hosted, store, role, offered):
    hosted(role)
    page = open_page("pages/system.py")
    assert ("token_make" in keys_of(page)) == offered
    if offered:
        assert page.selectbox(key="token_role").options == ["viewer", "runner"]


def test_a_wrong_name_is_one_sentence(hosted, store):
    page = open_page("pages/system.py")
    page.button(key="token_make").click().run()
    assert "needs a name" in page.error[0].value and store.tokens() == []


def test_a_laptop_has_neither_tokens_nor_links(store):
    number = stored.add(store, PAIR, TIMES)
    assert "Tokens" not in texts(open_page("pages/system.py"))
    assert "share_make" not in keys_of(open_page("pages/results.py", experiment=str(number)))


def test_a_link_is_made_on_results(hosted, store):
    number = stored.add(store, PAIR, TIMES)
    page = open_page("pages/results.py", experiment=str(number))
    page.button(key="share_make").click().run()
    assert not page.exception and not page.error
    (link,) = [code.value for code in page.code if "/embed/" in code.value]
    assert link.startswith(f"{PUBLIC}/embed/{number}.html?expires=")
    (entry,) = store.audit()
    assert (entry.action, entry.experiment_id) == ("share", number) and entry.detail.startswith("until 2")


def test_a_viewer_is_offered_no_link(hosted, store):
    hosted(Role.VIEWER)
    number = stored.add(store, PAIR, TIMES)
    assert "share_make" not in keys_of(open_page("pages/results.py", experiment=str(number)))
