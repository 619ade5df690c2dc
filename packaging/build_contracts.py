"""Compile resources/contracts/src into resources/contracts/build: one JSON artefact for each contract.

    python packaging/build_contracts.py               compile and write
    python packaging/build_contracts.py --check       compile and compare with what is committed; exit 1 on a difference
                                                      or 3 where the compiler could not be fetched
    python packaging/build_contracts.py Models ...    only these; what stands beside them is left alone

A contract is a file in src and has its file's name; interfaces and libraries are in folders below and have no artefact.

Needs Node.js and npm; compiler and library versions and hashes are pinned in packaging/contracts/package-lock.json.
An artefact has: contract, abi, bytecode, deployedBytecode (0x hex), immutableReferences ({name: [{start, length}]},
places in the deployed code that the constructor fills), storageLayout (solc's, AST ids removed), sourceHash (see
`source_hash`), compiler.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "resources" / "contracts" / "src"
BUILD = ROOT / "resources" / "contracts" / "build"
TOOLS = ROOT / "packaging" / "contracts"
CODE_LIMIT = 24_576  # bytes of deployed code, EIP-170
NOT_FETCHED, _TRIES = 3, 3  # the exit code where npm had no answer in as many tries
OUTPUT = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"]
SETTINGS: dict[str, Any] = {"evmVersion": "prague", "optimizer": {"enabled": True, "runs": 1000}, "viaIR": True}


def contracts() -> list[str]:
    """Names of all contracts that have an artefact, sorted."""
    return sorted(path.stem for path in SOURCES.glob("*.sol"))


def sources_of(name: str) -> list[Path]:
    """A contract's source and every source of ours that it imports, directly or not, sorted."""
    found: set[Path] = set()
    left = [SOURCES / f"{name}.sol"]
    while left:
        path = left.pop().resolve()
        if path not in found:
            found.add(path)
            left += [path.parent / one for one in re.findall(r'from "(\.[^"]+)"', path.read_text("utf-8"))]
    return sorted(found)


def source_hash(name: str) -> str:
    """sha-256 over path below src, NUL, text, NUL of `sources_of` in order; line ends as in the repository (LF)."""
    digest = hashlib.sha256()
    for path in sources_of(name):
        digest.update(path.relative_to(SOURCES.resolve()).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return "0x" + digest.hexdigest()


def tools() -> Path:
    """The folder with compiler and library, fetched when it is not there or not what the lock says."""
    modules = TOOLS / "node_modules"
    stamp = modules / ".lock-hash"
    wanted = hashlib.sha256((TOOLS / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        _fetch()
        stamp.write_text(wanted)
    return modules


def _fetch() -> None:
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    for _ in range(_TRIES):
        if subprocess.run(command, cwd=TOOLS, check=False).returncode == 0:
            return
    sys.stderr.write("the compiler could not be fetched\n")
    sys.exit(NOT_FETCHED)


def compile_one(name: str) -> dict[str, Any]:
    """The compiler's standard output. Exits with its words on any error or warning of our own sources.

    Each contract is compiled by itself: through the intermediate language, code may depend on the numbers that nodes
    get, and so on what is compiled beside it.
    """
    modules = tools()
    request: dict[str, Any] = {
        "language": "Solidity",
        "sources": {f"{name}.sol": {"content": (SOURCES / f"{name}.sol").read_text("utf-8")}},
        "settings": {**SETTINGS, "outputSelection": {"*": {"*": [*OUTPUT, "storageLayout"], "": ["ast"]}}},
    }
    command = ["node", str(modules / "solc" / "solc.js"), "--standard-json", "--base-path", str(SOURCES)]
    with tempfile.TemporaryFile() as answer:  # into a pipe, solcjs leaves before it has written everything
        subprocess.run(
            [*command, "--include-path", str(modules)], input=json.dumps(request).encode(), stdout=answer, check=True
        )
        answer.seek(0)
        text = answer.read().decode()
    output: dict[str, Any] = json.loads(text[text.index("{") :])
    words = [
        error["formattedMessage"]
        for error in output.get("errors", [])
        if error["severity"] == "error" or not error.get("sourceLocation", {}).get("file", "@").startswith("@")
    ]
    if words:
        sys.exit("\n".join(words))
    return output


def _names(node: Any) -> dict[str, str]:
    """AST id -> name of every immutable, to name what solc only numbers."""
    found = {}
    if isinstance(node, dict):
        if node.get("nodeType") == "VariableDeclaration" and node.get("mutability") == "immutable":
            found[str(node["id"])] = node["name"]
        for child in node.values():
            found |= _names(child)
    elif isinstance(node, list):
        for child in node:
            found |= _names(child)
    return found


def _stable(layout: Any) -> Any:
    """The storage layout without AST ids, which change with every edit anywhere."""
    if isinstance(layout, dict):
        return {_stable(k): _stable(v) for k, v in layout.items() if k != "astId"}
    if isinstance(layout, list):
        return [_stable(value) for value in layout]
    if isinstance(layout, str):
        return re.sub(r"(\((?:\w|\.)+\))\d+", r"\1", layout)
    return layout


def artefacts(wanted: list[str]) -> dict[str, str]:
    """File name -> text."""
    return {f"{name}.json": artefact(name) for name in wanted}


def artefact(name: str) -> str:
    output = compile_one(name)
    names: dict[str, str] = {}
    for source in output["sources"].values():
        names |= _names(source["ast"])
    lock = json.loads((TOOLS / "package-lock.json").read_text())["packages"]
    compiler = {
        "solc": lock["node_modules/solc"]["version"],
        "openzeppelin": lock["node_modules/@openzeppelin/contracts"]["version"],
        **SETTINGS,
    }
    contract = output["contracts"][f"{name}.sol"][name]
    deployed = contract["evm"]["deployedBytecode"]
    size = len(deployed["object"]) // 2
    if size > CODE_LIMIT:
        sys.exit(f"{name}: {size} bytes of code, the limit is {CODE_LIMIT}")
    found = {
        "contract": name,
        "compiler": compiler,
        "sourceHash": source_hash(name),
        "abi": contract["abi"],
        "storageLayout": _stable(contract["storageLayout"]),
        "immutableReferences": {
            names[number]: places for number, places in sorted(deployed.get("immutableReferences", {}).items())
        },
        "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + deployed["object"],
    }
    return json.dumps(found, indent=1, sort_keys=False) + "\n"


def differences(built: dict[str, str]) -> list[str]:
    """Names of artefacts that are missing, changed or left over."""
    committed = {path.name: path.read_text() for path in BUILD.glob("*.json")}
    return sorted(name for name in {*built, *committed} if built.get(name) != committed.get(name))


def main() -> int:
    parser = argparse.ArgumentParser(description="Compile the contracts")
    parser.add_argument("--check", action="store_true", help="compare with the committed artefacts, write nothing")
    parser.add_argument("names", nargs="*", help="contracts to compile (default: all)")
    given = parser.parse_args()
    check, wanted = given.check, given.names or contracts()
    built = artefacts(wanted)
    changed = [name for name in differences(built) if name in built or not given.names]
    if check:
        print("artefacts differ: " + ", ".join(changed) if changed else "artefacts are what the sources compile to")
        return 1 if changed else 0
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in built:
            (BUILD / name).write_text(built[name])
        else:
            (BUILD / name).unlink()
    for name, text in built.items():
        print(f"{name}: {(len(json.loads(text)['deployedBytecode']) - 2) // 2} bytes of code")
    return 0


if __name__ == "__main__":
    sys.exit(main())
