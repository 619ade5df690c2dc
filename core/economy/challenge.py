"""Holding a posted settlement against what follows from the signed sums (GAME.md, sections 5 and 6).

Whoever has the release, the sums with their secret and the poster's trees can say of every settlement whether it is
fine, and where it is not, hold the evidence that brings it down. What the poster withholds can be demanded, and what
is demanded of him he answers from the same leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from core.attribution import influence, payloads
from core.attribution.payloads import U
from core.economy import evidence
from core.economy.body import Body
from core.economy.comparison import Comparison, Shown, Signed
from core.economy.evidence import Ask, Evidence, Kind, ModelTrees, PlainLeaves, SumLeaf, SumLeaves, Which
from core.economy.settlement import Settlement, Tables, payout_payload
from core.economy.sum_tree import depth_of
from core.errors import AttributionError, BadInput, ProofMismatch

FINE, FALSE, MISSING = "fine", "false", "missing"
_MOST = 16  # faults listed: one is enough


@dataclass(frozen=True)
class Verdict:
    """`state`: "fine", "false" with `faults`, or "missing" with what has to be demanded before more can be said."""

    state: str
    faults: tuple[Evidence, ...] = ()
    needed: tuple[tuple[Ask, int], ...] = ()


def shown(made: Settlement) -> Shown:
    """The trees of a settlement that was computed here: what an honest poster hands out."""
    tables = made.tables
    terms = influence.terms(tables.X, made.u, made.roots.v)
    accounts = [account.raw for account in tables.accounts]
    leaves = payloads.scores(made.secret, tables.record_ids, accounts, made.scores, terms)
    found = influence.Influence(made.scores, 0, made.u, made.roots.e, made.roots.v)
    paid = sorted(made.paid, key=lambda one: one.index or 0)
    return Shown(
        PlainLeaves(payloads.directions(made.secret, found)),
        SumLeaves([leaves[i] for i in made.order], made.score_tree),
        SumLeaves([payout_payload(one.index or 0, one.account, one.amount) for one in paid], made.payout_tree),
    )


def of_sums(tables: Tables, signed: Signed) -> Shown:
    """The trees that follow from the sums without their payouts: for where there is nobody to pay."""
    try:
        found = influence.of_sums(tables.head, tables.credit, tables.X, signed.sums)
    except AttributionError:
        return Shown()
    accounts = [account.raw for account in tables.accounts]
    terms = influence.terms(tables.X, found.u, found.v)
    leaves = payloads.scores(signed.secret, tables.record_ids, accounts, found.q, terms)
    order = payloads.score_order(accounts)
    sums = [max(0, int(found.q[i])) for i in order]
    u = PlainLeaves(payloads.directions(signed.secret, found))
    return Shown(u, SumLeaves.of([leaves[i] for i in order], sums))


def check(
    body: Body, payout_root: bytes, tables: Tables, trees: ModelTrees, signed: Signed | None, given: Shown
) -> Verdict:
    """What can be said of a posted settlement with what is held.

    "fine" only where all of u, scores and payouts was compared. Raises ProofMismatch when the release here is not the
    one the model was registered with: then nothing here can be held against anybody.
    """
    if trees.roots.hash != body.model_roots:
        raise ProofMismatch(what="roots of the model", expected=body.model_roots, found=trees.roots.hash)
    if body.payout_depth > depth_of(len(tables.X)):  # more places than there can be accounts: nobody could ask for all
        data = evidence.order(Which.PAYOUTS, SumLeaf())
        return Verdict(FALSE, (Evidence(Kind.ORDER, data, "depth of the payouts"),))
    leaves = tables.head.K // tables.head.blocks
    opened = None if signed is None else signed.leaves(tables.head.blocks)
    if signed is None or opened is None or opened.tree.root != body.sums_root:
        return Verdict(MISSING, needed=tuple((Ask.SUMS, k) for k in range(leaves)))
    try:
        whole = Comparison(body, payout_root, tables, trees, signed, opened, given)
    except AttributionError:  # sums out of the arithmetic's range: what the poster made of them has to be shown
        return Verdict(MISSING, needed=tuple(needs(body, payout_root, tables, Shown())))
    faults = tuple(islice(whole.faults(), _MOST))
    if faults:
        return Verdict(FALSE, faults)
    needed = tuple(needs(body, payout_root, tables, given))
    return Verdict(FINE) if whole.complete and not needed else Verdict(MISSING, needed=needed)


def needs(body: Body, payout_root: bytes, tables: Tables, given: Shown) -> Iterator[tuple[Ask, int]]:
    """The leaves to demand where the poster's trees are not here, are not those he posted, or lack some."""
    shown = set(_labels(given.u)) if given.u is not None and given.u.tree.root == body.u_root else set()
    yield from ((Ask.U, k) for k in range(tables.head.K) if k not in shown)
    n = len(tables.X)
    yield from ((Ask.SCORE, p) for p in _hidden(given.scores, body.scores_root, n))
    places = 1 << min(body.payout_depth, depth_of(n))
    yield from ((Ask.PAYOUT, p) for p in _hidden(given.payouts, payout_root, places))


