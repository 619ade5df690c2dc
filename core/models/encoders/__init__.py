"""The encoders this program knows. A new one: a file with a class, its files under resources/encoders, a line here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from core.errors import ModelError
from core.models.encoders.base import FEATURE_SCALE, Encoder, Features
from core.models.encoders.joined import Joined
from core.models.encoders.minilm import MiniLM
from core.models.encoders.static256 import Static256
from core.models.encoders.words import Words

__all__ = ["DEFAULT", "FEATURE_SCALE", "NAMES", "Encoder", "Features", "by_hash", "get"]


def _joined(dense: type[Encoder]) -> Encoder:
    return Joined(get(dense.name), Words())


_MAKERS: dict[str, Callable[[], Encoder]] = {  # the cheaper ones first
    Static256.name: Static256,
    Words.name: Words,
    f"{Static256.name}+words": partial(_joined, Static256),
    MiniLM.name: MiniLM,
    f"{MiniLM.name}+words": partial(_joined, MiniLM),
}
NAMES = tuple(_MAKERS)
DEFAULT = Static256.name


@cache
def get(name: str) -> Encoder:
    """The one instance of an encoder; files are read and checked at first use. Raises ModelError when unknown."""
    try:
        return _MAKERS[name]()
    except KeyError:
        raise ModelError(reason="unknown encoder", encoder=name) from None


def by_hash(encoder_hash: bytes) -> Encoder:
    """The encoder with this hash. Raises ModelError when this program does not know it."""
    for name in NAMES:
        if get(name).hash == encoder_hash:
            return get(name)
    raise ModelError(reason="unknown encoder", encoder=encoder_hash.hex())
