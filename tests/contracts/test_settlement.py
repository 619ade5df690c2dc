"""Settlement: the payer's signature opens the deposit, the split is kept, a path pays, and nothing else does."""

from __future__ import annotations

import pytest
from eth_abi import encode

from core.keccak import keccak256
from tests.contracts.commons import DAY
from tests.contracts.game import SumTree, sum_root
from tests.contracts.market import (
    ANN,
    BEN,
    BODY,
    BUILDER,
    DEPOSIT,
    HASH,
    OUTSIDER,
    PACKAGE,
    PAYER,
    ROOTS,
    SCORES,
    STATEMENTS,
    SUMS,
    TREASURY,
    Market,
    U,
    payout,
)
from tests.contracts.network import OPEN, ZERO, Network, again

TOTAL = 1_000_003  # wei: does not divide evenly
BUILDER_PART, TREASURY_PART = 200_000, 50_000  # 20 % and 5 %, rounded down; nobody stakes: 10 % stay in the pool
POOL = TOTAL - BUILDER_PART - TREASURY_PART
TREE, LEAVES = payout((ANN.address, 400_000), (BEN.address, POOL - 400_000))


@pytest.fixture
def market(network: Network) -> Market:
    return again(Market, network)


def spent(receipt: dict[str, str]) -> int:
    return int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)


def test_a_wallets_typed_signature_is_the_one_the_contract_checks(network: Network, market: Market) -> None:
    voucher = market.voucher(3, TOTAL, first=2)
    digest = network.read(market.settlement, "voucherDigest", voucher)
    type_hash = keccak256(
        b"Voucher(address payer,uint256 modelId,bytes32 packageHash,uint64 first,uint64 nonce,uint128 totalFee,"
        b"bytes32 statementsRoot,bytes32 sumsRoot)"
    )
    domain_type = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    domain = keccak256(
        encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [
                keccak256(domain_type),
                keccak256(b"OpenLedger Settlement"),
                keccak256(b"1"),
                network.chain_id,
                market.settlement.address,
            ],
        )
    )
    types = ["bytes32", "address", "uint256", "bytes32", "uint64", "uint64", "uint128", "bytes32", "bytes32"]
    message = keccak256(encode(types, [type_hash, *voucher]))
    assert digest == keccak256(b"\x19\x01" + domain + message)


def test_a_settlement_is_named_by_all_that_it_says(network: Network, market: Market) -> None:
    arguments = market.arguments(market.voucher(4, TOTAL), TREE, TOTAL)
    receipt = network.act(BUILDER, market.settlement, "settle", *arguments, value=OPEN)
    ((name, event),) = market.settlement.events(receipt)
    posted = market.posted(receipt)
    now = int(network.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16)
    builder, payer = BUILDER.address.lower(), PAYER.address.lower()
    roots_hash = keccak256(encode(["bytes32"] * 3 + ["uint256"] * 6, ROOTS))
    told = {
        "poster": builder, "payer": payer, "modelId": 1, "first": 1, "nonce": 4, "previous": 0, "amount": TOTAL,
        "pool": POOL, "builder": builder, "builderPart": BUILDER_PART, "supportersPart": 0,
        "treasuryPart": TREASURY_PART, "bond": OPEN, "demandFee": OPEN // 100, "window": DAY, "settledAt": now,
        "serial": 1, "packageHash": PACKAGE, "modelRoots": roots_hash, "statementsRoot": STATEMENTS, "sumsRoot": SUMS,
        "uRoot": U, "scoresRoot": SCORES, "payoutDepth": 1, "e": 0, "v": 0, "maxLabel": 0, "maxFeature": 0,
        "normLabel": 0,
    }  # fmt: skip
    assert name == "Settled"
    assert dict(zip(BODY, event.pop("body"), strict=True)) == told
    assert event == {"id": posted.id, "payer": payer, "modelId": 1, "payoutHash": TREE.top[0]}
    assert posted.payout_root == TREE.root
    assert posted.id == keccak256(posted.body_hash + TREE.root)
    assert posted.id == network.read(market.settlement, "idOf", *posted.name)
    assert network.read(market.settlement, "settlements", posted.id) == (now + DAY, 1, 1, False)
    assert network.read(market.settlement, "deposits", PAYER.address) == (DEPOSIT - TOTAL, now + DAY)
    assert network.read(market.settlement, "channels", PAYER.address, 1) == (TOTAL, 4, now + DAY)


