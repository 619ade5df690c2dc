"""The proof file: everything an auditor needs to check one settlement, one answer and one claim without this program.

It discloses, to whoever gets it:
  - the features of every record of the release, its label, weight and contributor; features give back most of a
    text's words, so this is as private as the release itself, and the release's features secret opens its leaves;
  - the features of every call of the settlement, its label, fee, time and salt: what the payer asked, nearly;
  - the settlement's secret, which opens its leaves; the claim and the balances around it.
So it may go to the parties of the settlement who already hold the release, and to an auditor whom the payer and the
release's people trust with both. It holds no key, no phrase and no text. The format stands in SPEC.md, section 4.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from core.attribution import contributors, influence
from core.economy.body import Body
from core.economy.claims import Claim
from core.economy.settlement import Earner, Settlement, contributors_of
from core.economy.usage import Statement, tree
from core.economy.voucher import SignedVoucher
from core.errors import BadInput, EconomyError, ProofMismatch
from core.jobs import Progress, silent
from core.keccak import keccak256
from core.merkle import MerkleTree
from core.models.ridge import Statistics
from core.units import Address

FORMAT = "openledger-proof"
VERSION = 2
SUFFIX = ".proof.json"


@dataclass(frozen=True)
class OnChain:
    """What the light node read, all at one block; `trust` is its word for how far these values can be believed.

    The model's values are those of the package that answered the calls. `body` and `payout_root` stand in the event
    of the settlement and make its id; `status` (1 posted, 2 finished, 3 void) and `claimable_at` stand under that id;
    `roots_hash` is what Models keeps of the package.
    """

    block: int
    block_hash: bytes
    trust: str
    body: Body
    payout_root: bytes
    status: int
    claimable_at: int
    is_claimed: bool
    builder: Address
    package: bytes
    encoder: bytes
    roots_hash: bytes
    split: tuple[int, int, int, int]
    datanet: int
    release: int
    records_root: bytes
    records: int


@dataclass(frozen=True)
class Contents:
    """What goes into the file.

    manifest        the package's manifest as published; its keccak is the package hash
    features_secret salts the leaves of the features root
    release_leaves  every leaf of the release, in order; a record's id is its leaf
    statements      the calls that the voucher covers, each with x and salt
    answer          the number of the call whose shares are recomputed
    claimant        whose leaf is shown; `claim` is None while it is not taken
    """

    settlement: Settlement
    voucher: SignedVoucher
    statements: Sequence[Statement]
    manifest: bytes
    features_secret: bytes
    release_leaves: Sequence[bytes]
    chain: OnChain
    answer: int
    claimant: Address
    claim: Claim | None


def export(contents: Contents, progress: Progress | None = None) -> bytes:
    """The whole file. Raises ProofMismatch when the parts do not belong together, EconomyError ("unknown call",
    "nothing to claim", "features not held"), BadInput, AttributionError, Cancelled.
    """
    progress = progress or silent()
    _belongs_together(contents)
    sections = {
        "chain": _chain(contents),
        "manifest": {"text": contents.manifest.decode()},
        "release": {"leaves": _hashes(contents.release_leaves)},
        "records": _records(contents),
        "head": {
            "V": array(contents.settlement.tables.head.V, "<i8"),
            "W": array(contents.settlement.tables.head.W, "<i8"),
        },
        "calls": _calls(contents),
        "settlement": _settlement(contents),
        "answer": _answer(contents, progress),
        "claim": _claim(contents),
    }
    progress.step("writing", 1, 1)
    digests = {name: keccak256(canonical(section)).hex() for name, section in sections.items()}
    return canonical({"format": FORMAT, "version": VERSION, "sections": sections, "digests": digests}) + b"\n"


def canonical(value: object) -> bytes:
    """JSON with sorted keys, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def array(values: ArrayLike, dtype: str) -> dict[str, Any]:
    """{"dtype", "shape", "data"}: base64 of the little-endian bytes, row-major."""
    whole = np.ascontiguousarray(np.asarray(values).astype(dtype))
    return {"dtype": dtype, "shape": list(whole.shape), "data": base64.b64encode(whole.tobytes()).decode()}


def _hashes(values: Sequence[bytes], width: int = 32) -> dict[str, Any]:
    return array(np.frombuffer(b"".join(values), np.uint8).reshape(len(values), width), "|u1")


def _hex(account: Address) -> str:
    return "0x" + account.raw.hex()


def _belongs_together(contents: Contents) -> None:
    settlement, voucher, chain = contents.settlement, contents.voucher.voucher, contents.chain
    found = tree(settlement.channel, contents.statements).root
    pairs = [
        ("voucher", settlement.voucher, voucher),
        ("statements root", voucher.statements_root, found),
        ("settled statements root", chain.body.statements_root, found),
        ("scores root on the ledger", settlement.roots.scores_root, chain.body.scores_root),
        ("payout root on the ledger", settlement.payout_root, chain.payout_root),
        ("package", settlement.tables.package, keccak256(contents.manifest)),
        ("package on the ledger", settlement.tables.package, chain.package),
        ("records root on the ledger", MerkleTree(contents.release_leaves).root, chain.records_root),
    ]
    for what, expected, have in pairs:
        if expected != have:
            raise ProofMismatch(what=what, expected=expected, found=have)
    if len(contents.features_secret) != 32:
        raise BadInput(field="features_secret", reason="length")


