"""Every lie that the game knows is found by whoever holds the release, and the contract accepts what he shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from core.economy import challenge, evidence, settlement, usage
from core.economy.body import Body
from core.economy.challenge import Shown, Signed, Verdict
from core.economy.evidence import Ask, Kind, ModelTrees, PlainLeaves, SumLeaves
from core.economy.sum_tree import Node, SumTree, parent, root_of
from core.economy.voucher import Voucher
from core.errors import BadInput, ProofMismatch
from core.keccak import keccak256
from core.merkle import leaf_hash
from core.models import families
from core.units import Amount
from tests.contracts.network import Contract, Network, person
from tests.core.economy import small_case

PEOPLE = 5
K, D = 3, 9


@dataclass
class Case:
    """A settlement with its trees open, for a liar to change."""

    made: settlement.Settlement
    body: Body
    u: list[bytes]
    scores: list[bytes]
    sums: list[int]
    payouts: list[bytes]
    amounts: list[int]
    score_lies: dict[tuple[int, int], int] = dataclasses.field(default_factory=dict)
    payout_lies: dict[tuple[int, int], int] = dataclasses.field(default_factory=dict)
    hidden_scores: set[int] = dataclasses.field(default_factory=set)
    hidden_payouts: set[int] = dataclasses.field(default_factory=set)

    def close(self) -> tuple[Body, bytes, Shown]:
        """The roots that the liar posts over what he changed."""
        u = PlainLeaves(self.u)
        scores = told(held(self.scores, self.sums, self.hidden_scores), self.score_lies)
        payouts = told(held(self.payouts, self.amounts, self.hidden_payouts), self.payout_lies)
        depth = payouts.tree.depth
        body = dataclasses.replace(self.body, u_root=u.tree.root, scores_root=scores.tree.root, payout_depth=depth)
        top = Node(payouts.tree.top.hash, body.pool.wei)  # the contract takes the pool for its sum
        payouts.tree.__class__ = type("Posted", (SumTree,), {"root": property(lambda _self: root_of(top, depth))})
        return body, root_of(top, depth), Shown(u, scores, payouts)


def held(payloads: list[bytes], sums: list[int], hidden: set[int]) -> SumLeaves:
    """The leaves but for those that the poster keeps to himself, which stand in the tree all the same."""
    hashes = [leaf_hash(one) if one else bytes(32) for one in payloads]
    hashes = [keccak256(b"kept" + one) if p in hidden else one for p, one in enumerate(hashes)]
    return SumLeaves([b"" if p in hidden else one for p, one in enumerate(payloads)], SumTree(hashes, sums))


def told(leaves: SumLeaves, lies: dict[tuple[int, int], int]) -> SumLeaves:
    """Sums of inner nodes that are not their children's; hashes above are made over what is said."""
    tree = leaves.tree
    for (height, place), value in lies.items():
        tree._sums[height][place] = value
        for above in range(height + 1, tree.depth + 1):
            at = place >> (above - height)
            made = parent(tree.node(above - 1, 2 * at), tree.node(above - 1, 2 * at + 1))
            tree._hashes[above][at], tree._sums[above][at] = made
    return leaves


@pytest.fixture(scope="module", params=families.FAMILIES)
def model(request: pytest.FixtureRequest) -> small_case.Model:
    return small_case.model(n=30, family=request.param)


@pytest.fixture(scope="module")
def trees(model: small_case.Model) -> ModelTrees:
    return ModelTrees(model.tables, small_case.FEATURES_SECRET)


@pytest.fixture(scope="module")
def made(model: small_case.Model) -> settlement.Settlement:
    sums = np.zeros((K, D), object)
    for i in range(12):
        sums[int(model.tables.labels[i])] += model.tables.X[i].astype(object) * 10**15
    signed = usage.LabelSums(sums, (0,) * K, Amount(0))
    root = usage.sums_root(small_case.SECRET, signed, model.tables.head.blocks)
    voucher = Voucher(small_case.channel(), model.tables.package, 1, 12, Amount(12 * 10**15), keccak256(b"s"), root)
    return settlement.compute(
        voucher,
        small_case.SECRET,
        sums,
        model.tables,
        small_case.SPLIT,
        previous=0,
        amount=voucher.total_fee,
        datanet=4,
        staked=False,
    )


