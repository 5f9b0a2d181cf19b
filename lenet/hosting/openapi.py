"""The description of the HTTP API, in OpenAPI 3.1: made from the table that the routes are made
from, so that neither says what the other does not do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lenet.hosting.config import Hosting
from lenet.hosting.endpoints import ENDPOINTS, Endpoint
from lenet.hosting.identity import Role
from lenet.hosting.policy import LOWEST

PATH, READY_PATH = "/api/v1/openapi.json", "/api/v1/ready"
ERRORS = {
    401: "Who asks is not known: send `Authorization: Bearer TOKEN`.",
    403: "Who asks may not do this.",
    404: "There is no such experiment.",
    422: "The request is wrong; error says what would be right.",
    503: "The database cannot be used now; ask again later.",
}
READY: Mapping[str, Any] = {
    "get": {
        "operationId": "ready",
        "summary": "Whether experiments can be asked for, and a runner will race them.",
        "security": [],
        "responses": {
            "200": {"description": "Yes."},
            "503": {"description": "No; missing lists what is missing."},
        },
    }
}
ITSELF: Mapping[str, Any] = {
    "get": {
        "operationId": "openapi",
        "summary": "This description.",
        "security": [],
        "responses": {"200": {"description": "An OpenAPI document."}},
    }
}


def document(hosting: Hosting) -> dict[str, Any]:
    """The description, as plain values."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, hosting)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LeNet Bench",
            "version": "1",
            "description": "Results of races: sent, found, read and compared by programs.",
        },
        "servers": [{"url": hosting.public_url or "/"}],
        "paths": {**paths, READY_PATH: READY, PATH: ITSELF},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {"error": {"type": "string", "description": "One sentence that says what to do."}},
                }
            },
        },
    }


def _operation(endpoint: Endpoint, hosting: Hosting) -> dict[str, Any]:
    lowest = LOWEST[endpoint.action]
    # With sign-in required even readers need a token.
    anonymous = lowest <= Role.ANONYMOUS and hosting.auth != "required"
    needs = "Needs no token." if anonymous else f"Needs a token of a {max(lowest, Role.VIEWER).word}."
    about: dict[str, Any] = {
        "operationId": endpoint.answer.__name__,
        "summary": endpoint.about,
        "description": needs,
        "security": [{}, {"token": []}] if anonymous else [{"token": []}],
        "parameters": list(_parameters(endpoint)),
        "responses": {str(status): _response(endpoint, status) for status in sorted({*endpoint.statuses, *ERRORS})},
    }
    if endpoint.takes:
        about["requestBody"] = {"required": True, "content": {endpoint.takes: {}}}
    return about


def _parameters(endpoint: Endpoint) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", endpoint.path):
        number = {"type": "integer", "minimum": 1}
        yield {"name": name, "in": "path", "required": True, "schema": number, "description": "Its number."}
    for name, text in endpoint.query.items():
        required = text.endswith("Required.")
        yield {"name": name, "in": "query", "required": required, "schema": {"type": "string"}, "description": text}


def _response(endpoint: Endpoint, status: int) -> dict[str, Any]:
    if status < 300:
        return {"description": endpoint.statuses[status], "content": {endpoint.gives: {}}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": endpoint.statuses.get(status) or ERRORS[status], "content": error}
