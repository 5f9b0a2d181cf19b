"""Tokens: who makes which, what is kept of them, how they end, and what the audit says, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from lenet.cli.main import main
from lenet.errors import BadInput, Forbidden, Missing, StoreError
from lenet.hosting import keys
from lenet.hosting.config import Hosting
from lenet.hosting.desk import Desk
from lenet.hosting.identity import Role, User
from lenet.records import AuditEntry
from lenet.store import tables
from tests.store import conftest as databases

url, own_database, store = databases.url, databases.own_database, databases.store
ADA, BOB, EVE = User("ada@x", Role.ADMIN), User("bob@x", Role.RUNNER), User("eve@x", Role.VIEWER)


def desk(store, user):
    return Desk(SimpleNamespace(store=store), Hosting(), user)


def said(entry: AuditEntry) -> tuple[str, str, str]:
    return entry.user, entry.action, entry.outcome


def change(store, **values):
    """What only the passing of time does otherwise."""
    with store._writing() as connection:
        connection.execute(tables.tokens.update().values(**values))


def test_a_key_asks_in_its_users_name_until_it_ends(store):
    key = desk(store, BOB).new_token("ci", Role.VIEWER, 30)
    assert keys.holder(store, key) == User("bob@x", Role.VIEWER)
    (token,) = store.tokens()
    assert token.expires - token.created == pytest.approx(timedelta(days=30), abs=timedelta(minutes=1))
    change(store, expires=datetime.now(UTC) - timedelta(seconds=1))
    assert keys.holder(store, key) is None
    assert keys.state(store.token(token.id)) == "expired"


def test_nothing_that_is_stored_opens_anything(store):
    key = desk(store, BOB).new_token("ci", Role.RUNNER)
    with store.engine.connect() as connection:
        (row,) = connection.execute(tables.tokens.select()).all()
    assert key not in repr(row) and row.digest not in repr(store.tokens())
    assert keys.holder(store, row.digest) is None and keys.holder(store, key[:-1]) is None
    assert keys.holder(store, key) is not None
    assert key not in repr(store.audit())


def test_two_keys_are_never_alike():
    made = {keys.new_key() for _ in range(100)}
    assert len(made) == 100 and all(keys.KEY.fullmatch(key) for key in made)


@pytest.mark.parametrize(
    ("user", "role", "may"),
    [
        (ADA, Role.ADMIN, True),
        (BOB, Role.RUNNER, True),
        (BOB, Role.VIEWER, True),
        (BOB, Role.ADMIN, False),
        (EVE, Role.VIEWER, False),
        (User("anonymous", Role.ANONYMOUS), Role.VIEWER, False),
    ],
)
def test_nobody_makes_a_token_of_more_than_their_own_role(store, user, role, may):
    if may:
        assert desk(store, user).new_token("ci", role)
    else:
        with pytest.raises(Forbidden):
            desk(store, user).new_token("ci", role)
    assert len(store.tokens()) == may
    assert [said(entry) for entry in store.audit()] == [(user.name, "get a token", "done" if may else "refused")]


@pytest.mark.parametrize(
    ("user", "may"), [(ADA, True), (BOB, True), (User("carl@x", Role.RUNNER), False), (EVE, False)]
)
def test_its_owner_or_an_admin_revokes_a_token(store, user, may):
    key = desk(store, BOB).new_token("ci", Role.RUNNER)
    (token,) = store.tokens()
    if may:
        desk(store, user).revoke_token(token.id)
        assert keys.state(store.token(token.id)) == "revoked"
    else:
        with pytest.raises(Forbidden):
            desk(store, user).revoke_token(token.id)
    assert (keys.holder(store, key) is None) == may
    assert said(store.audit()[0]) == (user.name, "revoke a token", "done" if may else "refused")


def test_a_revoked_token_keeps_the_moment_of_its_end(store):
    desk(store, BOB).new_token("ci", Role.RUNNER)
    desk(store, BOB).revoke_token(1)
    ended = store.token(1).revoked
    desk(store, ADA).revoke_token(1)
    assert store.token(1).revoked == ended


def test_users_see_their_own_tokens_and_an_admin_all(store):
    for user in (ADA, BOB):
        desk(store, user).new_token(f"of {user.name}", Role.RUNNER)
    assert [token.user for token in desk(store, BOB).tokens()] == ["bob@x"]
    assert [token.user for token in desk(store, ADA).tokens()] == ["bob@x", "ada@x"]


def test_a_use_is_noted_once_a_minute(store):
    key = desk(store, BOB).new_token("ci", Role.RUNNER)
    assert store.token(1).used is None
    keys.holder(store, key)
    first = store.token(1).used
    keys.holder(store, key)
    assert first is not None and store.token(1).used == first
    change(store, used=first - timedelta(minutes=2))
    keys.holder(store, key)
    assert store.token(1).used >= first


def test_a_database_that_cannot_be_written_lets_keys_read(store, monkeypatch):
    key = desk(store, BOB).new_token("ci", Role.RUNNER)

    def refuse():
        raise StoreError("It is read-only.")

    monkeypatch.setattr(store, "_writing", refuse)
    assert keys.holder(store, key)


@pytest.mark.parametrize("days", [0, -1, 366, 10**9])
def test_a_token_holds_for_a_year_at_most(store, days):
    with pytest.raises(BadInput, match="1 to 365 days"):
        desk(store, BOB).new_token("ci", Role.RUNNER, days)
    assert store.tokens() == []


@pytest.mark.parametrize("name", ["", "  ", "a" * 61, "a\x1b[2Jb", "a\u202eb"])
def test_a_token_has_a_name_that_fits_in_a_line(store, name):
    with pytest.raises(BadInput, match="needs a name"):
        desk(store, BOB).new_token(name, Role.RUNNER)


def test_no_token_has_another_number(store):
    with pytest.raises(Missing, match="no token 7"):
        desk(store, ADA).revoke_token(7)


def test_a_token_that_cannot_be_audited_is_not_made(store):
    with store._writing() as connection:
        connection.execute(sa.text("ALTER TABLE audit RENAME TO away"))
    with pytest.raises(StoreError):
        desk(store, BOB).new_token("ci", Role.RUNNER)
    assert store.tokens() == []


def test_a_shell_makes_lists_and_revokes_tokens(home):
    shell = CliRunner()
    made = shell.invoke(main, ["token", "new", "ci", "--role", "viewer", "--days", "7"])
    assert made.exit_code == 0 and keys.KEY.fullmatch(made.stdout.strip()), made.output
    assert "local" in shell.invoke(main, ["token", "list"]).output
    assert shell.invoke(main, ["token", "revoke", "1"]).exit_code == 0
    assert "revoked" in shell.invoke(main, ["token", "list"]).output
    assert shell.invoke(main, ["token", "new", "ci", "--role", "boss"]).exit_code == 2
