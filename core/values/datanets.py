"""Datanets, contributions, releases."""

from __future__ import annotations

from dataclasses import dataclass

from core.units import Address
from core.values.shared import TrustView


@dataclass(frozen=True)
class ContributionView:
    """`state`: draft, signed, committed, reviewed, released, withdrawn. `number` is the ledger's id."""

    id: int
    datanet: int
    number: int | None
    contributor: Address
    contributor_name: str
    count: int
    accepted: int | None
    state: str
    root: str
    tx_hash: str | None
    time: int
    mine: bool
    withdrawn: int = 0  # records taken back so far, as the ledger says


@dataclass(frozen=True)
class UnnamedView:
    """A withdrawal on the ledger of `records` that are not known here: its contributor has a file that names them."""

    datanet: int
    contribution: int  # the profile's row
    number: int  # the ledger's id of it
    contributor: Address
    contributor_name: str
    records: int
    mine: bool


@dataclass(frozen=True)
class Taken:
    """A file that was taken in. `what`: "contribution" or "withdrawal"; `records` it holds or names, `here` of them on
    this device, `new` of those that were not here, or not out, before.
    """

    what: str
    contribution: int
    records: int
    here: int
    new: int


@dataclass(frozen=True)
class ReleaseView:
    datanet: int
    version: int
    records: int
    contributors: int
    root: str
    manifest_hash: str
    block: int | None
    time: int
    trust: TrustView


@dataclass(frozen=True)
class DatanetView:
    """`id` is the profile's row, `number` the ledger's id (None until confirmed). name/description are foreign."""

    id: int
    number: int | None
    name: str
    description: str
    labels: tuple[str, ...]
    licence: str
    owner: Address
    curator: bool  # whether one of my accounts may review
    records: int
    waiting: int  # records waiting for review
    contributors: int
    mine: int  # my records in it
    releases: tuple[ReleaseView, ...]
    calls_30_days: int
    trust: TrustView
    kind: str = "text"  # or "table", "image"
    columns: tuple[tuple[str, str], ...] = ()  # of a table: name, "number" or "category"
    unnamed: tuple[UnnamedView, ...] = ()  # withdrawn records that nobody named here


@dataclass(frozen=True)
class PictureView:
    """A small copy of a picture: RGB bytes by row, three a pixel."""

    width: int
    height: int
    rgb: bytes
