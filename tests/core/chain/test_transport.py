"""Transports bound what a node may answer: its size, its form, where it stands."""

from __future__ import annotations

import gzip
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from core.chain.transport import HttpTransport, PipeTransport, plain
from core.errors import BadEncoding, BadInput, NodeUnreachable, RpcError, TooLarge, WorkerDied
from tests.doubles.ports import free_port

URL = "https://node.example"


def http(answer, **more):
    """A transport to a server that is a function of the parsed request."""

    def handle(request: httpx.Request) -> httpx.Response:
        found = answer(json.loads(request.content))
        return found if isinstance(found, httpx.Response) else streamed(json.dumps(found).encode())

    return HttpTransport(URL, transport=httpx.MockTransport(handle), **more)


def streamed(body, **more):
    return httpx.Response(200, stream=httpx.ByteStream(body), **more)


def result(call, value):
    return {"jsonrpc": "2.0", "id": call["id"], "result": value}


def test_a_result_comes_back():
    assert http(lambda call: result(call, [call["method"], call["params"]])).request("eth_x", ["0x1"]) == [
        "eth_x",
        ["0x1"],
    ]


def test_many_calls_go_in_one_request_and_come_back_in_order():
    sizes = []

    def answer(calls):
        sizes.append(len(calls))
        return [result(call, call["params"][0]) for call in reversed(calls)]

    assert http(answer).request_many([("eth_x", [at]) for at in range(90)]) == list(range(90))
    assert sizes == [50, 40]


def test_one_call_is_no_batch():
    assert http(lambda call: result(call, 7)).request_many([("eth_x", [])]) == [7]


def test_an_error_keeps_its_code_and_data_and_plain_words():
    error = {"code": 3, "message": "reverted\u202e\x1b[31m" + "x" * 5000, "data": "0x08c379a0"}
    transport = http(lambda call: {"jsonrpc": "2.0", "id": call["id"], "error": error})
    with pytest.raises(RpcError) as caught:
        transport.request("eth_call")
    assert (caught.value.code, caught.value.data, caught.value.method) == (3, "0x08c379a0", "eth_call")
    assert caught.value.message.startswith("reverted[31mxxx")
    assert len(caught.value.message) == 300


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'["]",' * 200_000,
        b'["\\"]",' * 200_000,
        b"9" * 10_000,
        b"[]",
        b"null",
        b"7",
        b'{"jsonrpc": "2.0", "id": 99, "result": 1}',
        b'{"jsonrpc": "2.0", "id": 1}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_answer_is_refused(body):
    transport = http(lambda _call: streamed(body))
    with pytest.raises(BadEncoding):
        transport.request("eth_x")


@pytest.mark.parametrize(
    "change", [lambda a: a[:-1], lambda a: [*a[:-1], a[0]], lambda a: a[0], lambda a: [*a[:-1], 5]]
)
def test_a_batch_must_be_answered_whole(change):
    transport = http(lambda calls: change([result(call, 1) for call in calls]))
    with pytest.raises(BadEncoding):
        transport.request_many([("eth_x", []), ("eth_y", [])])


def test_a_body_larger_than_the_cap_is_cut_off():
    transport = http(lambda call: result(call, "x" * 5000), max_body=4096)
    with pytest.raises(TooLarge):
        transport.request("eth_x")