@pytest.fixture
def case(made: settlement.Settlement, model: small_case.Model) -> Case:
    given = challenge.shown(made)
    return Case(
        made,
        small_case.body_of(made, model),
        list(given.u.payloads),
        list(given.scores.payloads),
        [given.scores.tree.node(0, p).sum for p in range(30)],
        list(given.payouts.payloads),
        [given.payouts.tree.node(0, p).sum for p in range(len(given.payouts.payloads))],
    )


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Network, Contract]]:
    network = Network(tmp_path_factory.mktemp("judge") / "ledger.db")
    yield network, network.deploy(person("creator"), "Challenges")
    network.close()


def look(case: Case, trees: ModelTrees) -> tuple[Verdict, Body, bytes]:
    body, root, given = case.close()
    signed = Signed(case.made.sums, case.made.secret)
    return challenge.check(body, root, case.made.tables, trees, signed, given), body, root


def at(case: Case, record: int) -> int:
    return case.made.order.index(record)


def put(payload: bytes, place: int, value: int, size: int = 8) -> bytes:
    return payload[:place] + value.to_bytes(size, "little", signed=True) + payload[place + size :]


Q, TERMS = 104, 112  # places in a score leaf


def score_of(payload: bytes) -> int:
    return int.from_bytes(payload[Q : Q + 8], "little", signed=True)


def payout(index: int, account: bytes, amount: int) -> bytes:
    return index.to_bytes(32, "big") + bytes(12) + account + amount.to_bytes(32, "big")


def of_payouts(case: Case, parts: list[tuple[bytes, int]]) -> None:
    case.payouts = [payout(index, *part) for index, part in enumerate(parts)]
    case.amounts = [amount for _, amount in parts]


def parts(case: Case) -> list[tuple[bytes, int]]:
    return [(one[44:64], amount) for one, amount in zip(case.payouts, case.amounts, strict=True)]


def pay_another(case: Case) -> None:
    """The first contributor's part goes to a stranger."""
    mine = parts(case)
    mine[0] = (small_case.address("stranger").raw, mine[0][1])
    of_payouts(case, sorted(mine))


def pay_less(case: Case) -> None:
    mine = parts(case)
    mine[0], mine[1] = (mine[0][0], mine[0][1] - 5), (mine[1][0], mine[1][1] + 5)
    of_payouts(case, mine)


def leave_out(case: Case, place: int) -> None:
    mine = parts(case)
    gone = mine.pop(place)
    mine[0] = (mine[0][0], mine[0][1] + gone[1])
    of_payouts(case, mine)


def entry(case: Case) -> None:
    case.u[1] = put(case.u[1], 56 + 4 * 2, 12345, 4)


def term(case: Case) -> None:
    p = at(case, 3)
    case.scores[p] = put(case.scores[p], TERMS, 777)


def score(case: Case) -> None:
    p = at(case, 4)
    case.scores[p] = put(case.scores[p], Q, 10**6)
    case.sums[p] = 10**6


def other_sum(case: Case) -> None:
    case.sums[at(case, 5)] += 1


def other_account(case: Case) -> None:
    p = at(case, 6)
    case.scores[p] = case.scores[p][:84] + small_case.address("stranger").raw + case.scores[p][104:]


def left_out(case: Case) -> None:
    p = at(case, 7)
    del case.scores[p], case.sums[p]


def twice(case: Case) -> None:
    p = at(case, 8)
    case.scores[p + 1], case.sums[p + 1] = case.scores[p], case.sums[p]


def past_the_end(case: Case) -> None:
    case.scores.append(case.scores[-1])
    case.sums.append(case.sums[-1])


def other_depth(case: Case) -> None:
    del case.scores[16:], case.sums[16:]


