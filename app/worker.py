"""`openledger worker NAME`: this program as one of its own child processes."""

from __future__ import annotations

from core.worker.serve import serve


def run(name: str) -> int:
    return serve(name)
