"""Pictures from anybody, looked at inside the model's process: what they are, a print of them, a small copy, pixels.

Only PNG, JPEG and WebP, only their first frame, within 8 MB and 24 million pixels: a file that claims more is refused
before a pixel is decoded. Everything goes by the file's own bytes, never by its name.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadFile, OpenLedgerError, TooLarge, WorkerLimit

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 24_000_000  # 72 MB as RGB
MAX_SIDE = 12_000
_MEDIA = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_PRINT = 16  # a print has 16 x 16 bits
_EDGE = 6  # of 255: neighbours closer than that are the same, so faint noise turns no bit
_GPS = 0x8825  # Exif: where it was taken
_SMALLEST, _LARGEST = 16, 1024  # sides of a small copy


@dataclass(frozen=True)
class Look:
    """What a picture is. `print` 32 bytes: equal, or a few bits apart, for pictures that look the same.

    `place`: its metadata say where it was taken. Orientation by Exif is applied: width and height are as shown.
    """

    media: str
    width: int
    height: int
    print: bytes
    place: bool


def look(content: bytes) -> Look:
    """Raises BadFile ("not a picture", "damaged picture"), TooLarge."""
    with _opened(content) as image:
        media = _MEDIA[str(image.format)]
        place = bool(image.getexif().get_ifd(_GPS))
        shown = _upright(image)
        return Look(media, shown.width, shown.height, _print_of(shown), place)


def small(content: bytes, side: int) -> tuple[int, int, bytes]:
    """(width, height, RGB bytes by row) of a copy at most `side` pixels wide and high; never larger than it is."""
    from PIL.Image import Resampling

    side = max(_SMALLEST, min(_LARGEST, side))
    with _opened(content) as image:
        image.draft("RGB", (side, side))  # JPEG decodes at a fraction of its size
        shown = _plain(_upright(image))
        shown.thumbnail((side, side), Resampling.BILINEAR)
        return shown.width, shown.height, shown.tobytes()


def square(content: bytes, side: int) -> NDArray[np.uint8]:
    """The whole picture scaled into a square, its edges filled with mid-grey: uint8 [side, side, 3]."""
    import PIL.Image as Images

    with _opened(content) as image:
        shown = _plain(_upright(image))
        scale = side / max(shown.width, shown.height)
        size = (max(1, round(shown.width * scale)), max(1, round(shown.height * scale)))
        shown = shown.resize(size, Images.Resampling.BICUBIC)
        whole = Images.new("RGB", (side, side), (127, 127, 127))
        whole.paste(shown, ((side - size[0]) // 2, (side - size[1]) // 2))
        return np.asarray(whole, np.uint8)


@contextmanager
def _opened(content: bytes) -> Iterator[Image]:
    """The file's first frame, its claims checked and not yet decoded; what a decoder says becomes our words."""
    import PIL
    import PIL.Image as Images

    if len(content) > MAX_BYTES:
        raise TooLarge(what="picture", found=len(content), limit=MAX_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a decoder's doubts: what it can read counts
            with Images.open(io.BytesIO(content), formats=tuple(_MEDIA)) as image:
                _check_size(image)
                yield image
    except OpenLedgerError:
        raise
    except MemoryError as error:
        raise WorkerLimit(what="memory") from error
    except Images.DecompressionBombError as error:  # Pillow's own limit lies above ours and speaks first
        raise TooLarge(what="pixels", found="too many", limit=MAX_PIXELS) from error
    except PIL.UnidentifiedImageError as error:
        raise BadFile(path="", reason="not a picture") from error
    except Exception as error:  # decoders of hostile bytes raise OSError, SyntaxError, ValueError, struct.error, ...
        raise BadFile(path="", reason="damaged picture", detail=str(error)[:200]) from error


def _check_size(image: Image) -> None:
    if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
        raise TooLarge(what="pixels", found=image.width * image.height, limit=MAX_PIXELS)


def _upright(image: Image) -> Image:
    from PIL import ImageOps

    found: Any = ImageOps.exif_transpose(image)
    return found if found is not None else image


def _plain(image: Image) -> Image:
    """RGB; what is transparent stands on white."""
    import PIL.Image as Images

    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        clear = image.convert("RGBA")
        ground = Images.new("RGBA", clear.size, (255, 255, 255, 255))
        ground.alpha_composite(clear)
        image = ground
    elif image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        grey = np.asarray(image, np.float64)
        low, high = float(grey.min()), float(grey.max())
        image = Images.fromarray(((grey - low) * (255 / max(1e-9, high - low))).astype(np.uint8))
    return image.convert("RGB")


def _print_of(image: Image) -> bytes:
    """Which of 16 x 16 neighbours is clearly brighter (a difference hash with a dead zone)."""
    from PIL.Image import Resampling

    grey = np.asarray(_plain(image).convert("L").resize((_PRINT + 1, _PRINT), Resampling.BOX), np.int64)
    return np.packbits(grey[:, 1:] > grey[:, :-1] + _EDGE).tobytes()
