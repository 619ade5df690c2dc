"""Ports for what is served in tests."""

from __future__ import annotations

import secrets
import socket

_FIRST, _LAST = 10_240, 32_000  # systems hand out others by themselves: Linux from 32,768 on, most from 49,152 on


def free_port() -> int:
    """One that nobody listens on and nobody is given by chance: it can be let go of and taken again."""
    while True:
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
