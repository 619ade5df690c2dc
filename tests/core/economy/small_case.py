"""A small but real settlement: certified model, signed voucher, payout. Only the words of the ledger are made up."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.attribution.credit import credit_of
from core.economy import book, proof_file, settlement, usage, voucher
from core.economy.body import Body
from core.economy.channel import Channel
from core.economy.claims import Claim
from core.economy.evidence import ModelRoots, ModelTrees
from core.economy.split import Split
from core.keccak import keccak256
from core.merkle import MerkleTree
from core.models import canonical, families, roots
from core.storage import Database
from core.units import Address, Amount
from core.vault.migrations import m005_economy, m006_settlement_game, m009_refused
from tests.doubles import poa

FEE = Amount(10**15)
SPLIT = Split(6000, 2500, 1000, 500)
WINDOW = 600
SECRET = keccak256(b"the settlement's secret")
FEATURES_SECRET = keccak256(b"the release's secret")
PAYER_KEY = keccak256(b"the payer's key, of no account anywhere")
DATANET, RELEASE = 4, 1
STEPS = [step.migrate for step in (m005_economy, m006_settlement_game, m009_refused)]


def address(name: str) -> Address:
    return Address(keccak256(name.encode())[12:])


def payer() -> Address:
    from eth_account import Account

    return Address.parse(Account.from_key(PAYER_KEY).address)


def channel() -> Channel:
    return Channel(7_004_003_002, address("settlement contract"), payer(), 3)


def database(folder: Path) -> Database:
    return Database(folder / "vault.db", bytes(32), STEPS)


def sign(made: voucher.Voucher, key: bytes = PAYER_KEY) -> voucher.SignedVoucher:
    from eth_account import Account

    signed = Account.sign_typed_data(key, full_message=voucher.typed_data(made))
    return voucher.SignedVoucher(made, bytes(signed.signature), SECRET, 1_700_000_000)


@dataclass(frozen=True)
class Model:
    tables: settlement.Tables
    manifest: bytes
    leaves: tuple[bytes, ...]


def model(n: int = 90, d: int = 9, K: int = 3, people: int = 5, seed: int = 3, family: str = "ridge") -> Model:
    """Contributor 0..people-1 by turns; the last one copies the first (weight and novelty 0)."""
    X, y = (np.array(part) for part in poa.records(n, d, K, seed))
    X = X.astype(np.int16)
    owner = np.arange(n) % people
    weights = np.random.default_rng(seed).integers(1, 65, n)
    weights[owner == people - 1] = 0
    novelty = np.where(owner == people - 1, 0, 8)
    head, _, _ = families.train(X, y, K, weights, family=family, j=3, norm_class=2)
    credit = credit_of(head, X, y, weights)
    ids = tuple(keccak256(f"record {i}".encode()) for i in range(n))
    accounts = tuple(address(f"contributor {i}") for i in owner)
    leaves = (*ids, keccak256(b"a record that may not train"))
    features = roots.features_tree(FEATURES_SECRET, X, y, weights, ids, [one.raw for one in accounts])
    manifest = canonical.encode(
        {
            "name": "small",
            "labels": [f"label {k}" for k in range(K)],
            "encoder": {"hash": keccak256(b"encoder").hex()},
            "head": {
                "K": K,
                "b": head.norm_class,
                "d": d,
                "family": family,
                "hash": roots.head_hash(head.W, head.j, head.norm_class, credit.z, family).hex(),
                "j": head.j,
                "s": head.s,
                "t": head.t,
                "z": credit.z,
            },
            "release": {
                "datanet": DATANET,
                "features": features.root.hex(),
                "root": MerkleTree(leaves).root.hex(),
                "version": RELEASE,
            },
            "inverseRoot": roots.inverse_tree(head.V, head.s).root.hex(),
            "creditRoot": roots.credit_tree(FEATURES_SECRET, credit.c).root.hex(),
        }
    )
    tables = settlement.Tables(keccak256(manifest), head, credit, X, ids, accounts, y, weights, novelty)
    return Model(tables, manifest, leaves)


def call(
    kept: Database, made: Model, count: int, seed: int = 9, fee: Amount = FEE, where: Channel | None = None
) -> list[usage.Statement]:
    """`count` calls with the model's own answers, metered."""
    tables = made.tables
    X = np.array(poa.records(count, tables.head.d, tables.head.K, seed)[0], np.int16)
    answers = tables.head.answers(X)
    with kept.transaction():
        return [
            usage.meter(kept, where or channel(), tables.package, x, int(k), fee, 1_700_000_000 + i, call=i)
            for i, (x, k) in enumerate(zip(X, answers, strict=True))
        ]


