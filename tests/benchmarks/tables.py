"""Tables for the accuracy table: breast cancer, wine and iris (with scikit-learn), penguins, and a mix of both kinds.

    from tests.benchmarks.tables import load
    for one in load(): one.name, one.columns, one.rows, one.labels, one.raw

Needs scikit-learn and palmerpenguins in the environment of the benchmark; a set whose package is missing is left out.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from core.datanets.content import Column, guess_columns, row_of


@dataclass(frozen=True)
class Table:
    """`rows` are canonical texts as the product keeps them, `labels` beside them, `raw` cells by column for rivals.

    Shuffled once, always alike.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[str, ...]
    labels: tuple[str, ...]
    raw: tuple[dict[str, str], ...]

    @property
    def schema(self) -> tuple[tuple[str, str], ...]:
        """As `core.models.encoders.fit` takes it."""
        return tuple((column.name, column.cells) for column in self.columns)


def load() -> Iterator[Table]:
    with suppress(ImportError):
        from sklearn import datasets

        for name in ("breast_cancer", "wine", "iris"):
            found = getattr(datasets, f"load_{name}")()
            names = [str(each) for each in found.feature_names]
            cells = [dict(zip(names, map(str, row), strict=True)) for row in found.data.tolist()]
            yield _table(name.replace("_", " "), cells, [str(found.target_names[k]) for k in found.target])
    with suppress(ImportError):
        import palmerpenguins

        frame = palmerpenguins.load_penguins().drop(columns=["year"])
        cells = [{str(k): str(v) for k, v in row.items()} for row in frame.to_dict("records")]
        yield _table("penguins", cells, [row.pop("species") for row in cells])


def digits() -> Iterator[tuple[bytes, str]]:
    """scikit-learn's 1,797 digits of 8 x 8 as PNG files with their labels, for the encoder of pictures."""
    import io

    import numpy as np
    from PIL import Image
    from sklearn import datasets

    found = datasets.load_digits()
    for pixels, label in zip(found.images, found.target, strict=True):
        out = io.BytesIO()
        drawn = Image.fromarray((255 - pixels * 15).astype(np.uint8))
        drawn.resize((64, 64), Image.Resampling.BICUBIC).save(out, "PNG")
        yield out.getvalue(), str(label)


def _table(name: str, cells: list[dict[str, str]], labels: list[str]) -> Table:
    columns = guess_columns(cells, None)
    order = list(range(len(cells)))
    random.Random(name).shuffle(order)
    rows = tuple(row_of(cells[at], columns) for at in order)
    return Table(name, columns, rows, tuple(labels[at] for at in order), tuple(cells[at] for at in order))
