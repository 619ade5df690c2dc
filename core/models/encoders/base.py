"""What an encoder is: text in, integers out, the same ones wherever it matters, and a hash that pins all of it."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

import resources
from core.errors import BadFile
from core.keccak import keccak256
from core.models import canonical
from core.models.encoders.wordpiece import WordPiece
from core.models.onnx_wire import INT64

FEATURE_SCALE = 2047  # features are int16 in -2047..2047: products of two sums stay far below 2^53
TOLERANCE = 2  # of 2047: how far features that passed through floats may differ between machines
Features = NDArray[np.int16]

FOLDER = resources.ROOT / "encoders"
SHARED = ("vocab.txt", "unicode-14.txt", "LICENSE", "NOTICE")


def read_resource(name: str, folder: Path = FOLDER) -> bytes:
    """A file under resources/encoders, only if its SHA-256 is the one in manifest.json. Raises BadFile."""
    path = folder / name
    try:
        pinned = canonical.decode((folder / "manifest.json").read_bytes().rstrip(b"\n"))
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(path=str(path), reason="unreadable") from error
    assert isinstance(pinned, dict)
    if hashlib.sha256(data).hexdigest() != pinned.get(name):
        raise BadFile(path=str(path), reason="digest")
    return data


@dataclass(frozen=True)
class Identity:
    """What the encoder hash covers: name, files by SHA-256, token rule, and how the output becomes integers."""

    name: str
    files: dict[str, str]
    specials: bool
    limit: int
    rule: str
    dimensions: int
    norm_class: int

    @property
    def hash(self) -> bytes:
        """keccak256 of the canonical JSON; bytes32 `encoderHash` on the ledger."""
        return keccak256(
            canonical.encode(
                {
                    "format": "openledger-encoder/1",
                    "name": self.name,
                    "files": self.files,
                    "tokens": {"kind": "bert-uncased", "limit": self.limit, "specials": self.specials},
                    "features": {
                        "bias": FEATURE_SCALE,
                        "dimensions": self.dimensions,
                        "norm": self.norm_class,
                        "rule": self.rule,
                        "scale": FEATURE_SCALE,
                    },
                }
            )
        )


class Encoder(ABC):
    """One frozen encoder. Subclasses state the class values and compute; `encoders.get(name)` hands out the instance.

    name        as in manifests and on screens
    dimensions  d of the features without the bias; a feature row has d + 1 entries, the last one FEATURE_SCALE
    limit       most tokens of a text that count (special tokens included)
    specials    whether [CLS] and [SEP] stand around the tokens
    rule        key of the integer rule, part of the hash
    norm_class  b: every row has sum x^2 <= 2^b * 2047^2 (PoA-1, section 1)
    exact       whether features are a pure integer function, equal on every machine; else the committed ones count
    has_graph   whether an ONNX file of its own ships with the program
    """

    name: str
    dimensions: int
    limit: int
    specials: bool
    rule: str
    norm_class: int
    exact: bool
    has_graph: bool = True

    @property
    def parts(self) -> tuple[Encoder, ...]:
        """The blocks of a row in order: this encoder alone, or those it is joined of."""
        return (self,)

    @property
    def width(self) -> int:
        return self.dimensions + 1

    @cached_property
    def onnx(self) -> bytes:
        return read_resource(f"{self.name}/encoder.onnx")

    @cached_property
    def vocabulary(self) -> bytes:
        return read_resource("vocab.txt")

    @cached_property
    def identity(self) -> Identity:
        files = {
            "vocab.txt": hashlib.sha256(self.vocabulary).hexdigest(),
            "unicode-14.txt": hashlib.sha256(read_resource("unicode-14.txt")).hexdigest(),
        }
        if self.has_graph:
            files["encoder.onnx"] = hashlib.sha256(self.onnx).hexdigest()
        return Identity(self.name, files, self.specials, self.limit, self.rule, self.dimensions, self.norm_class)

    @property
    def hash(self) -> bytes:
        return self.identity.hash

    # What follows is of texts; the encoders of other content say it for theirs

    kind: ClassVar[str] = "text"  # of the Datanets whose records it takes
    licence: ClassVar[str] = "Apache-2.0"  # of what stands in a package for it

    @property
    def key(self) -> str:
        """What `encoders.get` takes: the name, and for a fitted encoder its constants."""
        return self.name

    @property
    def package_files(self) -> dict[str, bytes]:
        """What a package holds beside its graph and manifest."""
        return {name: read_resource(name) for name in SHARED}

    @property
    def ports(self) -> dict[str, int]:
        """Inputs of the fused graph and their ONNX types."""
        return {"input_ids": INT64, "attention_mask": INT64}

    @property
    def probes(self) -> tuple[str, ...]:
        """Contents that a package's graph is tried with."""
        return ("the quick brown fox", "a body of water surrounded by land")

    def payload(self, text: str, fetch: Callable[[str], bytes] | None) -> str:
        """What the worker is given for a record's text; `fetch` gives a file by its SHA-256."""
        del fetch
        return text

    def feeds(self, content: str) -> tuple[list[int], dict[str, NDArray[Any]]]:
        """A content as integers to show and compare, and as the inputs of the fused graph."""
        ids = self.tokens(content)
        row = np.array(ids, np.int64).reshape(1, -1)
        return ids, {"input_ids": row, "attention_mask": np.ones_like(row)}

    @cached_property
    def wordpiece(self) -> WordPiece:
        return WordPiece(self.vocabulary.decode(), read_resource("unicode-14.txt").decode())

    def tokens(self, text: str) -> list[int]:
        """Token ids as the encoder takes them: cut to `limit`; an empty list never occurs with special tokens."""
        ids = self.wordpiece.tokens(text)
        if not self.specials:
            return ids[: self.limit]
        known = self.wordpiece.ids
        return [known["[CLS]"], *ids[: self.limit - 2], known["[SEP]"]]

    @abstractmethod
    def rows(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.int64]:
        """Of token ids as `tokens` gives them: int64 [len(tokens), dimensions], without the bias."""

    def features(self, texts: Sequence[str]) -> Features:
        """int16 [len(texts), dimensions + 1]; row i depends on text i alone."""
        return with_bias(self.rows([self.tokens(text) for text in texts]))

    def alike(self, a: Features, b: Features) -> bool:
        """Whether two rows may be of one text on two machines: equal where exact, within TOLERANCE elsewhere."""
        return int(np.abs(a.astype(np.int64) - b).max(initial=0)) <= (0 if self.exact else TOLERANCE)

    def agrees(self, ids: Sequence[int], x: Features) -> bool:
        """Whether a row x [width] that a graph made of these ids is right as far as integers can tell."""
        return not self.exact or np.array_equal(x[:-1], self.rows([ids])[0])


def with_bias(dense: NDArray[np.int64]) -> Features:
    """[n, d] integers within +-FEATURE_SCALE -> int16 [n, d + 1], the bias last."""
    bias = np.full((len(dense), 1), FEATURE_SCALE, np.int64)
    return np.concatenate([dense, bias], axis=1).astype(np.int16)
