"""A metered call becomes a statement: numbered without gaps, with a salted commitment to what was asked.

The payload's bytes stand in core/economy/SPEC.md, section 1. Who holds x and salt can show what was asked; the ledger
and the other party see only commitments.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.attribution import payloads
from core.economy import voucher
from core.economy.channel import Channel
from core.errors import BadInput, EconomyError, NonceGap, NothingToSettle
from core.jobs import Progress, silent
from core.keccak import keccak256
from core.merkle import MerkleTree
from core.storage import Database
from core.units import Address, Amount

LIMIT = 2047  # of a feature (PoA-1, section 1)
MAX_LABELS = 64
_FEATURES = b"M1.features".ljust(16, b"\0")
_STATEMENT = b"M1.statement".ljust(16, b"\0")
_COLUMNS = "nonce, package, commitment, answered, label, fee, at, x, salt, call"
_WHERE = "chain_id = ? AND contract = ? AND payer = ? AND model = ?"

Features = NDArray[np.int16]


@dataclass(frozen=True)
class Statement:
    """One paid call. `label` is the one that counts; `x` (int16 little-endian) and `salt` are None when not held."""

    nonce: int
    package: bytes
    commitment: bytes
    answered: int
    label: int
    fee: Amount
    at: int
    x: bytes | None = None
    salt: bytes | None = None
    call: int | None = None

    def payload(self, channel: Channel) -> bytes:
        return (
            _STATEMENT
            + channel.chain_id.to_bytes(8, "little")
            + channel.contract.raw
            + channel.payer.raw
            + channel.model.to_bytes(8, "little")
            + self.package
            + self.nonce.to_bytes(8, "little")
            + self.commitment
            + self.answered.to_bytes(4, "little")
            + self.label.to_bytes(4, "little")
            + self.fee.wei.to_bytes(16, "little")
            + self.at.to_bytes(8, "little")
        )

    @property
    def features(self) -> Features:
        """The call as int16 [d]. Raises EconomyError when another party holds it."""
        if self.x is None:
            raise EconomyError(reason="features not held", nonce=self.nonce)
        return np.frombuffer(self.x, "<i2").astype(np.int16)


@dataclass(frozen=True)
class LabelSums:
    """The calls of a settlement, added up.

    sums   [K, d], of fee * x over the calls that count for label k (object array of Python integers)
    calls  how many count for each label
    fee    of them all
    """

    sums: NDArray[Any]
    calls: tuple[int, ...]
    fee: Amount


def commit(x: bytes, salt: bytes) -> bytes:
    return keccak256(_FEATURES + salt + x)


def meter(
    database: Database,
    channel: Channel,
    package: bytes,
    x: Features,
    answered: int,
    fee: Amount,
    at: int,
    *,
    call: int | None = None,
    salt: bytes | None = None,
    settled: int = 0,
) -> Statement:
    """Puts a call down under the channel's next number, durably. x int16 [d], |x| <= 2047. Raises BadInput.

    `settled` is the last number that the ledger proves to be settled: where it passes what is here (an older vault, or
    the payer's other machine), numbering goes on above it, or the call would never be paid.

    Many at once belong inside one `database.transaction()`, which this joins: each by itself waits for the disk.
    """
    if x.dtype != np.int16 or x.ndim != 1 or not len(x) or np.abs(x.astype(np.int32)).max() > LIMIT:
        raise BadInput(field="features", reason="range", value=f"{x.dtype}{x.shape}")
    if len(package) != 32:
        raise BadInput(field="package", reason="length", value=len(package))
    if not 0 <= answered < MAX_LABELS:
        raise BadInput(field="label", reason="range", value=answered)
    if fee.wei >= 1 << 90:  # all OPEN there is; keeps sums below the 2^126 of PoA-1, section 5
        raise BadInput(field="fee", reason="range", value=str(fee.wei))
    if not 0 <= at < 2**63:
        raise BadInput(field="at", reason="range", value=at)
    salt = secrets.token_bytes(32) if salt is None else salt
    if len(salt) != 32:
        raise BadInput(field="salt", reason="length", value=len(salt))
    raw = x.astype("<i2").tobytes()
    with database.transaction():
        nonce = max(latest(database, channel), settled) + 1
        if nonce >= 2**63:  # no voucher and no table takes it; a payer signed himself out of this channel
            raise BadInput(field="nonce", reason="range", value=nonce)
        made = Statement(nonce, package, commit(raw, salt), answered, answered, fee, at, raw, salt, call)
        _insert(database, channel, [made])
    return made


def receive(database: Database, channel: Channel, statements: Sequence[Statement]) -> None:
    """Keeps another payer's statements. Raises NonceGap, and BadInput when an opened x is not the committed one."""
    with database.transaction():
        check_gapless(statements, latest(database, channel))
        for one in statements:
            if one.x is not None and (one.salt is None or commit(one.x, one.salt) != one.commitment):
                raise BadInput(field="commitment", reason="mismatch", value=one.nonce)
        _insert(database, channel, statements)


def correct(database: Database, channel: Channel, nonce: int, label: int) -> Statement:
    """The payer says the answer should have been `label`; that label counts. Only until a voucher covers the call.

    Raises EconomyError ("unknown call", "already signed") and BadInput.
    """
    if not 0 <= label < MAX_LABELS:
        raise BadInput(field="label", reason="range", value=label)
    with database.transaction():
        found = statements(database, channel, nonce, nonce)
        if not found:
            raise EconomyError(reason="unknown call", nonce=nonce)
        last = voucher.latest(database, channel)
        if last is not None and nonce <= last.voucher.nonce:
            raise EconomyError(reason="already signed", nonce=nonce)
        database.run(f"UPDATE statements SET label = ? WHERE {_WHERE} AND nonce = ?", label, *channel.key, nonce)  # noqa: S608
    return replace(found[0], label=label)


def latest(database: Database, channel: Channel) -> int:
    """The number of the channel's newest call; 0 when there is none."""
    row = database.one(f"SELECT nonce FROM statements WHERE {_WHERE} ORDER BY nonce DESC LIMIT 1", *channel.key)  # noqa: S608
    return 0 if row is None else int(row[0])


def statements(database: Database, channel: Channel, first: int, last: int) -> list[Statement]:
    rows = database.all(
        f"SELECT {_COLUMNS} FROM statements WHERE {_WHERE} AND nonce BETWEEN ? AND ? ORDER BY nonce",  # noqa: S608
        *channel.key,
        first,
        last,
    )
    return [_statement(row) for row in rows]


def batch(database: Database, channel: Channel, after: int, progress: Progress | None = None) -> list[Statement]:
    """What the next voucher covers: the calls after `after`, up to the first one made with another package.

    Raises NothingToSettle, NonceGap (a call is missing), Cancelled.
    """
    (progress or silent()).step("statements")
    found = statements(database, channel, after + 1, latest(database, channel))
    if not found:
        raise NothingToSettle(payer=channel.payer, model=channel.model)
    check_gapless(found, after)
    other = next((i for i, one in enumerate(found) if one.package != found[0].package), len(found))
    return found[:other]


@dataclass(frozen=True)
class Bill:
    """A voucher to sign, and what only the payer can put together for it: hand `sums` and `secret` to the poster."""

    voucher: voucher.Voucher
    secret: bytes
    statements: tuple[Statement, ...]
    sums: LabelSums


def next_bill(
    database: Database,
    channel: Channel,
    labels: int,
    *,
    settled_nonce: int,
    settled: Amount,
    blocks: int = 1,
    secret: bytes | None = None,
    progress: Progress | None = None,
) -> Bill:
    """Over everything since the last settlement, unsigned. `settled` and `settled_nonce` as `channels` holds them.

    `labels` and `blocks` are K and m of the model's head (PoA-1, section 9).
    What was signed before over the same calls keeps its secret, so that one voucher has one root; `secret` (32 bytes)
    is random where none is given.
    Raises NothingToSettle, NonceGap, EconomyError (an x is not held), BadInput, Cancelled.
    """
    found = batch(database, channel, settled_nonce, progress)
    total = settled + sum((one.fee for one in found), Amount(0))
    root = tree(channel, found, progress).root
    before = voucher.find(database, channel, found[-1].nonce)
    same = before is not None and before.voucher.statements_root == root
    secret = before.secret if before is not None and same else secret or secrets.token_bytes(32)
    sums = label_sums(found, labels, progress)
    made = voucher.Voucher(
        channel, found[0].package, found[0].nonce, found[-1].nonce, total, root, sums_root(secret, sums, blocks)
    )
    return Bill(made, secret, tuple(found), sums)


def sums_root(secret: bytes, sums: LabelSums, blocks: int = 1) -> bytes:
    """The root the payer signs (PoA-1, section 9)."""
    return MerkleTree.of(payloads.sums(secret, sums.sums.tolist(), blocks)).root


def tree(channel: Channel, found: Sequence[Statement], progress: Progress | None = None) -> MerkleTree:
    """Over the payloads in order of nonce; its root is the statementsRoot. Linear in the calls. Raises Cancelled."""
    progress = progress or silent()
    payloads = []
    for done, one in enumerate(found):
        if done % 1024 == 0:
            progress.step("hashing statements", done, len(found))
        payloads.append(one.payload(channel))
    progress.check()
    return MerkleTree.of(payloads)


def label_sums(found: Sequence[Statement], labels: int, progress: Progress | None = None) -> LabelSums:
    """S_k = sum of fee * x over the calls that count for label k, exactly. Linear in the calls.

    Raises EconomyError when an x is not held, BadInput when one has another width or label, Cancelled.
    """
    progress = progress or silent()
    if not found:
        raise BadInput(field="statements", reason="none")
    d = len(found[0].features)
    groups: dict[tuple[int, int], NDArray[np.int64]] = {}  # int64 sums of x for one label and fee, multiplied once
    calls = [0] * labels
    for done, one in enumerate(found):
        if done % 1024 == 0:
            progress.step("adding up calls", done, len(found))
        if one.label >= labels or one.x is None or len(one.x) != 2 * d:
            one.features  # noqa: B018 - says so when the features are held elsewhere
            raise BadInput(field="statement", reason="shape", value=one.nonce)
        group = groups.setdefault((one.label, one.fee.wei), np.zeros(d, np.int64))
        group += np.frombuffer(one.x, "<i2")
        calls[one.label] += 1
    sums = np.zeros((labels, d), object)
    for (label, fee), group in groups.items():
        sums[label] += group.astype(object) * fee
    return LabelSums(sums, tuple(calls), sum((one.fee for one in found), Amount(0)))


def fewest(found: Sequence[Statement]) -> dict[int, int]:
    """Of each label: how many calls of one fee count for it, where there are fewest.

    Only calls of its own fee hide a call: a sum over two fees may come apart into one of each, and free ones add
    nothing.
    """
    groups = Counter((one.label, one.fee.wei) for one in found if one.fee)
    least: dict[int, int] = {}
    for (label, _), count in groups.items():
        least[label] = min(count, least.get(label, count))
    return least


def check_gapless(found: Sequence[Statement], after: int) -> None:
    """Raises NonceGap unless the nonces are after+1, after+2, ..."""
    for expected, one in enumerate(found, start=after + 1):
        if one.nonce != expected:
            raise NonceGap(what="statement", expected=expected, found=one.nonce)


def unsettled(database: Database, channel: Channel, settled_nonce: int) -> tuple[int, Amount]:
    """How many calls wait for a settlement, and what they cost."""
    rows = database.all(f"SELECT fee FROM statements WHERE {_WHERE} AND nonce > ?", *channel.key, settled_nonce)  # noqa: S608
    return len(rows), Amount(sum(int(row[0]) for row in rows))


def of_call(database: Database, call: int) -> tuple[Channel, Statement] | None:
    """The statement of a call made on this device."""
    row = database.one(f"SELECT chain_id, contract, payer, model, {_COLUMNS} FROM statements WHERE call = ?", call)  # noqa: S608
    if row is None:
        return None
    channel = Channel(row["chain_id"], Address(row["contract"]), Address(row["payer"]), row["model"])
    return channel, _statement(row)


def _insert(database: Database, channel: Channel, found: Sequence[Statement]) -> None:
    database.run_many(
        "INSERT INTO statements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *channel.key,
                one.nonce,
                one.package,
                one.commitment,
                one.answered,
                one.label,
                str(one.fee.wei),
                one.at,
                one.x,
                one.salt,
                one.call,
            )
            for one in found
        ],
    )


def _statement(row: Any) -> Statement:
    return Statement(
        row["nonce"],
        row["package"],
        row["commitment"],
        row["answered"],
        row["label"],
        Amount(int(row["fee"])),
        row["at"],
        row["x"],
        row["salt"],
        row["call"],
    )
