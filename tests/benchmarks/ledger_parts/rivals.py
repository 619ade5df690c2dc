"""web3.py in an environment of its own, and anvil where npm can bring it. Both answer questions a line at a time."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.harness import ROOT, rival_environment

WEB3 = "web3==8.0.0"
ANVIL = "@foundry-rs/anvil@1.7.1"

# Reads "balance ADDRESS" or "storage ADDRESS SLOT", with how often; writes the seconds that one took.
_WEB3_LOOP = """
import json, sys, time
from web3 import Web3, HTTPProvider
web3 = Web3(HTTPProvider(sys.argv[1]))
web3.eth.block_number
print("ready", flush=True)
for line in sys.stdin:
    ask = json.loads(line)
    address = Web3.to_checksum_address(ask["address"])
    started = time.perf_counter()
    for _ in range(ask["times"]):
        if "slot" in ask:
            found = web3.eth.get_storage_at(address, ask["slot"]).hex()
        elif "data" in ask:
            found = web3.eth.call({"to": address, "data": ask["data"]}).hex()
        else:
            found = str(web3.eth.get_balance(address))
    print(json.dumps({"seconds": (time.perf_counter() - started) / ask["times"], "found": found}), flush=True)
"""


class Web3:
    """web3.py over HTTP in its own process; `seconds` is measured there, so that no pipe is in it."""

    def __init__(self, url: str) -> None:
        python = rival_environment("clients", [WEB3])
        self._process = subprocess.Popen(
            [str(python), "-c", _WEB3_LOOP, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def ask(self, **question: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"times": 1, **question}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def anvil_program() -> Path | None:
    """Installed once, beside the other rivals; None where npm or a program for this system is not at hand."""
    if shutil.which("npm") is None:
        return None
    folder = ROOT / ".venv-anvil"
    program = folder / "node_modules" / ".bin" / "anvil"
    if not program.exists():
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), ANVIL],
            check=False, capture_output=True,
        )  # fmt: skip
        if done.returncode or not program.exists():
            return None
    return program


@contextlib.contextmanager
def anvil(chain_id: int, balances: Mapping[str, int]) -> Iterator[Any | None]:
    """A transport to an anvil that mines each transaction at once, in memory; None where it is not at hand."""
    from core.chain.transport import HttpTransport

    program = anvil_program()
    if program is None:
        yield None
        return
    port = _port()
    command = [str(program), "--port", str(port), "--chain-id", str(chain_id), "--hardfork", "prague"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    transport = HttpTransport(f"http://127.0.0.1:{port}")
    try:
        for _ in range(200):
            with contextlib.suppress(Exception):
                transport.request("eth_chainId")
                break
            time.sleep(0.05)
        else:
            yield None
            return
        transport.request_many([("anvil_setBalance", [who, hex(wei)]) for who, wei in balances.items()])
        yield transport
    finally:
        transport.close()
        process.terminate()
        process.wait(10)