def swapped(case: Case) -> None:
    for one in (case.scores, case.sums):
        one[2], one[3] = one[3], one[2]


def other_amounts(case: Case) -> None:
    case.amounts[0] -= 1
    case.amounts[1] += 1


def body(**values: int) -> Callable[[Case], None]:
    def lie(case: Case) -> None:
        case.body = dataclasses.replace(case.body, **{n: getattr(case.body, n) + by for n, by in values.items()})
        if "e" in values:
            case.u = [put(one, 52, case.body.e, 4) for one in case.u]

    return lie


def invented(case: Case) -> None:
    """Terms that no u leads to, and the score that follows from them."""
    p, record = 3, case.made.order[3]
    terms = [2 * int(t) + 12345 for t in np.frombuffer(case.scores[p][TERMS:], "<i8")]
    q = sum(t * int(c) for t, c in zip(terms, case.made.tables.credit.c[record], strict=True))
    case.scores[p] = put(case.scores[p][:TERMS] + np.array(terms, "<i8").tobytes(), Q, q)
    case.sums[p] = max(0, q)


def without_a_row(case: Case) -> None:
    del case.u[-1]
    invented(case)


def pay_another_and_pad(case: Case) -> None:
    pay_another(case)
    while len(case.payouts) < 8:
        case.payouts.append(b"")
        case.amounts.append(0)


def hide_behind(case: Case) -> None:
    """Half of all points in a leaf right of the last record that nobody can open."""
    case.scores.append(b"")
    case.sums.append(sum(case.sums))
    case.hidden_scores = {len(case.scores) - 1}


LIES: dict[str, tuple[Callable[[Case], Any], Kind]] = {
    "an entry of u": (entry, Kind.ENTRY),
    "a short row of u": (lambda case: case.u.__setitem__(2, case.u[2][:-4]), Kind.ENTRY),
    "another e in a row": (lambda case: case.u.__setitem__(0, put(case.u[0], 52, 3, 4)), Kind.ENTRY),
    "a scale too large": (body(e=1), Kind.SCALE),
    "a scale too small": (body(e=-1), Kind.SCALE),
    "a shift too large": (body(v=1), Kind.SCALE),
    "a shift too small": (body(v=-1), Kind.SCALE),
    "a label out of range": (body(max_label=K), Kind.SCALE),
    "a feature out of range": (body(max_feature=D), Kind.SCALE),
    "a row out of range": (body(norm_label=K), Kind.SCALE),
    "a term": (term, Kind.TERM),
    "a score": (score, Kind.SCORE),
    "the sum of a score leaf": (other_sum, Kind.LEAF),
    "another's record": (other_account, Kind.LEAF),
    "a record left out": (left_out, Kind.LEAF),
    "a leaf past the end": (past_the_end, Kind.LEAF),
    "a smaller tree": (other_depth, Kind.LEAF),
    "a record twice": (twice, Kind.ORDER),
    "two leaves swapped": (swapped, Kind.ORDER),
    "a node of the scores": (lambda case: case.score_lies.update({(2, 1): 1}), Kind.NODE),
    "the top's child": (lambda case: case.score_lies.update({(4, 0): 1 << 127}), Kind.NODE),
    "a node of the payouts": (lambda case: case.payout_lies.update({(1, 0): 1}), Kind.NODE),
    "more than the pool": (lambda case: case.amounts.__setitem__(0, case.amounts[0] + 1), Kind.NODE),
    "an amount that is not its leaf's": (other_amounts, Kind.ORDER),
    "payouts not by account": (lambda case: of_payouts(case, parts(case)[::-1]), Kind.ORDER),
    "another index": (lambda case: case.payouts.__setitem__(1, payout(7, *parts(case)[1])), Kind.ORDER),
    "a word too many": (lambda case: case.payouts.__setitem__(1, case.payouts[1] + bytes(32)), Kind.ORDER),
    "a hole among the payouts": (lambda case: case.payouts.__setitem__(0, b""), Kind.ORDER),
    "another is paid": (pay_another, Kind.UNPAID),
    "less than due": (pay_less, Kind.UNPAID),
    "the first is left out": (lambda case: leave_out(case, 0), Kind.UNPAID),
    "the second is left out": (lambda case: leave_out(case, 1), Kind.UNPAID),
    "terms where a row of u is withheld": (without_a_row, Kind.TERM),
    "another is paid, with empty leaves at the end": (pay_another_and_pad, Kind.UNPAID),
    "points behind the last record": (hide_behind, Kind.LEAF),
    "a leaf far behind the last record": (
        lambda case: (case.scores.extend([b"", case.scores[-1]]), case.sums.extend([0, 0])),
        Kind.LEAF,
    ),
    "more places than accounts": (
        lambda case: (case.payouts.extend([b""] * 60), case.amounts.extend([0] * 60)),
        Kind.ORDER,
    ),
    "a shift past all bounds": (lambda case: body(v=255 - case.body.v)(case), Kind.SCALE),
    "the last is left out": (lambda case: leave_out(case, -1), Kind.UNPAID),
}