def test_the_contracts_body_is_the_one_written_down(market: Market) -> None:
    parts = market.settlement.entry("function", "finish")["inputs"][0]["components"]
    assert tuple(part["name"] for part in parts) == BODY


@pytest.mark.parametrize(
    ("split", "builder", "treasury"),
    [([10_000, 0, 0, 0], 0, 0), ([5_000, 4_000, 0, 1_000], 400_001, 100_000), ([9_998, 1, 0, 1], 100, 100)],
)
def test_any_split_gives_away_exactly_the_amount(
    network: Network, market: Market, split: list[int], builder: int, treasury: int
) -> None:
    market.register(split)
    tree, _ = payout((ANN.address, TOTAL - builder - treasury))
    posted = market.settle(1, TOTAL, tree, TOTAL, model=2)
    assert posted["pool"] == TOTAL - builder - treasury
    market.pass_window(posted)
    network.act(OUTSIDER, market.settlement, "finish", *posted.name)
    assert network.read(market.settlement, "earned", BUILDER.address) == builder
    assert network.read(market.settlement, "earned", TREASURY.address) == treasury
    assert network.read(market.settlement, "earned", ANN.address) == OPEN


def test_supporters_get_their_part_when_they_stand_behind_the_model(network: Network, market: Market) -> None:
    network.act(OUTSIDER, market.support, "stake", 1, value=OPEN)
    pool = market.pool_of(TOTAL, backed=True)
    posted = market.settle(1, TOTAL, payout((ANN.address, pool))[0], TOTAL)
    assert (posted["supportersPart"], posted["pool"]) == (100_000, pool)
    market.pass_window(posted)
    network.act(BEN, market.settlement, "finish", *posted.name)
    assert network.read(market.support, "claimable", 1, OUTSIDER.address) == 100_000


def test_finish_waits_for_nobody_and_is_done_once(network: Network, market: Market) -> None:
    """The last supporter leaves while the window runs: neither bond nor parts are held up."""
    network.act(OUTSIDER, market.support, "stake", 1, value=OPEN)
    posted = market.settle(1, TOTAL, payout((ANN.address, market.pool_of(TOTAL, backed=True)))[0], TOTAL)
    network.act(OUTSIDER, market.support, "unstake", 1, OPEN)
    assert network.refused(BEN, market.settlement, "finish", *posted.name) == ("NotFinal", (posted.end,))
    market.pass_window(posted)
    receipt = network.act(BEN, market.settlement, "finish", *posted.name)
    assert market.settlement.events(receipt)[0] == ("Finished", {"id": posted.id})
    assert network.refused(BEN, market.settlement, "finish", *posted.name) == ("AlreadyFinished", (posted.id,))
    other = (posted.body[0], *posted.body[1:12], 2 * OPEN, *posted.body[13:])  # another bond: another settlement
    assert network.refused(BEN, market.settlement, "finish", other, TREE.root)[0] == "UnknownSettlement"


def test_a_voucher_is_cumulative_and_the_next_one_waits(network: Network, market: Market) -> None:
    first = market.settle(3, 100, payout((ANN.address, 75))[0], 100)
    arguments = market.arguments(market.voucher(5, 250, first=4), payout((ANN.address, 113))[0], 150)
    refused = network.refused(ANN, market.settlement, "settle", *arguments, value=OPEN)
    assert refused == ("ChannelBusy", (first.end,))
    market.pass_window(first)
    second = market.post(*arguments)
    assert network.read(market.settlement, "channels", PAYER.address, 1) == (250, 5, second.end)
    assert (second["previous"], second["serial"]) == (3, 2)
    assert network.read(market.settlement, "deposits", PAYER.address)[0] == DEPOSIT - 250


