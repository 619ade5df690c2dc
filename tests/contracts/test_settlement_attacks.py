"""Attacks on the settlement game: what a liar, a griefer, a copier or a thief tries, and what he gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from core.keccak import keccak256
from tests.contracts import game as g
from tests.contracts import lies
from tests.contracts.commons import ANN, BEN, BUILDER, DAY, OUTSIDER, PAYER, TREASURY
from tests.contracts.game import Game, small
from tests.contracts.market import DEPOSIT, HASH, Market, Posted, payout, small_market
from tests.contracts.network import OPEN, Contract, Network, again

AMOUNT = 10**18 + 11
POOL = Market.pool_of(AMOUNT)
FEE = OPEN // 100
ONE_OF_EACH = [
    lies.more_than_the_pool, lies.one_entry, lies.coarse_v, lies.one_term, lies.one_score, lies.stolen_record,
    lies.payouts_swapped, lies.moved_wei,
]  # fmt: skip


@pytest.fixture
def market(network: Network) -> Market:
    return again(small_market, network)


def honest() -> Game:
    return small(pool=POOL)


def false() -> Game:
    game = honest()
    lies.one_entry(game)
    return game


def earned(market: Market, who: LocalAccount) -> int:
    return int(market.network.read(market.settlement, "earned", who.address))


def fall(market: Market, posted: Posted, who: LocalAccount = BEN) -> dict[str, Any]:
    """Bring down a settlement of `false()`."""
    return market.challenge(who, posted, g.ENTRY, false().entry(1, 3))


def at_once(network: Network, who: LocalAccount, contract: Contract, calls: Sequence[str]) -> dict[str, Any]:
    """Several calls by one account with code, in one transaction: the code of a contract's creation."""
    start, data = 7 + 79 * len(calls), b"".join(bytes.fromhex(call[2:]) for call in calls)
    code, place = b"", start
    end = 79 * len(calls) + 1
    for call in calls:
        size = len(call) // 2 - 1
        code += bytes.fromhex(f"61{size:04x}61{place:04x}600039")  # codecopy(0, place, size)
        code += bytes.fromhex(f"6000600061{size:04x}60007f{0:064x}73{contract.address[2:]}5af1")
        code += bytes.fromhex(f"1561{end:04x}57")
        place += size
    assert len(code) == 79 * len(calls)
    code += bytes.fromhex("005b60006000fd")
    return network.send(who, data="0x" + (code.ljust(start, b"\0") + data).hex(), gas=5_000_000)


def next_contract_of(network: Network, who: LocalAccount) -> str:
    nonce = int(network.rpc("eth_getTransactionCount", who.address), 16)
    rlp = b"\xd6\x94" + bytes.fromhex(who.address[2:]) + bytes([nonce or 0x80])
    return "0x" + keccak256(rlp)[12:].hex()


# Lies


