"""The server's gate, and what it asks of Streamlit: the guard itself does not know it."""

import json
import sys
from collections.abc import Mapping, Sequence
from http.cookies import SimpleCookie
from typing import Any, cast

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route
from streamlit import auth_util, config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME

from lenet import program
from lenet.errors import BadInput
from lenet.hosting import addresses, identity
from lenet.hosting.config import Hosting, check_sign_in
from lenet.hosting.guard import Behind, Guard
from pages.parts import user

MEBIBYTE = 1024**2


def hosting() -> Hosting:
    """How this process is hosted. Ends it with a sentence where it cannot be hosted as asked: one
    that ran all the same would be open."""
    try:
        how = user.hosting()
        if how.auth != "off":
            _check(how)
    except BadInput as error:
        sys.exit(str(error))
    return how


def middleware() -> Middleware:
    """The gate of this process."""
    how = hosting()
    if how.base:
        config.set_option("server.baseUrlPath", how.base)
    named = config.get_option("browser.serverAddress") if config.is_manually_set("browser.serverAddress") else ""
    known = addresses.of(how, config.get_option("server.address") or addresses.ANY[0], named)
    return Middleware(Guard, hosting=how, addresses=known, behind=behind(how))


def below_base(routes: Sequence[Route]) -> list[BaseRoute]:
    """Routes below the path of the public address, as Streamlit's own are. (Mounted there they would
    answer for Streamlit too, with 404.)"""
    base = hosting().base
    return [Route(f"{base}{one.path}", one.endpoint, methods=list(one.methods or ())) for one in routes]


def behind(how: Hosting) -> Behind:
    """What the guard asks of Streamlit."""
    most = int(config.get_option("server.maxUploadSize")) * MEBIBYTE
    return Behind(_claims, _kind, _held, _provider, lambda cookies: _smaller(cookies, how), most)


def _check(how: Hosting) -> None:
    check_sign_in(how, auth_util.get_secrets_auth_section())
    if not auth_util.is_authlib_installed():
        raise BadInput(f"LENET_AUTH={how.auth} needs more packages: {program.install('hosted')}.")


def _claims(cookies: Mapping[str, str]) -> Mapping[str, Any]:
    """What Streamlit itself will take for the user of a socket with these cookies."""
    secret = get_cookie_secret()

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        return decode_signed_value(secret, name, value) if value and value.isascii() else None

    raw = auth_util.get_cookie_with_chunks(signed, USER_COOKIE_NAME)
    try:
        claims = json.loads(raw or b"{}")
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def _kind(message: bytes) -> str | None:
    # The same parser as Streamlit's: what one of them took for something else would slip through.
    try:
        return BackMsg.FromString(message).WhichOneof("type")
    except Exception:  # protobuf's own, which has another name in each of its implementations
        return None


def _held(session: str) -> tuple[int, int] | None:
    runtime = Runtime.instance()
    if not runtime.is_active_session(session):
        return None
    # Also of sessions whose page is closed: Streamlit keeps those for a while.
    storage = cast(MemoryUploadedFileManager, runtime.uploaded_file_mgr).file_storage.copy()
    return len(storage.get(session, {})), sum(
        len(file.data) for files in storage.values() for file in [*files.values()]
    )


def sessions() -> int:
    """How many browsers are connected."""
    return len(Runtime.instance()._session_mgr.list_active_sessions())


def _provider() -> str:
    return generate_login_redirect_url("default")


def _smaller(cookies: Sequence[str], how: Hosting) -> list[str]:
    """One small cookie for the user in place of Streamlit's many; the tokens only where they fit
    into one too."""
    read = [SimpleCookie(one) for one in cookies if "Max-Age=0" not in one]
    values = {name: morsel.value for jar in read for name, morsel in jar.items()}
    secret = get_cookie_secret()
    claims = identity.used(_claims(values), how)
    value = create_signed_value(secret, USER_COOKIE_NAME, json.dumps(claims)).decode()
    kept = []
    for cookie in cookies:
        name = cookie.partition("=")[0]
        if name == USER_COOKIE_NAME and "Max-Age=0" not in cookie:
            kept.append(f"{USER_COOKIE_NAME}={value};{cookie.partition(';')[2]}")
        elif not _is_part(name) and not (name == TOKENS_COOKIE_NAME and f"{TOKENS_COOKIE_NAME}_1" in values):
            kept.append(cookie)
    return kept


def _is_part(name: str) -> bool:
    """Whether a cookie is a part of a long one."""
    first, _, number = name.rpartition("_")
    return first in (USER_COOKIE_NAME, TOKENS_COOKIE_NAME) and number.isdigit()
