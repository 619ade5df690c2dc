"""A child process that behaves as badly as it is asked to. Run as a program: `python odd_worker.py`."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path


def handlers(emit: Callable[[str, dict[str, object]], None]) -> dict[str, Callable[..., object]]:
    from core.errors import InsufficientFunds

    opened: list[str] = []

    def rpc(method: str, params: list[object]) -> object:
        return [method, params]

    def count(to: int, progress) -> int:
        for i in range(to):
            progress.step("Counting", i, to)
            time.sleep(0.01)
        return to

    def fail(kind: str) -> None:
        if kind == "ours":
            raise InsufficientFunds(needed=2**200, available=3)
        raise ValueError("some detail")

    def eat(mib: int) -> int:
        return len(bytearray(mib * 1024 * 1024))

    def die(code: int) -> None:
        sys.stderr.write("my last words\n")
        sys.stderr.flush()
        os._exit(code)

    def raw(text: str) -> None:
        os.write(int(os.environ["ODD_WIRE"]), text.encode("latin-1"))

    def say(words: str) -> None:
        emit("said", {"words": words})

    def spin() -> None:
        while True:
            pass

    def core_limit() -> list[int]:
        import resource

        return list(resource.getrlimit(resource.RLIMIT_CORE))

    return {
        "rpc": rpc,
        "count": count,
        "fail": fail,
        "eat": eat,
        "die": die,
        "raw": raw,
        "say": say,
        "spin": spin,
        "core_limit": core_limit,
        "text": lambda size: "x" * size,
        "open": lambda what: opened.append(what),  # noqa: PLW0108 - append takes no keyword
        "opened": lambda: opened,
        "print": lambda words: print(words, flush=True),
        "segfault": lambda: ctypes.string_at(0),
        "close": lambda: Path(os.environ["ODD_CLOSED"]).touch() if "ODD_CLOSED" in os.environ else None,
    }


if __name__ == "__main__":
    from core.worker import registry, serve

    os.environ["ODD_WIRE"] = str(os.dup(1))  # before the harness moves standard output out of the way
    serve._LEAVE = float(os.environ.get("ODD_LEAVE", "8"))  # tests have less patience
    threads = int(os.environ.get("ODD_THREADS", "1"))
    registry.KINDS["odd"] = registry.Kind("odd", "odd_worker", threads=threads)
    sys.exit(serve.serve("odd"))