OF_SOFTMAX = (  # of each kind: the others differ in what is the same for every family of head
    "an entry of u", "another e in a row", "a scale too large", "a scale too small", "a shift too large",
    "a label out of range", "a term", "a score", "another's record", "two leaves swapped", "a node of the scores",
    "another is paid",
)  # fmt: skip


@pytest.mark.parametrize(
    ("model", "name"),
    [("ridge", name) for name in LIES] + [("softmax", name) for name in OF_SOFTMAX],
    indirect=["model"],
)
def test_every_lie_is_found_and_the_contract_accepts_the_evidence(
    case: Case, trees: ModelTrees, judge: tuple[Network, Contract], name: str
) -> None:
    lie, kind = LIES[name]
    lie(case)
    verdict, body, root = look(case, trees)
    assert verdict.state == challenge.FALSE
    assert kind in {fault.kind for fault in verdict.faults}, verdict.faults
    network, contract = judge
    for fault in verdict.faults:
        arguments = (body.contract_argument, root, trees.roots.contract_argument, int(fault.kind), fault.data)
        assert network.read(contract, "proves", *arguments) is True, fault.what
        # what it opens is said of it: whoever signs it is told
        assert (b"PoA1.feature\0" in fault.data) == fault.record, fault.what
        assert fault.sums or not (b"PoA1.sums" in fault.data or b"PoA1.u\0" in fault.data), fault.what
        assert fault.scores or b"PoA1.score\0" not in fault.data, fault.what


def test_an_honest_settlement_is_fine(
    case: Case, trees: ModelTrees, judge: tuple[Network, Contract], made: settlement.Settlement
) -> None:
    verdict, body, root = look(case, trees)
    assert verdict == Verdict(challenge.FINE)
    assert root == made.payout_root
    challenge.before_posting(made, trees)
    network, contract = judge
    given = challenge.shown(made)
    honest = evidence.unpaid(given.scores.leaf(0), given.scores.leaf(0), [given.payouts.leaf(0)])
    arguments = (body.contract_argument, root, trees.roots.contract_argument, int(Kind.UNPAID), honest)
    assert network.read(contract, "proves", *arguments) is False


def test_other_salts_are_no_lie(case: Case, trees: ModelTrees) -> None:
    case.u = [one[:20] + bytes(32) + one[52:] for one in case.u]
    case.scores = [one[:20] + bytes(32) + one[52:] for one in case.scores]
    assert look(case, trees)[0].state == challenge.FINE