def test_a_compressed_body_is_refused_because_it_cannot_be_bounded():
    packed = gzip.compress(b" " * 10_000_000)
    transport = http(lambda _call: streamed(packed, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(BadEncoding):
        transport.request("eth_x")


@pytest.mark.parametrize("status", [301, 401, 404, 429, 500])
def test_another_status_is_an_unreachable_node(status):
    transport = http(lambda _call: httpx.Response(status, headers={"Location": "https://elsewhere.example"}))
    with pytest.raises(NodeUnreachable) as caught:
        transport.request("eth_x")
    assert caught.value.reason == f"HTTP {status}"


def test_a_refused_connection_is_an_unreachable_node():
    def handle(_request):
        raise httpx.ConnectError("refused")

    transport = HttpTransport(URL, transport=httpx.MockTransport(handle))
    with pytest.raises(NodeUnreachable) as caught:
        transport.request("eth_x")
    assert (caught.value.endpoint, caught.value.reason) == (URL, "ConnectError")


@pytest.mark.parametrize("url", ["http://node.example", "ftp://node.example", "file:///etc/passwd", "node", ""])
def test_only_https_and_this_machine_are_asked(url):
    with pytest.raises(BadInput):
        HttpTransport(url)


def test_plain_http_is_allowed_to_this_machine_and_a_password_stays_out_of_words():
    transport = HttpTransport("http://user:secret@127.0.0.1:8545")
    assert transport.endpoint == "http://127.0.0.1:8545"
    transport.close()


class Seven(BaseHTTPRequestHandler):
    """A node that answers 7, and silently."""

    def do_POST(self):
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(result(call, 7)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words):
        """Nothing."""


def test_this_machine_is_asked_without_the_proxy_of_the_environment(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")  # nobody listens there
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with HTTPServer(("127.0.0.1", 0), Seven) as node:
        node.timeout = 20
        answering = threading.Thread(target=node.handle_request)
        answering.start()
        transport = HttpTransport(f"http://127.0.0.1:{node.server_port}/token")
        assert transport.request("eth_x") == 7
        transport.close()
        answering.join()


def test_a_dead_child_is_an_unreachable_node():
    class Dead:
        def call(self, method, /, *, timeout=None, **params):
            raise WorkerDied(name="node", code=-9, tail="")

    with pytest.raises(NodeUnreachable) as caught:
        PipeTransport(Dead()).request("eth_x")
    assert caught.value.reason == "WorkerDied"


class TestThePipe:
    class Echo:
        """Answers with what it was asked; `refused` is refused, `less` gets an answer too few."""

        def __init__(self):
            self.crossings = 0

        def call(self, method, /, *, timeout=None, **params):
            self.crossings += 1
            if method == "rpc":
                return method, params
            refused = {"error": {"code": 3, "message": "no\u202e", "data": "0x01"}}
            found = [refused if name == "refused" else {"result": [name, given]} for name, given in params["calls"]]
            return found[:-1] if found[-1] == {"result": ["less", []]} else found

    def test_one_question_is_the_child_s_rpc(self):
        assert PipeTransport(self.Echo()).request_many([("eth_x", (1,))]) == [
            ("rpc", {"method": "eth_x", "params": [1]})
        ]

    def test_many_questions_cross_the_pipe_together(self):
        echo = self.Echo()
        found = PipeTransport(echo).request_many([("eth_x", (at,)) for at in range(600)])
        assert found == [["eth_x", [at]] for at in range(600)]
        assert echo.crossings == 3

    def test_a_refused_question_is_its_own_error(self):
        with pytest.raises(RpcError) as caught:
            PipeTransport(self.Echo()).request_many([("eth_x", ()), ("refused", ())])
        assert (caught.value.method, caught.value.code, caught.value.message) == ("refused", 3, "no")

    def test_an_answer_too_few_is_no_answer(self):
        with pytest.raises(BadEncoding):
            PipeTransport(self.Echo()).request_many([("eth_x", ()), ("less", ())])


def test_a_bottomless_answer_is_refused_whatever_other_libraries_did_to_the_recursion_limit():
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)  # as py-ecc does when it is imported
    try:
        for body in (b"[" * 10**5, b'["]",' * 10**5, b'{"a":' * 10**5):
            with pytest.raises(BadEncoding):
                http(lambda _call, body=body: streamed(body)).request("eth_x")
    finally:
        sys.setrecursionlimit(before)


def test_brackets_in_words_are_no_depth():
    assert http(lambda call: result(call, "[[{" * 1000 + '"')).request("eth_x") == "[[{" * 1000 + '"'


def test_words_from_outside_lose_what_steers_a_screen():
    assert plain("a\x00b\u202ec\nd\u2066e") == "abcde"
