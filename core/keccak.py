"""Keccak-256 as Ethereum uses it (the padding before SHA-3), from the fastest library at hand."""

from __future__ import annotations

from collections.abc import Callable


def _best() -> Callable[[bytes], bytes]:
    try:
        from tiny_keccak import keccak256  # 0.5 us a call; no wheel on some platforms
    except ImportError:  # pragma: no cover - depends on the platform
        from Crypto.Hash import keccak  # 12 us a call

        return lambda data: bytes(keccak.new(digest_bits=256, data=data).digest())
    else:
        return lambda data: bytes(keccak256(data))


keccak256 = _best()
