"""Arguments, then a worker, the terminal or the window. Nothing heavy is imported before it is known to be needed."""

from __future__ import annotations

import os
import sys

# Before numpy loads: a second BLAS thread only spins on matrices of our size (a solve takes .1 s instead of up to 1.4 s
# on busy cores), and integers come out the same either way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["worker"]:
        from app.worker import run

        return run(arguments[1])
    from app.main import main as start

    return start(arguments)


if __name__ == "__main__":
    sys.exit(main())
