"""GOpen: OPEN that votes, one to one, counted by seconds and after delegation."""

from __future__ import annotations

import pytest
from eth_account.messages import encode_typed_data

from tests.contracts.commons import ANN, BEN, OUTSIDER
from tests.contracts.network import OPEN, ZERO, Contract, Network, again


def deployed(network: Network) -> Contract:
    return network.deploy(OUTSIDER, "GOpen")


@pytest.fixture
def gopen(network: Network) -> Contract:
    return again(deployed, network)


def test_it_says_what_it_is(network: Network, gopen: Contract) -> None:
    found = [network.read(gopen, name) for name in ("name", "symbol", "decimals", "CLOCK_MODE")]
    assert found == ["Governance OPEN", "GOPEN", 18, "mode=timestamp"]
    head = int(network.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16)
    assert head <= network.read(gopen, "clock") <= head + 1  # a call is made on the next block's surroundings or these


def test_it_wraps_and_unwraps_one_to_one(network: Network, gopen: Contract) -> None:
    ann, ben = ANN.address.lower(), BEN.address.lower()
    assert ("Deposit", {"account": ann, "amount": OPEN}) in gopen.events(network.act(ANN, gopen, "deposit", value=OPEN))
    assert network.refused(BEN, gopen, "withdraw", 1)[0] == "ERC20InsufficientBalance"
    assert network.refused(ANN, gopen, "withdrawTo", ZERO, 1) == ("ERC20InvalidReceiver", (ZERO,))
    before = network.balance(BEN.address)
    events = gopen.events(network.act(ANN, gopen, "withdrawTo", BEN.address, OPEN // 4))
    assert ("Withdrawal", {"account": ann, "to": ben, "amount": OPEN // 4}) in events
    assert network.balance(BEN.address) == before + OPEN // 4
    network.act(ANN, gopen, "withdraw", OPEN // 4)
    assert network.read(gopen, "totalSupply") == network.balance(gopen.address) == OPEN // 2


def test_nothing_votes_before_it_is_delegated_and_past_votes_stay_as_they_were(
    network: Network, gopen: Contract
) -> None:
    network.act(ANN, gopen, "deposit", value=10)
    assert network.read(gopen, "getVotes", ANN.address) == 0
    network.act(ANN, gopen, "delegate", BEN.address)
    assert [network.read(gopen, "getVotes", who.address) for who in (ANN, BEN)] == [0, 10]
    then = int(network.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16)
    network.time += 100
    network.act(ANN, gopen, "withdraw", 4)
    network.time += 100
    network.send(OUTSIDER, to=OUTSIDER.address)
    assert network.read(gopen, "getPastVotes", BEN.address, then) == 10
    assert network.read(gopen, "getPastTotalSupply", then) == 10
    assert network.read(gopen, "getVotes", BEN.address) == 6


def test_a_permit_is_an_allowance_signed_for_this_token_on_this_chain(network: Network, gopen: Contract) -> None:
    deadline = network.time + 1_000
    message = {"owner": ANN.address, "spender": BEN.address, "value": 7, "nonce": 0, "deadline": deadline}
    domain = {
        "name": "Governance OPEN",
        "version": "1",
        "chainId": network.chain_id,
        "verifyingContract": gopen.address,
    }
    kinds = {"owner": "address", "spender": "address", "value": "uint256", "nonce": "uint256", "deadline": "uint256"}
    types = {"Permit": [{"name": name, "type": kind} for name, kind in kinds.items()]}

    def signed(**changes: object) -> tuple[object, ...]:
        made = ANN.sign_message(encode_typed_data(domain | changes, types, message))
        return ANN.address, BEN.address, 7, deadline, made.v, made.r.to_bytes(32, "big"), made.s.to_bytes(32, "big")

    network.act(ANN, gopen, "deposit", value=7)
    assert network.refused(BEN, gopen, "permit", *signed(chainId=1))[0] == "ERC2612InvalidSigner"
    network.act(BEN, gopen, "permit", *signed())
    assert network.refused(BEN, gopen, "permit", *signed())[0] == "ERC2612InvalidSigner"
    network.act(BEN, gopen, "transferFrom", ANN.address, BEN.address, 7)
    assert network.read(gopen, "balanceOf", BEN.address) == 7
