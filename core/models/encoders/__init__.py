"""The encoders this program knows. A new one: a file with a class, its files under resources/encoders, a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

from core.errors import ModelError
from core.models.encoders import columns as columns_encoder
from core.models.encoders.base import FEATURE_SCALE, Encoder, Features
from core.models.encoders.columns import Columns
from core.models.encoders.effnet import EffNet
from core.models.encoders.joined import Joined
from core.models.encoders.minilm import MiniLM
from core.models.encoders.static256 import Static256
from core.models.encoders.words import Words

__all__ = ["DEFAULT", "FEATURE_SCALE", "NAMES", "Encoder", "Features", "by_hash", "fit", "get", "of_kind", "of_package"]


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
    """The one instance of an encoder, by its name or `key`; files are read and checked at first use.

    Raises ModelError when unknown.
    """
    if name.startswith(Columns.name + " "):
        return Columns.of_key(name)
    if name == EffNet.name:
        return EffNet()
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


def fit(name: str, texts: Sequence[str], columns: Sequence[tuple[str, str]]) -> Encoder:
    """An encoder for these records: `columns` is fitted to them, the others are what they are. Raises ModelError."""
    return columns_encoder.fit(texts, columns) if name == Columns.name else get(name)


def of_kind(kind: str) -> tuple[str, ...]:
    """Names of the encoders for Datanets of that kind, the one to take unless asked first."""
    texts = (DEFAULT, *(name for name in NAMES if name != DEFAULT))
    return {"text": texts, "table": (Columns.name,), "image": (EffNet.name,)}.get(kind, ())


def of_package(name: str, encoder_hash: bytes, files: Mapping[str, bytes]) -> Encoder:
    """The encoder that a package names, with the constants it carries. Raises ModelError when it is not that one."""
    found = Columns(columns_encoder.Scaling.parse(files["columns.json"])) if name == Columns.name else get(name)
    if found.hash != encoder_hash:
        raise ModelError(reason="unknown encoder", encoder=name)
    return found


def payload(name: str, text: str, fetch: Callable[[str], bytes] | None) -> str:
    """What the worker is given for a record's text, by the encoder that a package names."""
    return text if name == Columns.name or name in NAMES else get(name).payload(text, fetch)


def kind_of(name: str) -> str:
    """Of the Datanets whose records an encoder takes, by the name that a package gives it."""
    return next((kind for kind in ("table", "image") if name in of_kind(kind)), "text")
