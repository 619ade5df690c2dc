"""Who may ask. Loopback keeps other machines out, not the web pages that the person's browser has open: those are kept
out by their Origin, a rebound name (DNS rebinding) by its Host, and other users of the machine by the token.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qs

_EXTENSIONS = re.compile(r"(chrome-extension|moz-extension|safari-web-extension)://[0-9A-Za-z-]+")
_TOKEN = re.compile(r"[0-9A-Za-z_-]{32,128}")
MAX_QUERY = 1_000  # characters
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Door:
    """`origins` are the web pages let in beside browser extensions (wallets), such as "http://localhost:3000"."""

    token: str
    port: int
    origins: Collection[str] = ()

    def refusal(self, host: str | None, origin: str | None, offered: str | None) -> tuple[int, str] | None:
        """None for one who may come in, else the HTTP status and its words."""
        if host not in {f"{name}:{self.port}" for name in LOOPBACK}:
            return 403, "host not allowed"
        if not self.allows(origin):
            return 403, "origin not allowed"
        if offered is None or not hmac.compare_digest(offered.encode(), self.token.encode()):
            return 401, "token missing or wrong"
        return None

    def allows(self, origin: str | None) -> bool:
        """Programs send none; a page always does, and cannot choose it."""
        return origin is None or origin in self.origins or _EXTENSIONS.fullmatch(origin) is not None


def offered(authorization: str | None, path: str, query: str) -> str | None:
    """The token a caller shows: `Authorization: Bearer TOKEN`, or `/TOKEN`, or `?token=TOKEN` for those who cannot."""
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None
    if path.strip("/"):
        return path.strip("/")
    if len(query) > MAX_QUERY:
        return None
    return next(iter(parse_qs(query, max_num_fields=MAX_QUERY).get("token", [])), None)


def is_token(text: str) -> bool:
    """Whether it can stand in a header and in an address, and is too long to be guessed."""
    return _TOKEN.fullmatch(text) is not None