def settle(
    kept: Database,
    made: Model,
    *,
    after: int = 0,
    settled: Amount | None = None,
    where: Channel | None = None,
    key: bytes = PAYER_KEY,
    split: Split = SPLIT,
    staked: bool = False,
) -> tuple[voucher.SignedVoucher, settlement.Settlement]:
    """The next voucher, signed, and the settlement it leads to."""
    where, settled = where or channel(), settled or Amount(0)
    head = made.tables.head
    bill = usage.next_bill(kept, where, head.K, settled_nonce=after, settled=settled, blocks=head.blocks, secret=SECRET)
    done = settlement.compute(
        bill.voucher,
        SECRET,
        bill.sums.sums,
        made.tables,
        split,
        previous=after,
        amount=bill.voucher.total_fee - settled,
        datanet=DATANET,
        staked=staked,
    )
    return sign(bill.voucher, key), done


def model_roots(made: Model) -> ModelRoots:
    return ModelTrees(made.tables, FEATURES_SECRET).roots


def body_of(done: settlement.Settlement, made: Model, at: int = 1_700_001_000, serial: int = 1) -> Body:
    """As the contract would make it."""
    names = ("u_root", "scores_root", "payout_depth", "e", "v", "max_label", "max_feature", "norm_label")
    return Body(
        poster=address("builder"),
        payer=done.channel.payer,
        model_id=done.channel.model,
        first=done.voucher.first,
        nonce=done.nonce,
        previous=done.previous,
        amount=done.amount,
        pool=done.parts.pool,
        builder=address("builder"),
        builder_part=done.parts.builder,
        supporters_part=done.parts.supporters,
        treasury_part=done.parts.treasury,
        bond=Amount(10**17),
        demand_fee=Amount(10**15),
        window=WINDOW,
        settled_at=at,
        serial=serial,
        package_hash=done.voucher.package,
        model_roots=model_roots(made).hash,
        statements_root=done.voucher.statements_root,
        sums_root=done.voucher.sums_root,
        **{name: getattr(done.roots, name) for name in names},
    )


def posting_of(done: settlement.Settlement, made: Model, at: int = 1_700_001_000, serial: int = 1) -> book.Posting:
    body = body_of(done, made, at, serial)
    return book.Posting(body, done.payout_root, keccak256(b"settle"), 41, body.claimable_at)


def claims_of(done: settlement.Settlement, body: Body) -> list[settlement.ClaimData]:
    """Every leaf with its path, in the order of the tree."""
    name = body.id(done.payout_root)
    paid = sorted(done.paid, key=lambda one: one.index or 0)
    return [settlement.ClaimData(name, body.hash, one.index or 0, one.account, one.amount, one.path) for one in paid]


def on_chain(done: settlement.Settlement, made: Model, *, is_claimed: bool = True) -> proof_file.OnChain:
    facts = canonical.decode(made.manifest)
    assert isinstance(facts, dict)
    body = body_of(done, made)
    return proof_file.OnChain(
        block=41,
        block_hash=keccak256(b"block 41"),
        trust="proven",
        body=body,
        payout_root=done.payout_root,
        status=1,
        claimable_at=body.claimable_at,
        is_claimed=is_claimed,
        builder=address("builder"),
        package=done.tables.package,
        encoder=bytes.fromhex(facts["encoder"]["hash"]),
        roots_hash=model_roots(made).hash,
        split=SPLIT.bps,
        datanet=DATANET,
        release=RELEASE,
        records_root=MerkleTree(made.leaves).root,
        records=len(made.leaves),
    )


def contents(kept: Database, made: Model, calls: int = 40) -> proof_file.Contents:
    call(kept, made, calls)
    signed, done = settle(kept, made)
    part = done.paid[0]
    gas = Amount(21_000 * 10**9)
    before = Amount(10**18)
    taken = Claim(keccak256(b"claim"), 41, part.account, gas, before, before + part.amount - gas, 1_700_001_010)
    return proof_file.Contents(
        settlement=done,
        voucher=signed,
        statements=usage.statements(kept, channel(), signed.voucher.first, signed.voucher.nonce),
        manifest=made.manifest,
        features_secret=FEATURES_SECRET,
        release_leaves=made.leaves,
        chain=on_chain(done, made),
        answer=calls // 2,
        claimant=part.account,
        claim=taken,
    )


def untaken(whole: proof_file.Contents) -> proof_file.Contents:
    chain = dataclasses.replace(whole.chain, is_claimed=False)
    return dataclasses.replace(whole, claim=None, chain=chain)
