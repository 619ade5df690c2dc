"""Settlement: the payer's signature opens the deposit, the split is kept, a proof pays, and nothing else does."""

from __future__ import annotations

import pytest
from eth_abi import encode

from core.keccak import keccak256
from tests.contracts.market import (
    ANN,
    BEN,
    BUILDER,
    DEPOSIT,
    HASH,
    OUTSIDER,
    PAYER,
    SCORES,
    STATEMENTS,
    SUMS,
    TREASURY,
    Market,
    U,
    payout,
)
from tests.contracts.network import OPEN, ZERO, Network

TOTAL = 1_000_003  # wei: does not divide evenly
BUILDER_PART, TREASURY_PART = 300_000, 50_000  # 30 % and 5 %, rounded down
POOL = TOTAL - BUILDER_PART - TREASURY_PART


@pytest.fixture
def market(network: Network) -> Market:
    return Market(network)


def test_a_deposit_counts_for_the_payer_whoever_pays_it_in(network: Network, market: Market) -> None:
    receipt = network.act(ANN, market.settlement, "deposit", PAYER.address, value=5)
    payer, ann = PAYER.address.lower(), ANN.address.lower()
    assert market.settlement.events(receipt) == [("Deposited", {"payer": payer, "from": ann, "amount": 5})]
    assert network.read(market.settlement, "deposits", PAYER.address) == DEPOSIT + 5
    assert network.refused(PAYER, market.settlement, "deposit", PAYER.address) == ("ZeroAmount", ())
    assert network.refused(PAYER, market.settlement, "deposit", ZERO, value=1) == ("ZeroAddress", ())


def test_money_sent_without_a_purpose_is_refused(network: Network, market: Market) -> None:
    receipt = network.send(PAYER, to=market.settlement.address, value=1, gas=100_000)
    assert receipt["status"] == "0x0"


