"""The Audit page: offered to admins of a shared machine, refused to all others below the page too."""

import pytest

from lenet.hosting.desk import Desk
from lenet.hosting.identity import Role, User
from lenet.records import Annotation, Request
from tests.helpers import stored
from tests.pages import test_pages
from tests.pages.test_pages import SETTINGS, VARIANTS, open_page, texts

fresh_streamlit, a_server_that_has_run = test_pages.fresh_streamlit, test_pages.a_server_that_has_run
REQUEST = Request(VARIANTS, SETTINGS)
ADMIN, VIEWER = User("root@example.org", Role.ADMIN), User("vi@example.org", Role.VIEWER)


@pytest.fixture
def hosted(monkeypatch):
    monkeypatch.setenv("LENET_MODE", "hosted")
    monkeypatch.setenv("LENET_AUTH", "off")
    monkeypatch.setenv("LENET_PUBLIC_URL", "https://bench.example.org")
    monkeypatch.setenv("LENET_SECRET", "s" * 48)


def signed_in(monkeypatch, user):
    from pages.parts import user as users

    monkeypatch.setattr(users, "current", lambda hosting: user)


def test_an_admin_reads_who_did_what(store, hosted, monkeypatch):
    number = stored.add(store, REQUEST, {"numpy_reference": 3.0, "tensorflow_graph": 2.0})
    page = open_page()
    from pages.parts.service import get_desk

    desk = get_desk()
    Desk(desk.queue, desk.hosting, ADMIN).annotate(number, Annotation("A title"))
    signed_in(monkeypatch, ADMIN)
    page = open_page("pages/audit.py")
    assert not page.exception and not page.error
    (table,) = [frame.value for frame in page.dataframe]
    assert list(table["Who"]) == [ADMIN.name] and list(table["Experiment"]) == [number]
    page.text_input(key="audit_user").set_value("nobody").run()
    assert "Nothing of that kind" in texts(page)


def test_a_viewer_reads_a_sentence_and_that_is_written_down(store, hosted, monkeypatch):
    open_page()
    signed_in(monkeypatch, VIEWER)
    from pages.parts import frame

    assert not frame._for_admin()
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        open_page("pages/audit.py")
    monkeypatch.setattr(frame, "_for_admin", lambda: True)  # as if it were drawn all the same
    page = open_page("pages/audit.py")
    assert len(page.dataframe) == 0 and not page.exception
    assert "only an admin may read the audit" in page.error[0].value
    assert [entry.outcome for entry in store.audit()] == ["refused"]


def test_it_is_not_offered_on_a_machine_of_ones_own():
    open_page()
    from pages.parts import frame

    assert not frame._for_admin()