def test_what_is_withheld_is_named_leaf_by_leaf(
    case: Case, trees: ModelTrees, judge: tuple[Network, Contract], made: settlement.Settlement
) -> None:
    body, root, given = case.close()
    signed = Signed(made.sums, made.secret)
    found = challenge.check(body, root, made.tables, trees, signed, Shown())
    assert found.state == challenge.MISSING
    assert found.needed == (
        *((Ask.U, k) for k in range(K)),
        *((Ask.SCORE, p) for p in range(30)),
        *((Ask.PAYOUT, p) for p in range(1 << body.payout_depth)),
    )
    network, contract = judge
    for kind, index in found.needed:
        arguments = (body.contract_argument, trees.roots.contract_argument, int(kind), index)
        assert network.read(contract, "demandable", *arguments) is True
    for other in (None, Signed(made.sums + 1, made.secret), Signed(made.sums, bytes(32))):
        found = challenge.check(body, root, made.tables, trees, other, given)
        leaves = K // made.tables.head.blocks  # of sums: a label each, or one of all
        assert found.needed == tuple((Ask.SUMS, k) for k in range(leaves))
        asked = (body.contract_argument, trees.roots.contract_argument, int(Ask.SUMS))
        assert [network.read(contract, "demandable", *asked, k) for k in (leaves - 1, leaves)] == [True, False]
    # trees that are not those posted say nothing
    partly = dataclasses.replace(given, scores=SumLeaves.of(case.scores[:-1], case.sums[:-1]))
    found = challenge.check(body, root, made.tables, trees, signed, partly)
    assert {kind for kind, _ in found.needed} == {Ask.SCORE}


def test_a_label_that_u_lacks_is_asked_for(case: Case, trees: ModelTrees) -> None:
    for posted, lacking in ((case.u[:-1], K - 1), ([case.u[0], case.u[1], case.u[1]], K - 1), (case.u[1:], 0)):
        case.u = posted
        verdict, _, _ = look(case, trees)
        assert (verdict.state, verdict.needed) == (challenge.MISSING, ((Ask.U, lacking),))
        case.u = list(challenge.shown(case.made).u.payloads)


def test_leaves_that_nobody_showed_are_asked_for(case: Case, trees: ModelTrees) -> None:
    case.hidden_scores, case.hidden_payouts = {0, 4, 29}, {1}
    verdict, _, _ = look(case, trees)
    assert verdict.state == challenge.MISSING
    assert verdict.needed == ((Ask.SCORE, 0), (Ask.SCORE, 4), (Ask.SCORE, 29), (Ask.PAYOUT, 1))
    hide_behind(case)
    case.hidden_scores |= {29}  # the leaf that would show it has to be asked for first
    verdict, _, _ = look(case, trees)
    assert (Ask.SCORE, 29) in verdict.needed


def test_empty_leaves_at_the_end_are_no_lie(case: Case, trees: ModelTrees) -> None:
    case.payouts += [b""] * (8 - len(case.payouts))
    case.amounts += [0] * (8 - len(case.amounts))
    assert look(case, trees)[0] == Verdict(challenge.FINE)


def test_a_depth_past_all_bounds_is_a_fault_without_any_data(case: Case, trees: ModelTrees) -> None:
    body = dataclasses.replace(case.body, payout_depth=32)
    root = body.payout_root(bytes(32))
    found = challenge.check(body, root, case.made.tables, trees, None, Shown())
    assert (found.state, [fault.kind for fault in found.faults]) == (challenge.FALSE, [Kind.ORDER])
    asked = list(challenge.needs(body, root, case.made.tables, Shown()))
    assert len(asked) == K + 30 + 32


def nobody(case: Case, made: settlement.Settlement, sums: np.ndarray) -> tuple[Body, Signed, Shown]:
    """Posted for sums that pay nobody, with u and scores as they follow."""
    signed = Signed(sums, made.secret)
    given = challenge.of_sums(made.tables, signed)
    same = dict.fromkeys(("e", "v", "max_label", "max_feature", "norm_label"), 0)
    body = dataclasses.replace(case.body, sums_root=signed.leaves(made.tables.head.blocks).tree.root, **same)
    if given.u is not None and given.scores is not None:
        body = dataclasses.replace(body, u_root=given.u.tree.root, scores_root=given.scores.tree.root)
    return body, signed, given