def test_claims_pay_the_account_in_the_leaf_whoever_sends_them(network: Network, market: Market) -> None:
    posted = market.settle(1, TOTAL, TREE, TOTAL)
    assert network.refused(OUTSIDER, market.settlement, "claim", *market.claim_of(posted, TREE, LEAVES[0])) == (
        "NotFinal",
        (posted.end,),
    )
    market.pass_window(posted)
    before = network.balance(ANN.address)
    receipt = network.act(OUTSIDER, market.settlement, "claim", *market.claim_of(posted, TREE, LEAVES[0]))
    ann = ANN.address.lower()
    assert market.settlement.events(receipt) == [("Claimed", {"id": posted.id, "account": ann, "amount": 400_000})]
    assert network.balance(ANN.address) - before == 400_000
    assert network.read(market.settlement, "isClaimed", ANN.address, 1) is True
    assert network.read(market.settlement, "isClaimed", BEN.address, 1) is False
    network.act(OUTSIDER, market.settlement, "finish", *posted.name)  # claims neither wait for it nor end with it
    network.act(OUTSIDER, market.settlement, "claim", *market.claim_of(posted, TREE, LEAVES[1]))
    held = DEPOSIT - TOTAL + BUILDER_PART + TREASURY_PART + OPEN
    assert market.balance() == held


def test_many_claims_are_paid_in_one_transaction_or_none(network: Network, market: Market) -> None:
    trees = [payout((ANN.address, POOL - n), (BEN.address, n)) for n in (5, 6, 7)]
    claims = []
    for n, (tree, leaves) in enumerate(trees, 1):
        posted = market.settle(n, n * TOTAL, tree, TOTAL)
        market.pass_window(posted)
        claims += [market.claim_of(posted, tree, leaf) for leaf in leaves]
    claims.sort(key=lambda claim: claim[2])
    before = [network.balance(who.address) for who in (ANN, BEN)]
    refused = network.refused(OUTSIDER, market.settlement, "claimMany", [*claims, claims[0]])
    assert refused[0] == "AlreadyClaimed"
    network.act(OUTSIDER, market.settlement, "claimMany", claims)
    after = [network.balance(who.address) for who in (ANN, BEN)]
    assert [a - b for a, b in zip(after, before, strict=True)] == [3 * POOL - 18, 18]
    network.act(OUTSIDER, market.settlement, "claimMany", [])


def test_a_leaf_is_paid_once(network: Network, market: Market) -> None:
    posted = market.settle(1, TOTAL, TREE, TOTAL)
    market.pass_window(posted)
    claim = market.claim_of(posted, TREE, LEAVES[0])
    network.act(ANN, market.settlement, "claim", *claim)
    assert network.refused(ANN, market.settlement, "claim", *claim) == (
        "AlreadyClaimed",
        (posted.id, ANN.address.lower()),
    )


def test_only_what_stands_in_the_tree_is_paid(network: Network, market: Market) -> None:
    posted = market.settle(1, TOTAL, TREE, TOTAL)
    market.pass_window(posted)
    hash_, index, account, amount, path = market.claim_of(posted, TREE, LEAVES[0])
    for changed in (
        (hash_, 1, account, amount, path),
        (hash_, 2, account, amount, path),
        (hash_, index, OUTSIDER.address, amount, path),
        (hash_, index, account, amount + 1, path),
        (hash_, index, account, amount - 1, [(path[0][0], path[0][1] + 1)]),
        (hash_, index, account, amount, [(HASH, path[0][1])]),
        (hash_, index, account, amount, []),
        (hash_, index, account, amount, [*path, *path]),
        (hash_, index, account, amount, [(path[0][0], path[0][1] + (1 << 128))]),
        (hash_, index, account, 1 << 128, path),
        (HASH, index, account, amount, path),
    ):
        assert network.refused(ANN, market.settlement, "claim", *changed)[0] in {"UnknownSettlement", "BadPath"}


@pytest.mark.parametrize(
    "signing",
    [{"who": ANN}, {"chainId": 1}, {"name": "OpenLedger"}, {"version": "2"}, {"verifyingContract": ZERO}],
)
def test_only_the_payers_signature_for_this_very_contract_opens_the_deposit(
    network: Network, market: Market, signing: dict[str, object]
) -> None:
    arguments = market.arguments(market.voucher(1, 100), TREE, 100, **signing)
    assert network.refused(ANN, market.settlement, "settle", *arguments, value=OPEN) == ("BadSignature", ())


