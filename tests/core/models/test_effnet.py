"""Pictures: looked at within limits in the model's process, made integers, and answered like texts are."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from core.errors import BadFile, ModelError, TooLarge
from core.models import encoders, fusing, package, pictures, ridge, sandbox, session, training
from core.models.encoders.effnet import SIDE, unit
from core.models.onnx_wire import FLOAT
from core.models.runtime import ModelRuntime

# On the ledger stands this; another value is another encoder.
HASH = "4b7f653c857b4f4351db337e6a1f0e75d14af4e3f14bb309fd42841046f2f37b"


def drawn(seed: int, size: tuple[int, int] = (48, 32), mode: str = "RGB", form: str = "PNG", **more: object) -> bytes:
    """A few coloured blocks, alike in every format."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (4, 6, 3), np.uint8))
    out = io.BytesIO()
    small.resize(size, Image.Resampling.NEAREST).convert(mode).save(out, form, **more)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def claiming(width: int, height: int) -> bytes:
    """A tiny PNG that says it is enormous."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("mode", "form"), [("RGB", "PNG"), ("RGBA", "PNG"), ("P", "PNG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("RGB", "WEBP")]
)
def test_what_is_seen_does_not_depend_on_the_format(mode: str, form: str) -> None:
    found = pictures.look(drawn(1, mode=mode, form=form))
    plain = pictures.look(drawn(1))
    assert (found.media, found.width, found.height) == (f"image/{form.lower()}", 48, 32)
    apart = bytes(a ^ b for a, b in zip(found.print, plain.print, strict=True))
    assert sum(byte.bit_count() for byte in apart) <= (40 if mode in {"L", "CMYK", "P"} else 12)
    width, height, rgb = pictures.small(drawn(1, mode=mode, form=form), 24)
    assert (width, height, len(rgb)) == (24, 16, 24 * 16 * 3)
    assert pictures.square(drawn(1, mode=mode, form=form), 64).shape == (64, 64, 3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a picture"),
        (b"words", "not a picture"),
        (b"GIF89a" + bytes(60), "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (drawn(2)[:-200], "damaged picture"),
        (drawn(2, form="JPEG")[:300], "damaged picture"),
        (claiming(10, 10), "damaged picture"),
    ],
)
def test_what_cannot_be_seen_is_refused_in_words(content: bytes, reason: str) -> None:
    with pytest.raises(BadFile) as caught:
        pictures.look(content)
    assert caught.value.values["reason"] == reason


@pytest.mark.parametrize("size", [(30_000, 30_000), (12_001, 1), (5_000, 5_000)])
def test_a_file_that_claims_too_many_pixels_is_refused_before_one_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(TooLarge):
        pictures.look(claiming(*size))


def test_orientation_is_applied_and_a_place_is_told() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # stands on its side
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}
    found = pictures.look(drawn(3, form="JPEG", exif=exif))
    assert (found.width, found.height, found.place) == (32, 48, True)
    assert not pictures.look(drawn(3, form="JPEG")).place


def test_a_picture_keeps_its_print_through_another_format_and_size_and_others_have_their_own() -> None:
    prints = [pictures.look(drawn(seed)).print for seed in range(8)]
    assert len(set(prints)) == 8
    again = pictures.look(drawn(0, size=(96, 64), form="JPEG", quality=80)).print
    distances = [sum((a ^ b).bit_count() for a, b in zip(again, one, strict=True)) for one in prints]
    assert distances[0] <= 12 < min(distances[1:])


def test_the_hash_of_the_encoder_is_pinned() -> None:
    assert encoders.get("effnet-lite0").hash.hex() == HASH
    assert encoders.of_kind("image") == ("effnet-lite0",)
    assert encoders.kind_of("effnet-lite0") == "image"


def test_means_become_integers_of_the_family() -> None:
    means = np.abs(np.random.default_rng(5).normal(0, 1, (3, 1280))).astype(np.float32)
    rows = unit(means)
    assert (rows**2).sum(axis=1).max() < 2 * 2047**2
    np.testing.assert_array_equal(unit(np.zeros((1, 1280), np.float32)), np.zeros((1, 1280)))


def test_the_graph_holds_the_encoder_and_its_scores_are_exact() -> None:
    encoder = encoders.get("effnet-lite0")
    head = np.random.default_rng(6).integers(-(2**40), 2**40, (encoder.width, 2))
    graph = fusing.fuse(encoder, head)
    assert sandbox.check(graph).inputs == {"image": FLOAT}
    content = base64.b64encode(drawn(7)).decode()
    _, feeds = encoder.feeds(content)
    assert feeds["image"].shape == (1, 3, SIDE, SIDE)
    x, scores = session.open_session(graph).run(["x", "scores"], feeds)
    wanted = encoder.features([content])[0]
    assert np.abs(x[0].astype(int) - wanted).max() <= 1
    np.testing.assert_array_equal(scores[0], x[0].astype(np.int64) @ head)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {hashlib.sha256(one).hexdigest(): one for one in (drawn(seed) for seed in range(4))}


@pytest.fixture(scope="module")
def seeing(files: dict[str, bytes]) -> Iterator[ModelRuntime]:
    found = ModelRuntime(fetch=files.__getitem__)
    found.look(drawn(1))
    yield found
    found.close()


def test_the_worker_looks_and_makes_small_copies(seeing: ModelRuntime) -> None:
    assert seeing.look(drawn(4)) == pictures.look(drawn(4))
    assert seeing.small(drawn(4), 24) == pictures.small(drawn(4), 24)
    with pytest.raises(BadFile):
        seeing.look(b"words")
    with pytest.raises(TooLarge):
        seeing.look(claiming(30_000, 30_000))


def test_a_model_of_pictures_is_packed_read_and_run(seeing: ModelRuntime, files: dict[str, bytes]) -> None:
    texts = [f'{{"sha256":"{digest}"}}' for digest in files]
    encoder = encoders.get("effnet-lite0")
    x = seeing.encode("effnet-lite0", texts)
    y, w = np.arange(4) % 2, np.ones(4, np.int64)
    weights = np.random.default_rng(8).integers(-(2**40), 2**40, (encoder.width, 2))
    head = ridge.Head(np.zeros((encoder.width, encoder.width), np.int64), weights, 10, encoder.norm_class)  # no solve
    ids = tuple(bytes.fromhex(digest) for digest in files)
    data = training.TrainingSet("effnet-lite0", ("even", "odd"), x, y, w, ids, (bytes(20),) * 4, 0, None)
    release = package.Release(1, 1, bytes(32), bytes(32), bytes(32), "CC0-1.0")
    built = package.build(training.TrainedModel(data, head, None), name="Blocks", release=release, z=30)
    found = package.read(built.data, built.hash)
    assert set(found.files) == {"model.onnx", "LICENSE", "NOTICE"}
    model = seeing.load(built.hash, lambda: built.data)
    for answer, row, text in zip(seeing.run(model, texts), x, texts, strict=True):
        assert np.abs(answer.x.astype(int) - row).max() <= 1
        assert list(answer.scores) == head.scores(answer.x[None])[0].tolist()
        assert answer.text == text


def test_a_text_that_names_no_picture_is_an_error(seeing: ModelRuntime) -> None:
    with pytest.raises(ModelError):
        seeing.encode("effnet-lite0", ["words"])
    with pytest.raises(ModelError):
        encoders.get("effnet-lite0").payload('{"sha256":"00"}', None)
