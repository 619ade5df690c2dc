"""Fetch the clients and the other node that ours is tested with: `python -m tests.clients.fetch`. Tests use them where
they are.

web3.py goes into an environment of its own (its pins are not ours); ethers, cast and anvil come by npm, by a lock file.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.benchmarks.harness import ROOT, rival_environment

HERE = Path(__file__).resolve().parent
WEB3 = ["web3==8.0.0"]
FOLDER = ROOT / ".venv-clients-npm"  # beside the environments, and as little part of the project as they are
_PATIENCE = 400  # seconds; where nothing comes, the tests go on without it
_FILES = ("package.json", "package-lock.json")


def web3_python() -> Path | None:
    """The Python that has web3.py; None where it was not fetched."""
    stamp = ROOT / ".venv-clients" / "stamp"
    there = stamp.exists() and stamp.read_text() == "\n".join(WEB3)
    return rival_environment("clients", WEB3) if there else None


def npm_folder() -> Path | None:
    """Where node_modules with ethers and cast is; None where it was not fetched, or from another lock file."""
    same = all((FOLDER / name).exists() and _text(FOLDER / name) == _text(HERE / name) for name in _FILES)
    return FOLDER if same and (FOLDER / "node_modules" / "ethers").exists() and shutil.which("node") else None


def _text(path: Path) -> str:
    return path.read_text("utf8")


def main() -> None:
    rival_environment("clients", WEB3, seconds=_PATIENCE)
    npm = shutil.which("npm")
    if npm is None:
        print("npm is not here: ethers, cast and anvil are left out")
        return
    FOLDER.mkdir(exist_ok=True)
    for name in _FILES:
        shutil.copy(HERE / name, FOLDER / name)
    subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=FOLDER, check=True, timeout=_PATIENCE
    )


if __name__ == "__main__":
    main()