def test_a_voucher_changed_after_signing_is_refused(network: Network, market: Market) -> None:
    voucher = market.voucher(3, 100)
    _, signed, unchanged, amount = market.arguments(voucher, TREE, 100)
    market.register([10_000, 0, 0, 0])
    for changed, settled in (
        ((*voucher[:1], 2, *voucher[2:]), amount),
        ((*voucher[:4], 2, *voucher[5:]), amount),
        ((*voucher[:5], 101, *voucher[6:]), 101),
        ((*voucher[:6], HASH, SUMS), amount),
        ((*voucher[:7], HASH), amount),
    ):
        posting = market.arguments(changed, TREE, settled)[2]  # of the right pool
        refused = network.refused(ANN, market.settlement, "settle", changed, signed, posting, settled, value=OPEN)
        assert refused == ("BadSignature", ())
    network.act(BUILDER, market.settlement, "deposit", ANN.address, value=100)
    other = (ANN.address, *voucher[1:])
    refused = network.refused(ANN, market.settlement, "settle", other, signed, unchanged, 100, value=OPEN)
    assert refused == ("BadSignature", ())


def test_calls_are_settled_once_and_without_gaps(network: Network, market: Market) -> None:
    market.pass_window(market.settle(4, 100, payout((ANN.address, 75))[0], 100))
    for first, nonce in ((1, 4), (1, 3), (6, 7), (0, 7)):
        arguments = market.arguments(market.voucher(nonce, 200, first=first), TREE, 100)
        refused = network.refused(ANN, market.settlement, "settle", *arguments, value=OPEN)
        assert refused == ("BadRange", (first, nonce, 4))
    overlapping = market.arguments(market.voucher(6, 200, first=3), payout((ANN.address, 75))[0], 100)
    assert market.post(*overlapping)["amount"] == 100  # weighed twice, paid once


def test_the_amount_is_the_voucher_less_what_was_settled(network: Network, market: Market) -> None:
    market.pass_window(market.settle(1, 100, payout((ANN.address, 75))[0], 100))
    for total, amount, expected in ((250, 151, 150), (250, 250, 150), (100, 0, 0), (90, 10, 0)):
        arguments = market.arguments(market.voucher(2, total, first=2), TREE, amount)
        refused = network.refused(ANN, market.settlement, "settle", *arguments, value=OPEN)
        assert refused == ("WrongAmount", (amount, expected))


def test_nothing_is_settled_beyond_the_deposit(network: Network, market: Market) -> None:
    network.act(OUTSIDER, market.settlement, "deposit", OUTSIDER.address, value=OPEN)
    arguments = market.arguments(market.voucher(1, DEPOSIT + 1), TREE, DEPOSIT + 1)
    bond = market.bond(DEPOSIT + 1)
    assert network.refused(ANN, market.settlement, "settle", *arguments, value=bond) == (
        "InsufficientDeposit",
        (DEPOSIT + 1, DEPOSIT),
    )


def test_an_outsider_cannot_post(network: Network, market: Market) -> None:
    arguments = market.arguments(market.voucher(1, 100), TREE, 100)
    for who in (OUTSIDER, PAYER):
        assert network.refused(who, market.settlement, "settle", *arguments, value=OPEN)[0] == "NotParty"
    network.act(OUTSIDER, market.datanets, "contribute", 1, HASH, 10, HASH)  # not accepted by anyone
    assert network.refused(OUTSIDER, market.settlement, "settle", *arguments, value=OPEN)[0] == "NotParty"
    unknown = market.arguments(market.voucher(1, 100, model=9), TREE, 100)
    with pytest.raises(AssertionError, match="no error of this contract"):  # it is Models' error: UnknownModel
        network.refused(ANN, market.settlement, "settle", *unknown, value=OPEN)
    other = (*market.voucher(1, 100)[:2], HASH, *market.voucher(1, 100)[3:])
    refused = network.refused(ANN, market.settlement, "settle", *market.arguments(other, TREE, 100), value=OPEN)
    assert refused == ("UnknownPackage", (HASH,))


def test_a_poster_sends_exactly_the_bond(network: Network, market: Market) -> None:
    small = market.arguments(market.voucher(1, 100), TREE, 100)
    large = market.arguments(market.voucher(1, 8 * OPEN), TREE, 8 * OPEN)
    for arguments, value, expected in (
        (small, 0, OPEN), (small, OPEN - 1, OPEN), (small, OPEN + 1, OPEN), (large, OPEN, 2 * OPEN)
    ):  # fmt: skip
        refused = network.refused(ANN, market.settlement, "settle", *arguments, value=value)
        assert refused == ("WrongValue", (value, expected))