def test_a_wallets_typed_signature_is_the_one_the_contract_checks(network: Network, market: Market) -> None:
    voucher = market.voucher(1, TOTAL)
    digest = network.read(market.settlement, "voucherDigest", voucher)
    type_hash = keccak256(
        b"Voucher(address payer,uint256 modelId,uint256 nonce,uint256 totalFee,bytes32 statementsRoot)"
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
    message = keccak256(
        encode(["bytes32", "address", "uint256", "uint256", "uint256", "bytes32"], [type_hash, *voucher])
    )
    assert digest == keccak256(b"\x19\x01" + domain + message)


def test_a_settlement_splits_to_the_wei_and_says_what_it_commits_to(network: Network, market: Market) -> None:
    tree, _ = payout((ANN.address, 400_000), (BEN.address, POOL - 400_000))
    voucher = market.voucher(1, TOTAL)
    receipt = network.act(BUILDER, market.settlement, "settle", *market.arguments(voucher, tree.root, TOTAL))
    name = keccak256(encode(["address", "uint256", "uint256"], [PAYER.address, 1, 1]))
    builder, treasury = BUILDER.address.lower(), TREASURY.address.lower()
    assert market.settlement.events(receipt) == [
        ("Earned", {"settlementId": name, "account": builder, "amount": BUILDER_PART}),
        ("Earned", {"settlementId": name, "account": treasury, "amount": TREASURY_PART}),
        (
            "Settled",
            {
                "settlementId": name,
                "payer": PAYER.address.lower(),
                "modelId": 1,
                "poster": builder,
                "nonce": 1,
                "amount": TOTAL,
                "pool": POOL,
                "statementsRoot": STATEMENTS,
                "commitment": (SUMS, U, SCORES, tree.root),
            },
        ),
    ]
    poster, at, pool, claimed, root, commitment = network.read(market.settlement, "settlements", name)
    assert (poster, pool, claimed, root) == (builder, POOL, 0, tree.root)
    assert at == int(network.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16)
    assert commitment == keccak256(STATEMENTS + SUMS + U + SCORES + tree.root)
    assert network.read(market.settlement, "deposits", PAYER.address) == DEPOSIT - TOTAL
    assert network.read(market.settlement, "channels", PAYER.address, 1) == (1, TOTAL)


@pytest.mark.parametrize(
    ("split", "builder", "treasury"),
    [([10_000, 0, 0, 0], 0, 0), ([0, 10_000, 0, 0], TOTAL, 0), ([0, 1, 0, 9_999], 100, 999_902)],
)
def test_any_split_gives_away_exactly_the_amount(
    network: Network, market: Market, split: list[int], builder: int, treasury: int
) -> None:
    market.register(split)
    name = market.settle(1, TOTAL, HASH, TOTAL, model=2)
    assert network.read(market.settlement, "earned", BUILDER.address) == builder
    assert network.read(market.settlement, "earned", TREASURY.address) == treasury
    assert network.read(market.settlement, "settlements", name)[2] == TOTAL - builder - treasury


def test_a_voucher_is_cumulative(network: Network, market: Market) -> None:
    market.settle(3, 100, HASH, 100)
    market.settle(5, 250, HASH, 150)
    assert network.read(market.settlement, "channels", PAYER.address, 1) == (5, 250)
    assert network.read(market.settlement, "deposits", PAYER.address) == DEPOSIT - 250


def test_claims_pay_the_account_in_the_leaf_whoever_sends_them(network: Network, market: Market) -> None:
    tree, leaves = payout((ANN.address, 400_000), (BEN.address, POOL - 400_000))
    name = market.settle(1, TOTAL, tree.root, TOTAL)
    before = network.balance(ANN.address)
    receipt = network.act(OUTSIDER, market.settlement, "claim", name, *leaves[0], tree.proof(0))
    assert network.balance(ANN.address) - before == 400_000
    assert market.settlement.events(receipt) == [
        ("Claimed", {"settlementId": name, "account": ANN.address.lower(), "index": 0, "amount": 400_000})
    ]
    assert network.read(market.settlement, "isClaimed", name, 0) is True
    assert network.read(market.settlement, "isClaimed", name, 1) is False


def test_a_balance_changes_by_exactly_the_claim_less_the_gas(network: Network, market: Market) -> None:
    tree, leaves = payout((ANN.address, 400_000), (BEN.address, POOL - 400_000))
    name = market.settle(1, TOTAL, tree.root, TOTAL)
    before = network.balance(BEN.address)
    receipt = network.act(BEN, market.settlement, "claim", name, *leaves[1], tree.proof(1))
    gas = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    assert network.balance(BEN.address) - before == POOL - 400_000 - gas


def test_several_claims_of_several_settlements_in_one_transaction_all_or_none(network: Network, market: Market) -> None:
    first, leaves = payout((ANN.address, 10), (BEN.address, 20), (ANN.address, 30))
    second, others = payout((ANN.address, 40))
    names = [market.settle(1, TOTAL, first.root, TOTAL), market.settle(2, 2 * TOTAL, second.root, TOTAL)]
    claims = [
        (names[0], *leaves[0], first.proof(0)),
        (names[0], *leaves[2], first.proof(2)),
        (names[1], *others[0], []),
    ]
    before = network.balance(ANN.address)
    network.act(OUTSIDER, market.settlement, "claimMany", claims)
    assert network.balance(ANN.address) - before == 80
    again = [(names[0], *leaves[1], first.proof(1)), claims[0]]
    assert network.refused(BEN, market.settlement, "claimMany", again) == ("AlreadyClaimed", (names[0], 0))
    assert network.read(market.settlement, "isClaimed", names[0], 1) is False


def test_a_claim_without_a_proof_of_exactly_it_is_refused(network: Network, market: Market) -> None:
    tree, leaves = payout((ANN.address, 400_000), (BEN.address, POOL - 400_000))
    name = market.settle(1, TOTAL, tree.root, TOTAL)
    index, account, amount = leaves[0]
    for claim in (
        (index, account, amount, []),
        (index, account, amount + 1, tree.proof(0)),
        (index, OUTSIDER.address, amount, tree.proof(0)),
        (index + 2, account, amount, tree.proof(0)),
        (index, account, amount, tree.proof(1)),
    ):
        assert network.refused(OUTSIDER, market.settlement, "claim", name, *claim) == ("BadProof", ())
    network.act(ANN, market.settlement, "claim", name, *leaves[0], tree.proof(0))
    assert network.refused(ANN, market.settlement, "claim", name, *leaves[0], tree.proof(0)) == (
        "AlreadyClaimed",
        (name, 0),
    )
    assert network.refused(ANN, market.settlement, "claim", HASH, *leaves[0], tree.proof(0)) == (
        "UnknownSettlement",
        (HASH,),
    )


def test_claims_never_exceed_their_settlements_pool(network: Network, market: Market) -> None:
    tree, leaves = payout((ANN.address, POOL), (BEN.address, 1))
    name = market.settle(1, TOTAL, tree.root, TOTAL)
    network.act(ANN, market.settlement, "claim", name, *leaves[0], tree.proof(0))
    assert network.refused(BEN, market.settlement, "claim", name, *leaves[1], tree.proof(1)) == ("PoolExceeded", (1, 0))
    assert market.balance() == DEPOSIT - POOL


@pytest.mark.parametrize(
    "signing",
    [{"who": ANN}, {"chainId": 1}, {"name": "OpenLedger"}, {"version": "2"}, {"verifyingContract": ZERO}],
)
def test_only_the_payers_signature_for_this_very_contract_opens_the_deposit(
    network: Network, market: Market, signing: dict[str, object]
) -> None:
    arguments = market.arguments(market.voucher(1, 100), HASH, 100, **signing)
    assert network.refused(ANN, market.settlement, "settle", *arguments) == ("BadSignature", ())


def test_a_voucher_changed_after_signing_is_refused(network: Network, market: Market) -> None:
    signed = market.signature(market.voucher(1, 100))
    roots = (SUMS, U, SCORES, HASH)
    market.register([10_000, 0, 0, 0])
    for voucher, amount in (
        (market.voucher(1, 101), 101),
        (market.voucher(2, 100), 100),
        (market.voucher(1, 100, model=2), 100),
        ((*market.voucher(1, 100)[:4], HASH), 100),
    ):
        assert network.refused(ANN, market.settlement, "settle", voucher, signed, roots, amount)[0] == "BadSignature"
    network.act(BUILDER, market.settlement, "deposit", ANN.address, value=100)
    other = market.voucher(1, 100, payer=ANN.address)
    assert network.refused(ANN, market.settlement, "settle", other, signed, roots, 100)[0] == "BadSignature"


def test_an_old_voucher_cannot_be_settled_again(network: Network, market: Market) -> None:
    market.settle(2, 100, HASH, 100)
    for nonce in (1, 2):
        arguments = market.arguments(market.voucher(nonce, 200), HASH, 100)
        assert network.refused(ANN, market.settlement, "settle", *arguments) == ("OldNonce", (nonce, 2))


def test_the_amount_is_the_voucher_less_what_was_settled(network: Network, market: Market) -> None:
    market.settle(1, 100, HASH, 100)
    for total, amount, expected in ((250, 151, 150), (250, 250, 150), (100, 0, 0), (90, 10, 0)):
        arguments = market.arguments(market.voucher(2, total), HASH, amount)
        assert network.refused(ANN, market.settlement, "settle", *arguments) == ("WrongAmount", (amount, expected))


def test_nothing_is_settled_beyond_the_deposit(network: Network, market: Market) -> None:
    network.act(OUTSIDER, market.settlement, "deposit", OUTSIDER.address, value=OPEN)
    arguments = market.arguments(market.voucher(1, DEPOSIT + 1), HASH, DEPOSIT + 1)
    assert network.refused(ANN, market.settlement, "settle", *arguments) == (
        "InsufficientDeposit",
        (DEPOSIT + 1, DEPOSIT),
    )


def test_an_outsider_cannot_post(network: Network, market: Market) -> None:
    arguments = market.arguments(market.voucher(1, 100), HASH, 100)
    assert network.refused(OUTSIDER, market.settlement, "settle", *arguments)[0] == "NotParty"
    assert network.refused(PAYER, market.settlement, "settle", *arguments)[0] == "NotParty"
    network.act(OUTSIDER, market.datanets, "contribute", 1, HASH, 10, HASH)  # not accepted by anyone
    assert network.refused(OUTSIDER, market.settlement, "settle", *arguments)[0] == "NotParty"
    unknown = market.arguments(market.voucher(1, 100, model=9), HASH, 100)
    with pytest.raises(AssertionError, match="no error of this contract"):  # it is Models' error: UnknownModel
        network.refused(ANN, market.settlement, "settle", *unknown)


def test_a_pool_is_never_locked_under_an_empty_root(network: Network, market: Market) -> None:
    arguments = market.arguments(market.voucher(1, 100), bytes(32), 100)
    assert network.refused(ANN, market.settlement, "settle", *arguments) == ("EmptyRoot", ())


def test_a_refund_waits_so_that_a_signed_voucher_can_still_be_settled(network: Network, market: Market) -> None:
    day = 86_400
    network.act(PAYER, market.settlement, "requestRefund", DEPOSIT)
    ready = network.read(market.settlement, "refundRequests", PAYER.address)[1]
    assert ready == int(network.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16) + day
    network.time = ready - 100
    assert network.refused(PAYER, market.settlement, "refund") == ("NoRefund", (ready,))
    market.settle(1, 100, HASH, 100)
    network.time = ready
    before = network.balance(PAYER.address)
    receipt = network.act(PAYER, market.settlement, "refund")
    gas = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    assert network.balance(PAYER.address) - before == DEPOSIT - 100 - gas
    assert network.refused(PAYER, market.settlement, "refund") == ("NoRefund", (0,))


def test_a_refund_is_not_kept_ready_for_ever(network: Network, market: Market) -> None:
    day = 86_400
    network.act(PAYER, market.settlement, "requestRefund", 7)
    network.time += 8 * day + 100
    assert network.refused(PAYER, market.settlement, "refund")[0] == "NoRefund"
    network.act(PAYER, market.settlement, "requestRefund", 7)
    network.time += day + 100
    network.act(PAYER, market.settlement, "refund")
    assert network.read(market.settlement, "deposits", PAYER.address) == DEPOSIT - 7


def test_a_refund_can_be_called_off_and_never_exceeds_the_deposit(network: Network, market: Market) -> None:
    assert network.refused(PAYER, market.settlement, "requestRefund", DEPOSIT + 1) == (
        "InsufficientDeposit",
        (DEPOSIT + 1, DEPOSIT),
    )
    network.act(PAYER, market.settlement, "requestRefund", 7)
    network.act(PAYER, market.settlement, "requestRefund", 0)
    network.time += 2 * 86_400
    assert network.refused(PAYER, market.settlement, "refund") == ("NoRefund", (0,))


def test_builder_and_treasury_take_out_what_they_earned_once(network: Network, market: Market) -> None:
    market.settle(1, TOTAL, HASH, TOTAL)
    for who, part in ((BUILDER, BUILDER_PART), (TREASURY, TREASURY_PART)):
        before = network.balance(who.address)
        receipt = network.act(who, market.settlement, "withdrawEarned")
        gas = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
        assert network.balance(who.address) - before == part - gas
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
        voucher = market.voucher(1, 100, payer=wallet)
        arguments = (voucher, b"any", (SUMS, U, SCORES, HASH), 100)
        if accepted:
            network.act(ANN, market.settlement, "settle", *arguments)
        else:
            assert network.refused(ANN, market.settlement, "settle", *arguments)[0] == "BadSignature"


def test_a_receiver_that_calls_back_gets_nothing_more(network: Network, market: Market) -> None:
    """The receiver is a contract that, when paid, sends a second claim that would be good at any other time."""
    nonce = int(network.rpc("eth_getTransactionCount", OUTSIDER.address), 16)
    rlp = b"\xd6\x94" + bytes.fromhex(OUTSIDER.address[2:]) + bytes([nonce or 0x80])
    receiver = "0x" + keccak256(rlp)[12:].hex()
    tree, leaves = payout((receiver, 10), (receiver, 20))
    name = keccak256(encode(["address", "uint256", "uint256"], [PAYER.address, 1, 1]))
    again = bytes.fromhex(market.settlement.data("claim", name, *leaves[1], tree.proof(1))[2:])
    size = f"61{len(again):04x}"
    # codecopy(0, 23, size); call(gas, caller, 0, 0, size, 0, 0); stop - and the data behind it
    code = bytes.fromhex(f"{size}6017600039" + f"60006000{size}60006000335af1" + "00") + again
    init = bytes.fromhex(f"61{len(code):04x}600e60003961{len(code):04x}6000f3") + code
    assert network.send(OUTSIDER, data=init, gas=1_000_000)["contractAddress"] == receiver
    assert market.settle(1, TOTAL, tree.root, TOTAL) == name
    claim = market.settlement.data("claim", name, *leaves[0], tree.proof(0))
    receipt = network.send(ANN, to=market.settlement.address, data=claim, gas=2_000_000)  # enough for the call back
    assert receipt["status"] == "0x1"
    assert network.balance(receiver) == 10
    assert network.read(market.settlement, "isClaimed", name, 1) is False
    network.act(ANN, market.settlement, "claim", name, *leaves[1], tree.proof(1))
    assert network.balance(receiver) == 30


def test_the_contract_holds_exactly_what_it_owes(network: Network, market: Market) -> None:
    tree, leaves = payout((ANN.address, 5), (BEN.address, POOL - 5))
    names = [market.settle(n, n * TOTAL, tree.root, TOTAL) for n in (1, 2, 3)]
    network.act(ANN, market.settlement, "claim", names[0], *leaves[0], tree.proof(0))
    network.act(ANN, market.settlement, "claim", names[1], *leaves[1], tree.proof(1))
    network.act(BUILDER, market.settlement, "withdrawEarned")
    owed = network.read(market.settlement, "deposits", PAYER.address)
    owed += sum(network.read(market.settlement, "earned", who.address) for who in (BUILDER, TREASURY))
    posted = [network.read(market.settlement, "settlements", name) for name in names]
    owed += sum(pool - claimed for _, _, pool, claimed, _, _ in posted)
    assert market.balance() == owed