def test_a_settlement_of_nothing_that_pays_somebody_is_false(
    case: Case, trees: ModelTrees, judge: tuple[Network, Contract], made: settlement.Settlement
) -> None:
    body, signed, given = nobody(case, made, made.sums * 0)
    verdict = challenge.check(body, made.payout_root, made.tables, trees, signed, given)
    assert [fault.kind for fault in verdict.faults] == [Kind.UNPAID]
    network, contract = judge
    arguments = (body.contract_argument, made.payout_root, trees.roots.contract_argument)
    assert network.read(contract, "proves", *arguments, int(Kind.UNPAID), verdict.faults[0].data) is True
    # with scores that he made up he has to show them
    body = dataclasses.replace(body, scores_root=made.roots.scores_root)
    verdict = challenge.check(body, made.payout_root, made.tables, trees, signed, given)
    assert verdict.state == challenge.MISSING
    assert set(verdict.needed) >= {(Ask.SCORE, p) for p in range(30)} | {(Ask.PAYOUT, 0)}


def test_of_sums_past_all_bounds_everything_is_asked_for(
    case: Case, trees: ModelTrees, made: settlement.Settlement
) -> None:
    sums = made.sums.copy()
    sums[0, 0] = 1 << 126
    body, signed, given = nobody(case, made, sums)
    assert given == Shown()
    verdict = challenge.check(body, made.payout_root, made.tables, trees, signed, given)
    assert verdict.state == challenge.MISSING
    assert {kind for kind, _ in verdict.needed} == {Ask.U, Ask.SCORE, Ask.PAYOUT}


def test_demands_are_answered_as_the_contract_wants_it(
    case: Case, trees: ModelTrees, judge: tuple[Network, Contract], made: settlement.Settlement
) -> None:
    body, root, _ = case.close()
    network, contract = judge
    last = K // made.tables.head.blocks - 1
    for kind, index in (
        (Ask.SUMS, last),
        (Ask.U, 2),
        (Ask.SCORE, 0),
        (Ask.SCORE, 29),
        (Ask.PAYOUT, 0),
        (Ask.PAYOUT, 3),
    ):
        found = challenge.answer(made, kind, index)
        arguments = (body.contract_argument, root, trees.roots.contract_argument, int(kind), index, found)
        assert network.read(contract, "answers", *arguments) is True
    for kind, index in ((Ask.SUMS, last + 1), (Ask.U, K)):
        with pytest.raises(BadInput):
            challenge.answer(made, kind, index)
    with pytest.raises(BadInput):
        challenge.answer(made, Ask.SCORE, 99)


def test_another_release_says_nothing(case: Case, trees: ModelTrees, made: settlement.Settlement) -> None:
    body, root, given = case.close()
    other = dataclasses.replace(body, model_roots=bytes(32))
    with pytest.raises(ProofMismatch):
        challenge.check(other, root, made.tables, trees, Signed(made.sums, made.secret), given)


def test_a_poster_finds_his_own_mistake_before_his_bond_stands(made: settlement.Settlement, trees: ModelTrees) -> None:
    for change in ({"v": made.roots.v + 1}, {"e": made.roots.e + 1}, {"payout_depth": 9}, {"u_root": bytes(32)}):
        wrong = dataclasses.replace(made, roots=dataclasses.replace(made.roots, **change))
        with pytest.raises(ProofMismatch):
            challenge.before_posting(wrong, trees)
    less = dataclasses.replace(made, parts=dataclasses.replace(made.parts, pool=made.parts.pool - Amount(1)))
    with pytest.raises(ProofMismatch):
        challenge.before_posting(less, trees)


def test_the_announcement_is_the_contracts(case: Case, made: settlement.Settlement) -> None:
    from eth_abi import encode

    who, name, salt = small_case.address("challenger"), keccak256(b"id"), keccak256(b"salt")
    found = evidence.Evidence(Kind.TERM, b"evidence", "term")
    words = encode(
        ["address", "bytes32", "uint8", "bytes32", "bytes32"], [str(who), name, 4, keccak256(b"evidence"), salt]
    )
    assert evidence.announcement(who, name, found, salt) == keccak256(words)