@pytest.mark.parametrize("empty", ["statements", "sums", "u", "scores"])
def test_no_root_is_left_empty(network: Network, market: Market, empty: str) -> None:
    none = bytes(32)
    voucher = list(market.voucher(1, 100))
    if empty in {"statements", "sums"}:
        voucher[6 if empty == "statements" else 7] = none
    _, signed, posting, _ = market.arguments(tuple(voucher), TREE, 100)
    posting = (none if empty == "u" else posting[0], none if empty == "scores" else posting[1], *posting[2:])
    refused = network.refused(ANN, market.settlement, "settle", tuple(voucher), signed, posting, 100, value=OPEN)
    assert refused == ("EmptyRoot", ())


def test_a_payout_tree_has_no_more_than_2_to_the_32_leaves(network: Network, market: Market) -> None:
    voucher, signed, posting, amount = market.arguments(market.voucher(1, 100), TREE, 100)
    deep = (*posting[:3], 33, *posting[4:])
    refused = network.refused(ANN, market.settlement, "settle", voucher, signed, deep, amount, value=OPEN)
    assert refused == ("BadDepth", (33,))


def test_the_depth_of_the_tree_is_part_of_its_root() -> None:
    tree = SumTree(TREE.leaves, 1)
    assert tree.root != sum_root(*tree.top, 2)


def test_poster_builder_and_treasury_take_out_what_they_earned_once(network: Network, market: Market) -> None:
    posted = market.settle(1, TOTAL, TREE, TOTAL)
    market.pass_window(posted)
    network.act(OUTSIDER, market.settlement, "finish", *posted.name)
    for who, part in ((ANN, OPEN), (BUILDER, BUILDER_PART), (TREASURY, TREASURY_PART)):
        before = network.balance(who.address)
        receipt = network.act(who, market.settlement, "withdrawEarned")
        assert network.balance(who.address) - before == part - spent(receipt)
        assert network.refused(who, market.settlement, "withdrawEarned") == ("ZeroAmount", ())
    assert market.balance() == DEPOSIT - BUILDER_PART - TREASURY_PART


def test_an_account_with_code_pays_by_its_own_rule(network: Network, market: Market) -> None:
    """ERC-1271: one that answers with the magic value, and one that does not."""
    # return 0x1626ba7e.. | return 0
    for answer, accepted in (("631626ba7e60e01b60005260206000f3", True), ("60206000f3", False)):
        code = bytes.fromhex(answer)
        init = bytes.fromhex(f"60{len(code):02x}600c60003960{len(code):02x}6000f3") + code
        wallet = network.send(OUTSIDER, data=init, gas=200_000)["contractAddress"]
        network.act(OUTSIDER, market.settlement, "deposit", wallet, value=100)
        voucher, _, posting, amount = market.arguments(market.voucher(1, 100, payer=wallet), TREE, 100)
        if accepted:
            network.act(ANN, market.settlement, "settle", voucher, b"any", posting, amount, value=OPEN)
        else:
            refused = network.refused(ANN, market.settlement, "settle", voucher, b"any", posting, amount, value=OPEN)
            assert refused[0] == "BadSignature"


def test_the_contract_holds_exactly_what_it_owes(network: Network, market: Market) -> None:
    tree, leaves = payout((ANN.address, 5), (BEN.address, POOL - 5))
    posted = []
    for n in (1, 2, 3):
        posted.append(market.settle(n, n * TOTAL, tree, TOTAL))
        market.pass_window(posted[-1])
    claim = [market.claim_of(one, tree, leaf) for one, leaf in zip(posted[:2], leaves, strict=True)]
    network.act(ANN, market.settlement, "claim", *claim[0])
    network.act(ANN, market.settlement, "claim", *claim[1])
    network.act(ANN, market.settlement, "finish", *posted[0].name)
    network.act(BUILDER, market.settlement, "withdrawEarned")
    owed = network.read(market.settlement, "deposits", PAYER.address)[0]
    owed += sum(network.read(market.settlement, "earned", who.address) for who in (ANN, BUILDER, TREASURY))
    owed += 3 * POOL - 5 - (POOL - 5) + 2 * (OPEN + BUILDER_PART + TREASURY_PART)
    assert market.balance() == owed
