"""Kills copies of the node at every statement and file operation of its work, and at random moments, and looks at what
each left behind. A process of its own, so that py-evm is imported once and every round is a fork of it.

`python -m tests.core.node.crashing FOLDER` prints {scenario: {"rounds", "killed"}} when all is well.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from core import storage
from core.node.export import read_blocks, write_blocks
from core.node.genesis import Genesis
from core.node.history import History, Policy
from core.node.integrity import check_all
from core.node.ledger import Ledger
from core.node.snapshot import read_snapshot, write_snapshot
from tests.contracts.network import KEY, OPEN, START, person

ANN, BEN = person("ann"), person("ben")
CHAIN = 0x0170_7E57
FIRST = Genesis(CHAIN, START, {bytes.fromhex(ANN.address[2:]): 1_000 * OPEN})
POLICY = Policy(states=2, slack=1, step=25)
BLOCKS = 6
SECONDS, LEAST = 6.0, 6  # for rounds at random moments, and how many there are at least


def payment(nonce: int) -> bytes:
    fields = {"type": 2, "chainId": CHAIN, "nonce": nonce, "to": BEN.address, "value": 1, "gas": 21_000}
    return bytes(ANN.sign_transaction(fields | {"maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 1}).raw_transaction)


PAYMENTS = [payment(nonce) for nonce in range(400)]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(point: int) -> None:
    """In this process, from now on: dead before the statement or file operation of this number."""
    left = [point]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            die()

    opening = storage.Database._open

    def watched(self: storage.Database, key: bytes) -> object:
        connection = opening(self, key)
        connection.set_trace_callback(count)
        return connection

    storage.Database._open = watched
    for module, name in ((os, "fsync"), (os, "open"), (Path, "replace"), (Path, "unlink"), (Path, "rename")):
        before = getattr(module, name)

        def counted(*values: object, _before: Callable[..., object] = before, **named: object) -> object:
            count()
            return _before(*values, **named)

        setattr(module, name, counted)


def sound(path: Path, least: int) -> Ledger:
    """Everything acknowledged is there, nothing half done is to be seen, the next block can be made."""
    ledger = Ledger(path, KEY)
    number = ledger.head.number
    assert least <= number <= least + 1, (least, number)
    history = History(ledger.store, ledger.lock, POLICY)
    check_all(ledger.store, history)
    assert ledger.store.newest() == number
    account = ledger.engine.account(ledger.head.state_root, bytes.fromhex(ANN.address[2:]))
    assert account is not None
    assert account.nonce == number
    ledger.send(PAYMENTS[number])
    assert ledger.head.number == number + 1
    history.sweep()
    check_all(ledger.store, history)
    return ledger


class Round:
    """One life: `work` in a fork, dead at `point` or after `seconds`; what it acknowledged comes through a pipe."""

    def __init__(self, folder: Path, template: Path, name: str) -> None:
        self.folder = folder / name
        shutil.copytree(template, self.folder)
        self.acknowledged = 0

    def run(self, work: Callable[[Path, Callable[[], None]], None], point: int | None, seconds: float | None) -> bool:
        """Whether it was killed."""
        mouth, ear = os.pipe()[::-1]
        pid = os.fork()
        if pid == 0:
            os.close(ear)
            try:
                if point is not None:
                    die_at(point)
                work(self.folder, lambda: os.write(mouth, b"1") and None)
            except BaseException as error:  # noqa: BLE001 - a fork never returns into the parent's code
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
                os._exit(3)
            os._exit(0)
        os.close(mouth)
        if seconds is not None:
            time.sleep(seconds)
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self.acknowledged = len(os.read(ear, 65_536))
        os.close(ear)
        assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, "the work itself failed"
        return os.WIFSIGNALED(status)


Work = Callable[[Path, Callable[[], None]], None]


def mining(folder: Path, acknowledge: Callable[[], None]) -> None:
    ledger = Ledger(folder / "ledger.db", KEY)
    for raw in PAYMENTS[ledger.head.number : ledger.head.number + 2]:
        ledger.send(raw)
        acknowledge()
    ledger.close()


def sweeping(folder: Path, _acknowledge: Callable[[], None]) -> None:
    ledger = Ledger(folder / "ledger.db", KEY)
    History(ledger.store, ledger.lock, POLICY).sweep()
    ledger.close()


def snapshotting(folder: Path, _acknowledge: Callable[[], None]) -> None:
    ledger = Ledger(folder / "ledger.db", KEY)
    history = History(ledger.store, ledger.lock, POLICY)
    write_snapshot(ledger.store, history, ledger.head, folder / "snapshot")
    write_blocks(ledger.store, folder / "blocks")
    ledger.close()


def restoring(folder: Path, _acknowledge: Callable[[], None]) -> None:
    from core.node.values import Block

    head = None
    data = (folder / "blocks").read_bytes()
    import rlp

    while data:
        _, _, end = rlp.codec.consume_item(data, 0)
        head, data = Block.decode(data[:end]).header.hash, data[end:]
    assert head is not None
    read_snapshot(folder / "snapshot", folder / "restored" / "ledger.db", KEY, head=head)


def importing(folder: Path, acknowledge: Callable[[], None]) -> None:
    ledger = Ledger(folder / "imported" / "ledger.db", KEY, FIRST)
    ledger.on_block.append(lambda _block: None)
    read_blocks(ledger, folder / "blocks")
    ledger.close()
    acknowledge()


def everything(folder: Path, acknowledge: Callable[[], None]) -> None:
    ledger = Ledger(folder / "ledger.db", KEY)
    history = History(ledger.store, ledger.lock, POLICY)
    for raw in PAYMENTS[ledger.head.number :]:
        ledger.send(raw)
        acknowledge()
        history.step()


def begin(folder: Path) -> Path:
    """A closed ledger with some blocks, its snapshot and its blocks as files."""
    template = folder / "template"
    ledger = Ledger(template / "ledger.db", KEY, FIRST)
    for raw in PAYMENTS[:BLOCKS]:
        ledger.send(raw)
    ledger.close()
    snapshotting(template, lambda: None)
    return template


def after_mining(one: Round) -> None:
    sound(one.folder / "ledger.db", BLOCKS + one.acknowledged).close()


def after_snapshotting(one: Round) -> None:
    """Either file is the old one or the new one, whole."""
    sound(one.folder / "ledger.db", BLOCKS).close()
    after_restoring(one)
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(one.folder / "restored")
    restoring(one.folder, lambda: None)


def after_restoring(one: Round) -> None:
    """There is no ledger, or all of it; doing it again works."""
    target = one.folder / "restored" / "ledger.db"
    if not target.exists():
        restoring(one.folder, lambda: None)
    sound(target, BLOCKS).close()


def after_importing(one: Round) -> None:
    """Some of the blocks, each whole; the same call goes on."""
    ledger = Ledger(one.folder / "imported" / "ledger.db", KEY, FIRST)
    check_all(ledger.store, History(ledger.store, ledger.lock, POLICY))
    taken = read_blocks(ledger, one.folder / "blocks")
    assert taken.known + taken.taken == BLOCKS + 1
    ledger.close()
    sound(one.folder / "imported" / "ledger.db", BLOCKS).close()


SCENARIOS: dict[str, tuple[Work, Callable[[Round], None], int]] = {
    # the work, what must hold after a death, every how many-th point is tried
    "mine": (mining, after_mining, 4),
    "sweep": (sweeping, after_mining, 7),
    "snapshot": (snapshotting, after_snapshotting, 11),
    "restore": (restoring, after_restoring, 5),
    "import": (importing, after_importing, 17),
}


def every_point(folder: Path, scenario: str) -> dict[str, int]:
    work, after, stride = SCENARIOS[scenario]
    template = begin(folder)
    rounds = killed = point = 0
    while True:
        one = Round(folder, template, f"{scenario}-{point}")
        dead = one.run(work, point, None)
        rounds, killed = rounds + 1, killed + dead
        after(one)
        shutil.rmtree(one.folder)
        if not dead:
            return {"rounds": rounds, "killed": killed}
        point += stride


def random_moments(folder: Path) -> dict[str, int]:
    template = begin(folder)
    chance = random.Random(7)
    rounds = killed = 0
    until = time.monotonic() + SECONDS
    while time.monotonic() < until or killed < LEAST:  # a busy machine lives through few in its time
        one = Round(folder, template, f"random-{rounds}")
        killed += one.run(everything, None, chance.uniform(0.005, 0.2))
        after_mining(one)
        shutil.rmtree(one.folder)
        rounds += 1
    return {"rounds": rounds, "killed": killed}


if __name__ == "__main__":
    found = {}
    for number, scenario in enumerate([*SCENARIOS, "random"]):
        where = Path(sys.argv[1]) / str(number)
        found[scenario] = random_moments(where) if scenario == "random" else every_point(where, scenario)
    print(json.dumps(found))
