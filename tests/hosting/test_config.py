"""A server that would be open by mistake does not start, and says what is missing in a sentence."""

from __future__ import annotations

import pytest

from lenet.errors import BadInput
from lenet.hosting import config, identity
from lenet.hosting.config import Hosting
from lenet.hosting.identity import Role

GOOD = {
    "LENET_MODE": "hosted", "LENET_AUTH": "required", "LENET_PUBLIC_URL": "https://bench.example.org/lenet/",
    "LENET_SECRET": "s" * 32,
}  # fmt: skip
SECRETS = {
    "redirect_uri": "https://bench.example.org/lenet/oauth2callback", "cookie_secret": "c" * 32, "client_id": "a",
    "client_secret": "b", "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
}  # fmt: skip
HOUR = 3600.0


def test_a_laptop_sets_nothing() -> None:
    assert config.read({}) == Hosting() and not config.read({}).hosted
    config.check_sign_in(Hosting(), {})


def test_a_hosted_one_knows_its_origin_and_its_path() -> None:
    hosting = config.read(GOOD)
    assert (hosting.origin, hosting.base) == ("https://bench.example.org", "/lenet")
    config.check_sign_in(hosting, SECRETS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LENET_AUTH", ""), ("LENET_AUTH", "maybe"), ("LENET_MODE", "cloud"), ("LENET_MODE", ""),
        ("LENET_PUBLIC_URL", ""), ("LENET_PUBLIC_URL", "bench.example.org"), ("LENET_SECRET", ""),
        ("LENET_SECRET", "s" * 31), ("LENET_SESSION_HOURS", "0"), ("LENET_SESSION_HOURS", "soon"),
    ],
)  # fmt: skip
def test_what_is_missing_or_short_is_a_sentence(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=rf"^[^\n]*{name.partition('=')[0].rpartition('_')[0]}[^\n]*[.;] ?.*"):
        config.read({**GOOD, name: value})


@pytest.mark.parametrize("name", SECRETS)
def test_so_is_what_signing_in_needs(name: str) -> None:
    with pytest.raises(BadInput, match=f"{name}.*secrets.toml"):
        config.check_sign_in(config.read(GOOD), {**SECRETS, name: ""})


@pytest.mark.parametrize(
    ("name", "value"), [("cookie_secret", "c" * 31), ("redirect_uri", "https://other.example.org/oauth2callback")]
)
def test_and_what_is_there_but_wrong(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=name):
        config.check_sign_in(config.read(GOOD), {**SECRETS, name: value})


def test_a_session_ends_by_its_age_whatever_the_provider_says() -> None:
    hosting = Hosting("hosted", "required", session_hours=2, admins=("ops",))
    claims = {"is_logged_in": True, "iat": 1e9, "exp": 2e9, "email": "ada@example.org", "groups": ["ops"]}
    assert identity.of_session(claims, hosting, 1e9 + 1.9 * HOUR).role is Role.ADMIN
    assert identity.of_session(claims, hosting, 1e9 + 2.1 * HOUR) == identity.NOBODY
    for wrong in ({"iat": "1e9"}, {"iat": None}, {"is_logged_in": False}, {"email_verified": False}):
        assert identity.of_session(claims | wrong, hosting, 1e9) == identity.NOBODY


def test_of_hundreds_of_groups_those_are_kept_that_count() -> None:
    hosting = Hosting("hosted", "required", admins=("ops",), runners=("bench", "ada@example.org"))
    claims = {"email": "ada@example.org", "iat": 1, "picture": "p" * 4000}
    groups = [f"group {number}" for number in range(300)]
    kept = identity.used({**claims, "groups": [*groups, "ops", 7]}, hosting)
    assert kept == {"email": "ada@example.org", "iat": 1, "groups": ["ops"]}
    assert identity.used({**claims, "groups": "bench"}, hosting)["groups"] == ["bench"]