def _labels(u: PlainLeaves) -> Iterator[int]:
    """That the leaves name."""
    return (int.from_bytes(payload[16:20], "little") for payload in u.payloads if payload[:16] == U)


def _hidden(given: SumLeaves | None, root: bytes, count: int) -> Iterable[int]:
    """Which of the first `count` leaves nobody has shown."""
    if given is None or given.tree.root != root:
        return range(count)
    return sorted(p for p in given.hidden if p < count)


def answer(made: Settlement, kind: Ask, index: int) -> bytes:
    """To a demand on a settlement computed here. Raises BadInput for a leaf that no tree has."""
    trees = shown(made)
    sums = Signed(made.sums, made.secret).leaves(made.tables.head.blocks)
    leaves = {Ask.SUMS: sums, Ask.U: trees.u, Ask.SCORE: trees.scores, Ask.PAYOUT: trees.payouts}[kind]
    assert leaves is not None
    try:
        return evidence.answer(leaves.leaf(index))
    except IndexError:
        raise BadInput(field="leaf", reason="outside the tree", value=index) from None


def before_posting(made: Settlement, trees: ModelTrees) -> None:
    """Looks at one's own settlement as a challenger would, before a bond stands for it. Raises ProofMismatch."""
    given, signed = shown(made), Signed(made.sums, made.secret)
    sums = signed.leaves(made.tables.head.blocks)
    assert given.u is not None
    for what, expected, found in (
        ("sums root", made.voucher.sums_root, sums.tree.root),
        ("u root", made.roots.u_root, given.u.tree.root),
        ("pool", made.parts.pool.wei, made.payout_tree.top.sum),
        ("depth of the scores", depth_of(len(made.tables.X)), made.score_tree.depth),
        ("depth of the payouts", made.roots.payout_depth, made.payout_tree.depth),
    ):
        if expected != found:
            raise ProofMismatch(what=what, expected=expected, found=found)
    whole = Comparison(_draft(made, trees), made.payout_root, made.tables, trees, signed, sums, given)
    for fault in whole.faults():
        raise ProofMismatch(what=f"own settlement, {fault.kind.name.lower()}", expected="", found=fault.what)


def _draft(made: Settlement, trees: ModelTrees) -> Body:
    """The body as far as a check looks at it: who posts and when is not known before."""
    from core.units import Address, Amount

    nobody, nothing = Address(bytes(20)), Amount(0)
    names = ("u_root", "scores_root", "payout_depth", "e", "v", "max_label", "max_feature", "norm_label")
    return Body(
        poster=nobody,
        payer=made.channel.payer,
        model_id=made.channel.model,
        first=made.voucher.first,
        nonce=made.nonce,
        previous=made.previous,
        amount=made.amount,
        pool=made.parts.pool,
        builder=nobody,
        builder_part=made.parts.builder,
        supporters_part=made.parts.supporters,
        treasury_part=made.parts.treasury,
        bond=nothing,
        demand_fee=nothing,
        window=0,
        settled_at=0,
        serial=0,
        package_hash=made.voucher.package,
        model_roots=trees.roots.hash,
        statements_root=made.voucher.statements_root,
        sums_root=made.voucher.sums_root,
        **{name: getattr(made.roots, name) for name in names},
    )


__all__ = ["Shown", "Signed", "Verdict", "answer", "before_posting", "check", "needs", "of_sums", "shown"]
