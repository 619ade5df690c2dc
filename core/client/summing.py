"""The sums behind a model as files: out of one profile, merged anywhere, in any order to the same hash."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import BadInput
from core.values.summing import SumsView

if TYPE_CHECKING:
    from core.models.catalogue import Catalogue
    from core.models.statistics_file import Sums


FEW_RECORDS = 64  # sums over fewer give words of them away (core/attribution/PRIVACY.md)


def few_records(catalogue: Catalogue, model: int) -> tuple[tuple[str, int], ...]:
    """(label, records) where some records have weight, yet fewer than 64. Raises BadInput, ModelError."""
    data = catalogue.training(catalogue.get(model).newest).data
    counts = ((name, int(((data.y == k) & (data.w > 0)).sum())) for k, name in enumerate(data.labels))
    return tuple((name, count) for name, count in counts if 0 < count < FEW_RECORDS)


def export(catalogue: Catalogue, model: int, target: Path, *, disclose: bool = False) -> SumsView:
    """The sums of all records of a model's newest version.

    `disclose`: the person agreed to what `few_records` says. Raises BadInput ("few records" where it says something
    and nobody agreed), ModelError (not trained here), DiskFull.
    """
    from core.models import encoders, statistics_file

    if not disclose and few_records(catalogue, model):
        raise BadInput(field="statistics", reason="few records")
    trained = catalogue.training(catalogue.get(model).newest)
    data = trained.data
    kind = encoders.get(data.encoder)
    sums = statistics_file.of_arrays(
        data.x,
        data.y,
        data.w,
        features=data.encoder,
        norm_class=kind.norm_class,
        labels=data.labels,
        known=trained.statistics,
    )
    return _save(target, sums, 1)


def merge(target: Path, sources: Sequence[Path]) -> SumsView:
    """Needs no profile. Raises BadFile, TooLarge, BadInput (of other features or labels; names the file), DiskFull."""
    from core.models import statistics_file

    total = statistics_file.merged([statistics_file.open_file(path) for path in sources[:1]])
    for path in sources[1:]:
        part = statistics_file.open_file(path)
        try:
            total = total + part
        except BadInput as error:
            raise BadInput(**(error.values | {"path": str(path)})) from error
    return _save(target, total, len(sources))


def _save(target: Path, sums: Sums, files: int) -> SumsView:
    from core.models import statistics_file

    statistics_file.save(target, sums)
    statistics = sums.statistics
    return SumsView(
        path=str(target),
        hash="0x" + sums.hash.hex(),
        statistics_hash="0x" + statistics.digest().hex(),
        features=sums.features,
        labels=sums.labels,
        records=sums.records,
        weight=int(statistics.mass.sum()),
        files=files,
        bytes=target.stat().st_size,
    )
