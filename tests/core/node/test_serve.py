"""The ledger served to other programs: through the real child process, with plain HTTP and WebSocket clients."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from core.errors import BadInput, NodeError, PortInUse
from core.node.serve import wire
from core.worker.child import Child
from tests.contracts.network import OPEN, START, person
from tests.doubles.ports import free_port

ANN, BEN = person("ann"), person("ben")
CHAIN = 0x0170_7E57
TOKEN = "t0ken-" + "a" * 40
GENESIS = {
    "chainId": CHAIN,
    "timestamp": START,
    "alloc": {who.address: {"balance": hex(1_000 * OPEN)} for who in (ANN, BEN)},
}


class Served:
    def __init__(self, node: Child, **how: Any) -> None:
        self.node = node
        opened = node.call("serve", timeout=120, port=0, token=TOKEN, **how)
        self.url: str = opened["url"]
        self.port: int = opened["port"]

    def post(self, message: object, path: str = "/" + TOKEN, **headers: str) -> httpx.Response:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        return httpx.post(
            self.url + path, content=body, headers={"Content-Type": "application/json", **headers}, timeout=120
        )

    def ask(self, method: str, *params: object) -> Any:
        return self.post(question(method, *params)).json()

    def socket(self) -> ClientConnection:
        return connect(f"ws://127.0.0.1:{self.port}/{TOKEN}", open_timeout=120, compression=None)


def question(method: str, *params: object, number: object = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


def payment(nonce: int, value: int = 1, data: str = "0x", gas: int = 21_000) -> str:
    fields = {"type": 2, "chainId": CHAIN, "nonce": nonce, "to": BEN.address, "value": value, "gas": gas, "data": data}
    signed = ANN.sign_transaction({**fields, "maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 10**6})
    return "0x" + bytes(signed.raw_transaction).hex()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    """One node for this file: starting one takes seconds."""
    child = Child("node")
    child.call(
        "open", timeout=120, path=str(tmp_path_factory.mktemp("node") / "ledger.db"), key="11" * 32, genesis=GENESIS
    )
    yield child
    child.stop()


@pytest.fixture
def node(shared: Child) -> Iterator[Child]:
    yield shared
    shared.call("stop_serving", timeout=120)


@pytest.fixture
def served(node: Child) -> Served:
    return Served(node)


def nonce(served: Served) -> int:
    return int(served.ask("eth_getTransactionCount", ANN.address, "latest")["result"], 16)


def test_no_port_is_open_until_one_is_asked_for(node: Child) -> None:
    served = Served(node)
    assert served.ask("eth_chainId")["result"] == hex(CHAIN)
    node.call("stop_serving", timeout=120)
    with pytest.raises(httpx.ConnectError):
        served.ask("eth_chainId")


def test_the_ledger_is_the_one_the_profile_uses(served: Served) -> None:
    digest = served.ask("eth_sendRawTransaction", payment(nonce(served)))["result"]
    receipt = served.node.call("rpc", timeout=120, method="eth_getTransactionReceipt", params=[digest])
    assert receipt == served.ask("eth_getTransactionReceipt", digest)["result"]
    assert receipt["status"] == "0x1"


def test_the_token_may_stand_in_the_header_the_path_or_the_query(served: Served) -> None:
    ask = question("eth_chainId")
    assert served.post(ask, path="/", Authorization=f"Bearer {TOKEN}").status_code == 200
    assert served.post(ask, path=f"/{TOKEN}").status_code == 200
    assert served.post(ask, path=f"/?token={TOKEN}").status_code == 200


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/" + TOKEN[:-1] + "b", {}),
        ("/" + TOKEN + "a", {}),
        ("/?token=", {}),
        ("/?token=" + "a" * 2_000, {}),
        ("/", {"Authorization": "Bearer"}),
        ("/", {"Authorization": f"Basic {TOKEN}"}),
        ("/" + TOKEN, {"Authorization": "Bearer wrong"}),
    ],
)
def test_nobody_comes_in_without_the_token(served: Served, path: str, headers: dict[str, str]) -> None:
    answer = served.post(question("eth_chainId"), path=path, **headers)
    assert answer.status_code == 401
    assert "result" not in answer.json()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", ""])
def test_a_rebound_name_is_refused_even_with_the_token(served: Served, host: str) -> None:
    answer = served.post(question("eth_chainId"), Host=host.format(port=served.port))
    assert answer.status_code == 403


def test_a_web_page_is_refused_and_a_wallet_of_the_browser_is_not(node: Child) -> None:
    served = Served(node, origins=["http://localhost:3000"])
    ask = question("eth_chainId")
    for origin in ("https://evil.example", "null", "http://localhost:3001", "http://127.0.0.1:3000", ""):
        assert served.post(ask, Origin=origin).status_code == 403
    for origin in ("chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn", "http://localhost:3000"):
        assert served.post(ask, Origin=origin).status_code == 200
    with pytest.raises(InvalidStatus) as caught:
        connect(f"ws://127.0.0.1:{served.port}/{TOKEN}", origin="https://evil.example").close()  # type: ignore[arg-type]
    assert caught.value.response.status_code == 403


def test_only_questions_in_json_are_taken(served: Served) -> None:
    assert served.post(question("eth_chainId"), **{"Content-Type": "text/plain"}).status_code == 415
    assert httpx.get(f"{served.url}/{TOKEN}").status_code == 405
    assert httpx.options(f"{served.url}/{TOKEN}", headers={"Origin": "https://evil.example"}).status_code == 405


def test_a_batch_is_answered_in_order_and_a_wrong_one_spoils_no_other(served: Served) -> None:
    answers = served.post(
        [
            question("eth_chainId", number="a"),
            question("eth_mine", number=2),
            {"jsonrpc": "2.0", "method": "eth_chainId"},  # a notification: no answer
            7,
            question("net_version", number=None),
        ]
    ).json()
    assert [answer["id"] for answer in answers] == ["a", 2, None, None]
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, -32601, -32600, None]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[" * 100_000, -32700),
        (b'{"a":' * 50_000, -32700),
        (b"[]", -32600),
        (b"7", -32600),
        (json.dumps([question("eth_chainId")] * 101).encode(), -32600),
        (b'{"id":1,"method":"eth_chainId"}', -32600),
        (b'{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":7}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{"a":1}}', -32602),
    ],
)
def test_what_is_no_request_is_answered_with_a_code(served: Served, body: bytes, code: int) -> None:
    assert served.post(body).json()["error"]["code"] == code


def test_a_body_beyond_the_limit_is_not_read(served: Served) -> None:
    assert served.post(b" " * (wire.MAX_BODY + 1)).status_code == 413
    assert served.ask("eth_chainId")["result"] == hex(CHAIN)


def test_failures_carry_code_words_and_data(served: Served) -> None:
    code = "0x63deadbeef60005260046" + "01cfd"
    error = served.ask("eth_call", {"data": code})["error"]
    assert error == {"code": 3, "message": "execution reverted", "data": "0xdeadbeef"}
    assert served.ask("eth_getBalance", "0x12")["error"]["code"] == -32602
    assert "data" not in served.ask("eth_getBalance", "0x12")["error"]


def test_a_read_only_service_takes_no_transactions(node: Child) -> None:
    served = Served(node, read_only=True)
    before = nonce(served)
    error = served.ask("eth_sendRawTransaction", payment(before))["error"]
    assert error["code"] == -32000
    assert "read-only" in error["message"]
    assert nonce(served) == before


def test_calls_as_deep_as_the_evm_allows_do_not_break_the_service(served: Served) -> None:
    # as init code: put `call(gas, this, ...)` up, which calls itself again
    runtime = "60006000600060006000305af100"
    init = f"0x6d{runtime}600052600e6012f3"
    first = nonce(served)
    fields = {"type": 2, "chainId": CHAIN, "nonce": first, "value": 0, "gas": 200_000, "data": init}
    signed = ANN.sign_transaction({**fields, "maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 10**6})
    digest = served.ask("eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex())["result"]
    diver = served.ask("eth_getTransactionReceipt", digest)["result"]["contractAddress"]
    assert served.ask("eth_call", {"to": diver})["result"] == "0x"


def test_a_taken_port_is_said_to_be_taken(node: Child) -> None:
    with contextlib.closing(socket.socket()) as taken:
        port = free_port()
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(PortInUse) as caught:
            node.call("serve", timeout=120, port=port, token=TOKEN)
        assert caught.value.port == port
    assert node.call("serve", timeout=120, port=port, token=TOKEN)["port"] == port
    node.call("stop_serving", timeout=120)
    assert node.call("serve", timeout=120, port=port, token=TOKEN)["port"] == port


def test_what_cannot_be_served_is_refused(node: Child) -> None:
    for wrong in ({"port": 0, "token": "short"}, {"port": 70_000, "token": TOKEN}, {"port": 0, "token": "a b" * 20}):
        with pytest.raises(BadInput):
            node.call("serve", timeout=120, **wrong)
    empty = Child("node")
    with pytest.raises(NodeError, match="no ledger"):
        empty.call("serve", timeout=120, port=0, token=TOKEN)
    empty.stop()


def test_only_this_machine_is_listened_to(served: Served) -> None:
    try:
        known = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except socket.gaierror:
        pytest.skip("this machine's name leads to no address")
    for address in {info[4][0] for info in known}:
        if not str(address).startswith("127."):
            with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
                socket.create_connection((str(address), served.port), timeout=2).close()


# WebSocket


def talk(socket: ClientConnection, method: str, *params: object) -> Any:
    """Asks and waits for the answer; what is told meanwhile is an error in these tests."""
    socket.send(json.dumps(question(method, *params)))
    return json.loads(socket.recv(timeout=120))


def told(socket: ClientConnection, count: int) -> list[Any]:
    notices = [json.loads(socket.recv(timeout=120)) for _ in range(count)]
    assert all(notice["method"] == "eth_subscription" for notice in notices)
    return [notice["params"] for notice in notices]


def test_a_socket_answers_as_http_does_and_needs_the_token(served: Served) -> None:
    with served.socket() as one:
        assert talk(one, "eth_chainId")["result"] == hex(CHAIN)
        one.send(json.dumps([question("eth_chainId"), question("net_version", number=2)]))
        assert [answer["id"] for answer in json.loads(one.recv(timeout=120))] == [1, 2]
        one.send("{")
        assert json.loads(one.recv(timeout=120))["error"]["code"] == -32700
    for path in ("", "wrong"):
        with pytest.raises(InvalidStatus) as caught:
            connect(f"ws://127.0.0.1:{served.port}/{path}").close()
        assert caught.value.response.status_code == 401


def test_new_heads_and_transactions_are_told_whoever_sent_them(served: Served) -> None:
    with served.socket() as one:
        heads = talk(one, "eth_subscribe", "newHeads")["result"]
        sent = talk(one, "eth_subscribe", "newPendingTransactions")["result"]
        first = nonce(served)
        digests = [
            served.ask("eth_sendRawTransaction", payment(first))["result"],
            served.node.call("rpc", timeout=120, method="eth_sendRawTransaction", params=[payment(first + 1)]),
        ]
        notices = told(one, 4)
        assert [notice["result"] for notice in notices if notice["subscription"] == sent] == digests
        blocks = [notice["result"] for notice in notices if notice["subscription"] == heads]
        for head, digest in zip(blocks, digests, strict=True):
            block = served.ask("eth_getBlockByHash", head["hash"], False)["result"]
            assert block["transactions"] == [digest]
            assert {name: block[name] for name in head} == head
        assert talk(one, "eth_unsubscribe", heads)["result"] is True
        assert talk(one, "eth_unsubscribe", heads)["result"] is False
        served.ask("eth_sendRawTransaction", payment(first + 2))
        (last,) = told(one, 1)
        assert last["subscription"] == sent
        assert talk(one, "eth_chainId")["result"]  # nothing else was told


def test_logs_are_told_to_those_who_wished_for_them(served: Served) -> None:
    """Init code that emits one log with topic 7, sent as a creating transaction."""
    with served.socket() as one, served.socket() as other:
        mine = talk(one, "eth_subscribe", "logs", {"topics": ["0x" + "07".rjust(64, "0")]})["result"]
        talk(other, "eth_subscribe", "logs", {"topics": ["0x" + "08".rjust(64, "0")]})
        fields = {"type": 2, "chainId": CHAIN, "nonce": nonce(served), "value": 0, "gas": 200_000}
        signed = ANN.sign_transaction(
            {**fields, "data": "0x600760006000a1", "maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 10**6}
        )
        digest = served.ask("eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex())["result"]
        (notice,) = told(one, 1)
        assert notice["subscription"] == mine
        assert [notice["result"]] == served.ask("eth_getTransactionReceipt", digest)["result"]["logs"]
        assert talk(other, "eth_chainId")["result"] == hex(CHAIN)


def test_a_wrong_wish_is_refused_and_subscriptions_are_limited(served: Served) -> None:
    with served.socket() as one:
        for wrong in (["newHats"], [], ["logs", {"address": "0x12"}], [["newHeads"]]):
            assert talk(one, "eth_subscribe", *wrong)["error"]["code"] == -32602
        for _ in range(100):
            assert "result" in talk(one, "eth_subscribe", "newHeads")
        assert talk(one, "eth_subscribe", "newHeads")["error"]["code"] == -32005
    assert served.ask("eth_subscribe", "newHeads")["error"]["code"] == -32601  # not over HTTP


def test_the_end_of_the_service_closes_its_sockets(served: Served) -> None:
    with served.socket() as one:
        talk(one, "eth_subscribe", "newHeads")
        served.node.call("stop_serving", timeout=120)
        with pytest.raises(ConnectionClosed):
            one.recv(timeout=120)
    assert served.node.call("rpc", timeout=120, method="eth_chainId") == hex(CHAIN)


def test_a_message_beyond_the_limit_ends_the_socket(served: Served) -> None:
    with served.socket() as one:
        with contextlib.suppress(ConnectionClosed):
            one.send(" " * (wire.MAX_BODY + 1))
        with pytest.raises(ConnectionClosed):
            one.recv(timeout=120)
    assert served.ask("eth_chainId")["result"] == hex(CHAIN)


def test_many_callers_at_once_all_get_their_own_answers(served: Served) -> None:
    found: dict[int, Any] = {}

    def one(number: int) -> None:
        found[number] = served.post(question("eth_getBalance", BEN.address, hex(0), number=number)).json()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: answer["id"] for number, answer in found.items()} == {number: number for number in range(16)}
    assert {answer["result"] for answer in found.values()} == {hex(1_000 * OPEN)}
