"""The encoders this program knows. A new one: a file with a class, a folder under resources/encoders, a line here."""

from __future__ import annotations

from functools import cache

from core.errors import ModelError
from core.models.encoders.base import FEATURE_SCALE, Encoder, Features
from core.models.encoders.minilm import MiniLM
from core.models.encoders.static256 import Static256

__all__ = ["DEFAULT", "FEATURE_SCALE", "NAMES", "Encoder", "Features", "by_hash", "get"]

_CLASSES: dict[str, type[Encoder]] = {kind.name: kind for kind in (Static256, MiniLM)}
NAMES = tuple(_CLASSES)
DEFAULT = Static256.name


@cache
def get(name: str) -> Encoder:
    """The one instance of an encoder; files are read and checked at first use. Raises ModelError when unknown."""
    try:
        return _CLASSES[name]()
    except KeyError:
        raise ModelError(reason="unknown encoder", encoder=name) from None


def by_hash(encoder_hash: bytes) -> Encoder:
    """The encoder with this hash. Raises ModelError when this program does not know it."""
    for name in NAMES:
        if get(name).hash == encoder_hash:
            return get(name)
    raise ModelError(reason="unknown encoder", encoder=encoder_hash.hex())
