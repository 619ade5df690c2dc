"""One hash, whatever the threads, kernels, orders, chunks, settings of onnxruntime, Python or implementation.

Each process has many settings changed at once (a covering set): every value of every setting stands in at least one,
and all must print the same.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
SECOND = Path(__file__).with_name("second.py")
LOOP = importlib.util.find_spec("numba") is not None
RUNS: tuple[dict[str, Any], ...] = (
    # core: OpenBLAS's kernels; simd: numpy's own, switched off; the rest is read by pipeline.py
    {"threads": 1, "order": 0, "chunk": 4096, "batch": 32, "ort_threads": 1, "ort_level": "ORT_DISABLE_ALL"},
    {"threads": 2, "order": 1, "core": "Nehalem", "simd": "X86_V4 X86_V3", "files": True, "loop": True, "batch": 1},
    {"threads": 1, "order": 2, "core": "Haswell", "simd": "X86_V4", "chunk": 7, "ort_threads": 2},
    {"threads": 2, "order": 3, "core": "SkylakeX", "files": True, "ort_level": "ORT_ENABLE_BASIC", "batch": 3},
    {"threads": 2, "order": 4, "core": "Zen", "chunk": 64, "ort_level": "ORT_ENABLE_EXTENDED", "ort_threads": 2},
)
USUAL = {"files": False, "loop": False, "chunk": 300, "batch": 5, "ort_threads": 1, "ort_level": "ORT_ENABLE_ALL"}
NEEDS = {"Nehalem": "sse4_2", "Haswell": "avx2", "Zen": "avx2", "SkylakeX": "avx512f"}


def flags() -> set[str]:
    """What this processor can, where the system tells; else nothing is tried that it might not."""
    try:
        return set(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        return set()


def environment(run: dict[str, Any]) -> dict[str, str]:
    found = os.environ | {"OPENBLAS_NUM_THREADS": str(run["threads"])}
    if platform.machine() in {"x86_64", "AMD64"}:
        if NEEDS.get(run.get("core", ""), "none") in flags():
            found["OPENBLAS_CORETYPE"] = run["core"]
        if "simd" in run and "avx512f" in flags():  # numpy warns where there is nothing to switch off
            found["NPY_DISABLE_CPU_FEATURES"] = run["simd"]
    return found


def printed(command: list[str], given: str = "", **settings: Any) -> dict[str, Any]:
    done = subprocess.run(
        command, cwd=ROOT, input=given, capture_output=True, text=True, check=False, timeout=240, **settings
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def found() -> list[dict[str, Any]]:
    results = []
    for run in RUNS:
        settings = USUAL | run
        settings["loop"] = settings["loop"] and LOOP
        command = [sys.executable, "-m", "tests.core.attribution.pipeline", json.dumps(settings)]
        results.append(printed(command, env=environment(run)))
    return results


def test_one_hash_over_threads_kernels_orders_chunks_files_and_memory(found) -> None:
    assert len({one["numbers"] for one in found}) == 1


def test_one_hash_over_threads_levels_and_batches_of_onnxruntime(found) -> None:
    assert len({one["encoded"] for one in found}) == 1


def pythons() -> list[Path]:
    """Every Python since 3.9 that this machine has, one of each version."""
    places = [Path(sys.executable)]
    places += [Path(path) for n in range(9, 16) if (path := shutil.which(f"python3.{n}"))]
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    places += sorted(kept.glob("3.*/bin/python")) if kept.is_dir() else []
    versions: dict[str, Path] = {}
    for place in places:
        done = subprocess.run(
            [place, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode == 0 and int(done.stdout.split(".")[1]) >= 9:
            versions.setdefault(done.stdout.strip(), place)
    return list(versions.values())


def test_the_second_implementation_prints_the_same_under_every_python_of_this_machine(found) -> None:
    """With none of the packages: -I keeps the paths of this environment away, and the script says what it loaded."""
    expected = {"numbers": found[0]["numbers"], "static": found[0]["static"], "foreign": []}
    for python in pythons():
        got = printed([str(python), "-I", "-S", str(SECOND)], json.dumps(found[0]["case"]))
        assert got == expected, python