def _chain(contents: Contents) -> dict[str, Any]:
    chain, channel = contents.chain, contents.settlement.channel
    return {
        "chain_id": str(channel.chain_id),
        "contract": _hex(channel.contract),
        "block": chain.block,
        "block_hash": chain.block_hash.hex(),
        "trust": chain.trust,
        "settlement": chain.body.id(chain.payout_root).hex(),
        "body": chain.body.encode().hex(),
        "payout_root": chain.payout_root.hex(),
        "status": chain.status,
        "claimable_at": chain.claimable_at,
        "is_claimed": chain.is_claimed,
        "builder": _hex(chain.builder),
        "package": chain.package.hex(),
        "encoder": chain.encoder.hex(),
        "roots_hash": chain.roots_hash.hex(),
        "split": list(chain.split),
        "datanet": chain.datanet,
        "release": chain.release,
        "records_root": chain.records_root.hex(),
        "records": chain.records,
    }


def _records(contents: Contents) -> dict[str, Any]:
    tables = contents.settlement.tables
    return {
        "secret": contents.features_secret.hex(),
        "ids": _hashes(tables.record_ids),
        "accounts": _hashes([account.raw for account in tables.accounts], 20),
        "labels": array(tables.labels, "<i4"),
        "weights": array(tables.weights, "<i4"),
        "X": array(tables.X, "<i2"),
    }


def _calls(contents: Contents) -> dict[str, Any]:
    found = contents.statements
    x = np.stack([one.features for one in found])  # says so when another party holds them
    return {
        "first": found[0].nonce,
        "answered": array([one.answered for one in found], "<i4"),
        "labels": array([one.label for one in found], "<i4"),
        "fees": _hashes([one.fee.wei.to_bytes(16, "little") for one in found], 16),
        "times": array([one.at for one in found], "<i8"),
        "salts": _hashes([one.salt or b"" for one in found]),
        "x": array(x, "<i2"),
    }


def _settlement(contents: Contents) -> dict[str, Any]:
    one, voucher, roots = contents.settlement, contents.voucher, contents.settlement.roots
    K, d = one.sums.shape
    raw = b"".join(int(value).to_bytes(16, "little", signed=True) for row in one.sums.tolist() for value in row)
    return {
        "total_fee": str(voucher.voucher.total_fee.wei),
        "signature": voucher.signature.hex(),
        "secret": one.secret.hex(),
        "sums": array(np.frombuffer(raw, np.uint8).reshape(K, d, 16), "|u1"),
        "e": roots.e,
        "u": array(one.u, "<i4"),
        "v": roots.v,
        "scores": array(one.scores, "<i8"),
        "payout": [
            {"account": _hex(part.account), "positive": str(part.positive), "amount": str(part.amount.wei)}
            for part in one.earners
        ],
    }


def _answer(contents: Contents, progress: Progress) -> dict[str, Any]:
    tables = contents.settlement.tables
    call = next((one for one in contents.statements if one.nonce == contents.answer), None)
    if call is None:
        raise EconomyError(reason="unknown call", nonce=contents.answer)
    head, x = tables.head, call.features
    people, owner = contributors_of(tables.accounts)
    found = influence.of_answer(head, tables.credit, tables.X, x, call.label)
    whole = Statistics.of(tables.X, tables.labels, head.K, tables.weights, norm_class=head.norm_class)
    heads = contributors.left_out(head, whole, tables.X, tables.labels, tables.weights, owner, len(people), progress)
    Q = contributors.of_answer(head, heads, x, call.label)
    return {
        "nonce": call.nonce,
        "label": call.label,
        "scores": array(head.scores(x[None, :])[0], "<i8"),
        "e": found.e,
        "v": found.v,
        "records": array(found.q, "<i8"),
        "contributors": [
            {"account": _hex(account), "influence": str(value), "share": share}
            for account, value, share in zip(people, Q, contributors.shares(Q), strict=True)
        ],
    }


def _claim(contents: Contents) -> dict[str, Any]:
    part = _paid(contents)
    claim = contents.claim
    taken = None
    if claim is not None:
        taken = {
            "tx": claim.tx_hash.hex(),
            "block": claim.block,
            "sender": _hex(claim.sender),
            "fee": str(claim.fee.wei),
            "before": None if claim.balance_before is None else str(claim.balance_before.wei),
            "after": None if claim.balance_after is None else str(claim.balance_after.wei),
        }
    return {
        "index": part.index,
        "account": _hex(part.account),
        "amount": str(part.amount.wei),
        "path": [[sibling.hash.hex(), str(sibling.sum)] for sibling in part.path],
        "taken": taken,
    }


def _paid(contents: Contents) -> Earner:
    for part in contents.settlement.paid:
        if part.account == contents.claimant:
            return part
    raise EconomyError(reason="nothing to claim", settlement=contents.chain.body.id(contents.chain.payout_root))
