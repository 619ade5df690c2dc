"""effnet-lite0: EfficientNet-lite0 without its classifier, for pictures (Tan & Le 2019; the lite variant of 2020).

A record's text names the picture, the bytes come with it (`payload`). The whole picture is scaled into 224 x 224
pixels with grey edges and given as (v - 127) / 128. Its 1,280 means become a unit vector in double, times 2047, half
to even. Decoders and floats differ in the last bits between machines: the integers committed in a release count.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadFile, ModelError
from core.keccak import keccak256
from core.models import canonical
from core.models.encoders.base import FEATURE_SCALE, Encoder, Features, read_resource, with_bias
from core.models.onnx_wire import FLOAT

SIDE = 224  # pixels


class EffNet(Encoder):
    name = "effnet-lite0"
    kind = "image"
    dimensions = 1280
    limit = SIDE
    specials = False
    rule = "whole picture in 224x224 on grey, (v-127)/128, unit double*2047, half to even"
    norm_class = 2  # a unit vector and the bias make 2; the rest is room for rounding
    exact = False

    @cached_property
    def hash(self) -> bytes:
        return keccak256(
            canonical.encode(
                {
                    "features": {
                        "bias": FEATURE_SCALE,
                        "dimensions": self.dimensions,
                        "norm": self.norm_class,
                        "rule": self.rule,
                        "scale": FEATURE_SCALE,
                    },
                    "files": {"encoder.onnx": hashlib.sha256(self.onnx).hexdigest()},
                    "format": "openledger-encoder/1",
                    "name": self.name,
                }
            )
        )

    @property
    def package_files(self) -> dict[str, bytes]:
        return {"LICENSE": read_resource("LICENSE"), "NOTICE": read_resource(f"{self.name}/NOTICE")}

    @property
    def ports(self) -> dict[str, int]:
        return {"image": FLOAT}

    @property
    def probes(self) -> tuple[str, ...]:
        """Two small pictures, drawn here."""
        slope = np.arange(32, dtype=np.uint8) * 8
        one = np.stack([np.tile(slope, (32, 1)), np.tile(slope[:, None], (1, 32)), np.full((32, 32), 90, np.uint8)], 2)
        return tuple(_png(each) for each in (one, one[::-1, ::2]))

    def payload(self, text: str, fetch: Callable[[str], bytes] | None) -> str:
        """The file in base64. Raises ModelError when the text names no picture that is here."""
        try:
            digest = json.loads(text)["sha256"]
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(reason="not a picture") from error
        if fetch is None:
            raise ModelError(reason="no pictures here")
        return base64.b64encode(fetch(str(digest))).decode()

    def pixels(self, content: str) -> NDArray[np.float32]:
        """[1, 3, 224, 224] of a file in base64. Raises BadFile, TooLarge."""
        from core.models.pictures import square

        try:
            data = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadFile(path="", reason="not a picture") from error
        found = square(data, SIDE).astype(np.float32)
        whole: NDArray[np.float32] = np.ascontiguousarray(((found - 127) / 128).transpose(2, 0, 1)[None])
        return whole

    def feeds(self, content: str) -> tuple[list[int], dict[str, NDArray[Any]]]:
        return [], {"image": self.pixels(content)}

    @cached_property
    def _session(self) -> Any:
        from core.models.session import open_session

        return open_session(self.onnx)

    def rows(self, tokens: Sequence[Any]) -> NDArray[np.int64]:
        """Of pixels as `pixels` gives them: int64 [len(tokens), 1280], without the bias."""
        found = np.zeros((len(tokens), self.dimensions), np.int64)
        for row, pixels in enumerate(tokens):
            (means,) = self._session.run(["embedding"], {"image": pixels})
            found[row] = unit(means)[0]
        return found

    def features(self, texts: Sequence[str]) -> Features:
        """Of files in base64, as `payload` makes them."""
        return with_bias(np.concatenate([self.rows([self.pixels(text)]) for text in texts]))


def unit(means: NDArray[np.float32]) -> NDArray[np.int64]:
    """float32 [n, 1280] -> integers within +-2047; a row of zeros stays zeros."""
    wide = means.astype(np.float64)
    length = np.sqrt((wide * wide).sum(axis=1, keepdims=True))
    scaled = np.rint(wide * FEATURE_SCALE / np.maximum(length, 1e-6))
    found: NDArray[np.int64] = np.clip(scaled, -FEATURE_SCALE, FEATURE_SCALE).astype(np.int64)
    return found


def _png(pixels: NDArray[np.uint8]) -> str:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()