@pytest.mark.parametrize("lie", ONE_OF_EACH, ids=lambda lie: f"{lie.__name__}")
def test_a_false_settlement_falls_and_all_is_as_before_but_the_bond(
    network: Network, market: Market, lie: Callable[[Game], tuple[int, bytes]]
) -> None:
    game = honest()
    kind, shown = lie(game)
    posted = market.play(game, AMOUNT)
    receipt = market.challenge(BEN, posted, kind, shown)
    assert market.settlement.events(receipt)[0] == (
        "Voided",
        {"id": posted.id, "challenger": BEN.address.lower(), "kind": kind},
    )
    assert network.read(market.settlement, "deposits", PAYER.address)[0] == DEPOSIT
    assert network.read(market.settlement, "channels", PAYER.address, 1) == (0, 0, 0)
    assert network.read(market.settlement, "settlements", posted.id)[2] == 3
    assert (earned(market, BEN), earned(market, TREASURY), earned(market, ANN)) == (OPEN // 2, OPEN // 2, 0)
    assert market.balance() == DEPOSIT + OPEN


def test_an_honest_settlement_stands_and_pays(network: Network, market: Market) -> None:
    game = honest()
    posted = market.play(game, AMOUNT)
    for kind, shown in ((g.ENTRY, game.entry(1, 3)), (g.UNPAID, game.unpaid(0, 1, [0]))):
        market.announce(BEN, posted, kind, shown)
        arguments = (*posted.name, market.roots, kind, shown, HASH)
        assert network.refused(BEN, market.settlement, "challenge", *arguments) == ("NothingShown", ())
    market.pass_window(posted)
    claims = [market.claim_of(posted, game.payout_tree, leaf) for leaf in game.leaves]
    network.act(OUTSIDER, market.settlement, "claimMany", claims)
    network.act(OUTSIDER, market.settlement, "finish", *posted.name)
    assert earned(market, ANN) == OPEN


def test_invented_and_omitted_calls_need_the_payers_signature(network: Network, market: Market) -> None:
    """Sums of other calls are not those he signed; u of other sums does not follow from those he signed."""
    signed, other = honest(), honest()
    other.S = [[value * 2 for value in row] for row in other.S]
    other.S[0][0] += 10**15
    other.solve()
    voucher = market.voucher(7, AMOUNT, sums=signed.sums.root)
    swapped = (*voucher[:7], other.sums.root)
    arguments = (swapped, market.signature(voucher), other.posting, AMOUNT)
    assert network.refused(ANN, market.settlement, "settle", *arguments, value=OPEN) == ("BadSignature", ())
    posted = market.post(voucher, market.signature(voucher), other.posting, AMOUNT)
    row = (signed.release.inverse.leaf(other.max_feature), signed.sums.leaf(other.max_label))
    market.challenge(BEN, posted, g.ENTRY, g.evidence(g.ENTRY, (*row, other.u_tree.leaf(other.max_label))))


def test_evidence_for_another_settlement_is_refused(network: Network, market: Market) -> None:
    posted = market.play(honest(), AMOUNT)
    shown = false().entry(1, 3)
    market.announce(BEN, posted, g.ENTRY, shown)
    arguments = (*posted.name, market.roots, g.ENTRY, shown, HASH)
    with pytest.raises(AssertionError, match="no error of this contract"):  # Challenges' own: NotUnderRoot
        network.refused(BEN, market.settlement, "challenge", *arguments)
    other = (*posted.body[:21], bytes(32), *posted.body[22:])
    refused = network.refused(BEN, market.settlement, "challenge", other, *arguments[1:])
    assert refused[0] == "UnknownSettlement"


# After the fall


def test_after_a_fall_the_same_voucher_is_posted_by_another_and_paid(network: Network, market: Market) -> None:
    fallen = market.play(false(), AMOUNT)
    fall(market, fallen)
    game = honest()
    posted = market.play(game, AMOUNT, who=BUILDER)
    assert (posted["serial"], posted["previous"], posted["nonce"]) == (2, 0, 7)
    market.pass_window(posted)
    leaf = game.leaves[0]
    lost = market.claim_of(fallen, false().payout_tree, false().leaves[0])
    assert network.refused(ANN, market.settlement, "claim", *lost) == ("UnknownSettlement", (fallen.id,))
    assert network.refused(ANN, market.settlement, "finish", *fallen.name) == ("UnknownSettlement", (fallen.id,))
    network.act(ANN, market.settlement, "claim", *market.claim_of(posted, game.payout_tree, leaf))


def test_a_settlement_falls_once(network: Network, market: Market) -> None:
    posted = market.play(false(), AMOUNT)
    fall(market, posted)
    market.announce(OUTSIDER, posted, g.ENTRY, false().entry(1, 3))
    arguments = (*posted.name, market.roots, g.ENTRY, false().entry(1, 3), HASH)
    refused = network.refused(OUTSIDER, market.settlement, "challenge", *arguments)
    assert refused == ("UnknownSettlement", (posted.id,))
    demand = (*posted.name, market.roots, g.SUMS, 0)
    assert network.refused(BEN, market.settlement, "demand", *demand, value=FEE)[0] == "UnknownSettlement"


def test_who_lied_posts_nothing_for_two_windows(network: Network, market: Market) -> None:
    """Else one could keep a channel busy by letting each false settlement fall and posting it anew at once."""
    posted = market.play(false(), AMOUNT)
    fall(market, posted)
    until = network.read(market.settlement, "barredUntil", ANN.address)
    assert until == int(network.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16) + 2 * DAY
    game = honest()
    voucher = market.voucher(7, AMOUNT, sums=game.sums.root)
    arguments = (voucher, market.signature(voucher), game.posting, AMOUNT)
    assert network.refused(ANN, market.settlement, "settle", *arguments, value=OPEN) == ("Barred", (until,))
    network.time = until
    market.post(*arguments)


def test_a_channel_falls_back_to_the_settlement_before(network: Network, market: Market) -> None:
    first = market.play(honest(), AMOUNT)
    market.pass_window(first)
    second = market.play(false(), AMOUNT, nonce=9, total=2 * AMOUNT, first=8)
    assert second["previous"] == 7
    fall(market, second)
    assert network.read(market.settlement, "channels", PAYER.address, 1) == (AMOUNT, 7, 0)
    assert network.read(market.settlement, "deposits", PAYER.address)[0] == DEPOSIT - AMOUNT
    network.act(OUTSIDER, market.settlement, "finish", *first.name)  # the first is not touched


# Races


def test_a_copied_challenge_is_worth_nothing(network: Network, market: Market) -> None:
    posted = market.play(false(), AMOUNT)
    shown = false().entry(1, 3)
    announced = market.announce(BEN, posted, g.ENTRY, shown)
    arguments = (*posted.name, market.roots, g.ENTRY, shown, HASH)
    assert network.refused(OUTSIDER, market.settlement, "challenge", *arguments)[0] == "NotAnnounced"
    refused = network.refused(OUTSIDER, market.settlement, "announce", announced)
    assert refused == ("AlreadyAnnounced", (announced,))  # nor does saying it again delay it
    network.act(BEN, market.settlement, "challenge", *arguments)


def test_an_announcement_counts_from_the_next_block(network: Network, market: Market) -> None:
    posted = market.play(false(), AMOUNT)
    shown = false().entry(1, 3)
    thief = next_contract_of(network, OUTSIDER)
    hash_ = keccak256(bytes(12) + bytes.fromhex(thief[2:]) + posted.id + g.u256(g.ENTRY) + keccak256(shown) + HASH)
    announce = market.settlement.data("announce", hash_)
    challenge = market.settlement.data("challenge", *posted.name, market.roots, g.ENTRY, shown, HASH)
    assert at_once(network, OUTSIDER, market.settlement, [announce, challenge])["status"] == "0x0"
    thief = next_contract_of(network, OUTSIDER)
    announce = (
        announce[:10]
        + keccak256(bytes(12) + bytes.fromhex(thief[2:]) + posted.id + g.u256(g.ENTRY) + keccak256(shown) + HASH).hex()
    )
    assert at_once(network, OUTSIDER, market.settlement, [announce])["status"] == "0x1"
    assert network.read(market.settlement, "settlements", posted.id)[2] == 1


def test_challenging_oneself_costs_half_of_the_bond(network: Network, market: Market) -> None:
    posted = market.play(false(), AMOUNT)
    fall(market, posted, who=ANN)
    assert (earned(market, ANN), earned(market, TREASURY)) == (OPEN // 2, OPEN // 2)


def test_a_challenge_is_good_until_the_last_second_and_not_after(network: Network, market: Market) -> None:
    posted = market.play(false(), AMOUNT)
    shown = false().entry(1, 3)
    market.announce(BEN, posted, g.ENTRY, shown)
    arguments = (*posted.name, market.roots, g.ENTRY, shown, HASH)
    network.time = posted.end
    assert network.refused(BEN, market.settlement, "challenge", *arguments) == ("Final", (posted.end,))
    network.act(OUTSIDER, market.settlement, "finish", *posted.name)
    assert network.refused(BEN, market.settlement, "challenge", *arguments) == ("Final", (posted.end,))


def test_one_second_before_the_end_a_settlement_can_fall(network: Network, market: Market) -> None:
    posted = market.play(false(), AMOUNT)
    shown = false().entry(1, 3)
    market.announce(BEN, posted, g.ENTRY, shown)
    network.time = posted.end - 1
    network.act(BEN, market.settlement, "challenge", *posted.name, market.roots, g.ENTRY, shown, HASH)


# Griefing


def test_dust_does_not_let_a_payer_leave_with_what_he_owes(network: Network, market: Market) -> None:
    """A friend posts a small voucher while the notice runs; the large one waits behind it, and is still paid."""
    network.act(PAYER, market.settlement, "requestRefund", DEPOSIT)
    network.time += DAY - 100
    dust = market.settle(1, 1, payout((ANN.address, 1))[0], 1)
    large = market.arguments(market.voucher(9, DEPOSIT), payout((ANN.address, POOL))[0], DEPOSIT - 1)
    network.time = dust.end - 10
    bond = market.bond(DEPOSIT - 1)
    assert network.refused(BUILDER, market.settlement, "settle", *large, value=bond)[0] == "ChannelBusy"
    for moment in (dust.end - 5, dust.end, dust.end + DAY - 5):
        network.time = max(network.time, moment)
        assert network.refused(PAYER, market.settlement, "refund")[0] == "NoRefund"
    market.post(*large, who=BUILDER)
    network.time += 2 * DAY + 100
    receipt = network.act(PAYER, market.settlement, "refund")
    assert market.settlement.events(receipt)[0][1]["amount"] == 0


@pytest.mark.parametrize("amount", [1, 2, 3, 19, 10_001])
def test_dust_is_divided_to_the_wei(network: Network, market: Market, amount: int) -> None:
    pool = Market.pool_of(amount)
    game = small(pool=pool)
    posted = market.play(game, amount)
    assert (posted["pool"], sum(leaf[2] for leaf in game.leaves)) == (pool, pool)
    market.pass_window(posted)
    claims = [market.claim_of(posted, game.payout_tree, leaf) for leaf in game.leaves]
    network.act(OUTSIDER, market.settlement, "claimMany", claims)
    network.act(OUTSIDER, market.settlement, "finish", *posted.name)
    owed = sum(earned(market, who) for who in (ANN, BUILDER, TREASURY))
    assert market.balance() == DEPOSIT - amount + owed
    assert owed == OPEN + amount - pool


# Theft


def test_a_receiver_that_calls_back_gets_nothing_more(network: Network, market: Market) -> None:
    """The receiver is a contract that, when paid, sends a claim that would be good at any other time."""
    receiver = next_contract_of(network, OUTSIDER)
    posted = []
    tree, leaves = payout((receiver, Market.pool_of(1_000)))
    for n in (1, 2):
        posted.append(market.settle(n, n * 1_000, tree, 1_000))
        market.pass_window(posted[-1])
    again = bytes.fromhex(market.settlement.data("claim", *market.claim_of(posted[1], tree, leaves[0]))[2:])
    size = f"61{len(again):04x}"
    # codecopy(0, 23, size); call(gas, caller, 0, 0, size, 0, 0); stop - and the data behind it
    code = bytes.fromhex(f"{size}6017600039" + f"60006000{size}60006000335af1" + "00") + again
    init = bytes.fromhex(f"61{len(code):04x}600e60003961{len(code):04x}6000f3") + code
    assert network.send(OUTSIDER, data=init, gas=1_000_000)["contractAddress"] == receiver
    claim = market.settlement.data("claim", *market.claim_of(posted[0], tree, leaves[0]))
    receipt = network.send(ANN, to=market.settlement.address, data=claim, gas=2_000_000)  # enough for the call back
    assert receipt["status"] == "0x1"
    assert network.balance(receiver) == leaves[0][2]
    assert network.read(market.settlement, "isClaimed", receiver, 2) is False
    network.act(ANN, market.settlement, "claim", *market.claim_of(posted[1], tree, leaves[0]))
    assert network.balance(receiver) == 2 * leaves[0][2]


def test_leaves_of_a_false_tree_never_take_more_than_the_pool(network: Network, market: Market) -> None:
    """Nobody looked: a settlement whose payout tree claims twice the pool is final. No more than the pool leaves."""
    game = honest()
    lies.more_than_the_pool(game)
    posted = market.play(game, AMOUNT)
    market.pass_window(posted)
    for leaf in game.leaves:
        claim = market.claim_of(posted, game.payout_tree, leaf)
        assert network.refused(ANN, market.settlement, "claim", *claim)[0] == "UnknownSettlement"


def test_an_account_named_twice_is_paid_once(network: Network, market: Market) -> None:
    game = honest()
    lies.paid_twice(game)
    posted = market.play(game, AMOUNT)
    market.pass_window(posted)
    first, second = (market.claim_of(posted, game.payout_tree, leaf) for leaf in game.leaves[:2])
    network.act(ANN, market.settlement, "claim", *first)
    assert network.refused(ANN, market.settlement, "claim", *second)[0] == "AlreadyClaimed"


def test_a_total_that_no_deposit_could_hold_is_refused(network: Network, market: Market) -> None:
    most = 2**128 - 1
    arguments = market.arguments(market.voucher(2**64 - 1, most), payout((ANN.address, 1))[0], most)
    data = market.settlement.data("settle", *arguments)
    receipt = network.send(ANN, to=market.settlement.address, data=data, gas=500_000, value=OPEN)
    assert receipt["status"] == "0x0"


def test_a_settlement_for_one_contract_is_nothing_to_another(network: Network, market: Market) -> None:
    posted = market.play(honest(), AMOUNT)
    five = ["address"] * 5
    other = network.deploy(OUTSIDER, "Settlement", five, *market.parts_of_settlement())
    network.act(PAYER, other, "deposit", PAYER.address, value=DEPOSIT)
    voucher = market.voucher(7, AMOUNT, sums=honest().sums.root)
    arguments = (voucher, market.signature(voucher), honest().posting, AMOUNT)
    assert network.refused(ANN, other, "settle", *arguments, value=OPEN) == ("BadSignature", ())
    network.time = posted.end
    claim = market.claim_of(posted, honest().payout_tree, honest().leaves[0])
    assert network.refused(ANN, other, "claim", *claim) == ("UnknownSettlement", (posted.id,))
