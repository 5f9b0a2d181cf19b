"""An identity provider for tests: it lets in whoever says who they are, with the groups they name.

`python -m tests.helpers.identity_provider PORT`; it needs the extra streamlit[auth].
"""

from __future__ import annotations

import secrets
import sys
import time
from html import escape
from typing import Any

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

HOUR = 3600
FORM = """<title>Provider</title><form action="/enter">{hidden}
<label>E-mail <input name="email"></label><label>Groups <input name="groups"></label>
<label>Age <input name="age" value="0"></label><button>Enter</button></form>"""


class Provider:
    """It speaks as much of OpenID Connect as a sign-in and a sign-out need."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self._entered: dict[str, dict[str, str]] = {}

    @property
    def app(self) -> Starlette:
        """Its pages."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._describe),
                Route("/authorize", self._ask),
                Route("/enter", self._enter),
                Route("/token", self._tell, methods=["POST"]),
                Route("/keys", self._keys),
                Route("/leave", self._leave),
            ]
        )

    async def _describe(self, _: Request) -> Response:
        places = {"authorization": "authorize", "token": "token", "end_session": "leave"}
        return JSONResponse(
            {
                "issuer": self._address,
                "jwks_uri": f"{self._address}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                **{f"{name}_endpoint": f"{self._address}/{place}" for name, place in places.items()},
            }
        )

    async def _ask(self, request: Request) -> Response:
        hidden = (
            f'<input type="hidden" name="{escape(n)}" value="{escape(v)}">' for n, v in request.query_params.items()
        )
        return HTMLResponse(FORM.format(hidden="".join(hidden)))

    async def _enter(self, request: Request) -> Response:
        said = dict(request.query_params)
        code = secrets.token_urlsafe(16)
        self._entered[code] = said
        return RedirectResponse(f"{said['redirect_uri']}?code={code}&state={said['state']}", 302)

    async def _tell(self, request: Request) -> Response:
        form = await request.form()
        said = self._entered.pop(str(form["code"]))
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self._address, "aud": said["client_id"], "sub": said["email"], "email": said["email"],
            "name": said["email"].partition("@")[0], "iat": now - int(said["age"]), "exp": now + HOUR,
            "groups": _groups(said["groups"]),
        }  # fmt: skip
        if "nonce" in said:
            claims["nonce"] = said["nonce"]
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self._key)
        return JSONResponse({"access_token": "none", "token_type": "Bearer", "expires_in": HOUR, "id_token": token})

    async def _keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _leave(self, request: Request) -> Response:
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)


def _groups(said: str) -> list[str]:
    """'runners,300' is runners and 300 others, with names as long as those of real directories."""
    named = [one for one in said.split(",") if one and not one.isdigit()]
    others = sum(int(one) for one in said.split(",") if one.isdigit())
    return named + [f"CN=team-{secrets.token_hex(8)},OU=groups,DC=example,DC=org" for _ in range(others)]


if __name__ == "__main__":
    port = int(sys.argv[1])
    uvicorn.run(Provider(f"http://127.0.0.1:{port}").app, port=port, log_level="error")
