"""A call of the main network, executed here on its own proofs, gives what its node once said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from core.chain.light_node import LightNode
from core.chain.network import Network
from core.chain.trust import Reason, TrustState
from core.errors import ProofMismatch, RpcError
from core.units import Address
from core.worker.child import Child
from tests.core.chain.chain_setup import SetClock
from tests.core.eth.shared_vectors import load, unhex


class Recorded:
    """What the node answered then, to whoever asks for the same account."""

    endpoint = "recorded"

    def __init__(self, fixture: Any) -> None:
        self.fixture = fixture
        self.answers: dict[tuple[str, str], Any] = {}
        for exchange in fixture["dependentRequests"]:
            if isinstance(exchange["payload"], list):
                found = {answer["id"]: answer["result"] for answer in exchange["response"]}
                for call in exchange["payload"]:
                    self.answers[call["method"], call["params"][0].lower()] = found[call["id"]]

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        block = self.fixture["execution"]["block"]
        if method == "eth_chainId":
            return "0x1"
        if method == "eth_getBlockByNumber":
            return block
        answer = self.answers.get((method, str(params[0]).lower() if params else ""))
        if answer is None:
            raise RpcError(method=method, code=-32601, message="not recorded", data=None)
        return answer

    def request_many(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        return [self.request(method, params) for method, params in calls]


@pytest.fixture
def simulator():
    child = Child("simulator")
    yield child
    child.stop()


def light(fixture: Any, simulator: Child) -> LightNode:
    clock = SetClock(int(fixture["execution"]["block"]["timestamp"], 16))
    return LightNode(Recorded(fixture), Network("mainnet", "Mainnet", 1), clock=clock, simulator=simulator)


def test_the_result_is_worked_out_from_proofs_and_is_what_the_node_said(simulator):
    fixture = load("lodestar-prover/mainnet/eth_call.json")
    asked = fixture["request"]["params"][0]
    found = light(fixture, simulator).call(Address(unhex(asked["to"])), unhex(asked["data"]))
    assert found.value == unhex(fixture["response"]["result"])
    assert (found.trust.state, found.trust.reason) == (TrustState.UNVERIFIED, Reason.RULES)


def test_other_code_in_its_place_is_refused(simulator):
    fixture = load("lodestar-prover/mainnet/eth_call.json")
    asked = fixture["request"]["params"][0]
    node = light(fixture, simulator)
    recorded = node._transport
    assert isinstance(recorded, Recorded)
    recorded.answers["eth_getCode", asked["to"].lower()] = "0x600960005260206000f3"
    with pytest.raises(ProofMismatch):
        node.call(Address(unhex(asked["to"])), unhex(asked["data"]))
