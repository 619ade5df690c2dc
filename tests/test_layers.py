"""The rule of the house holds: app -> ui -> core, never back."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_import_obeys_the_layer_rules() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_help_needs_no_qt() -> None:
    code = (
        "import sys\n"
        "from app.__main__ import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0, end.code\n"
        "loaded = [name for name in sys.modules if name.startswith(('PySide6', 'shiboken6', 'qasync'))]\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "datanet" in done.stdout


def test_the_apps_own_process_loads_no_evm_and_no_signing_library() -> None:
    """They raise the recursion limit to 100,000, after which deep JSON from outside ends the process; and keys and
    contracts belong into processes of their own.
    """
    code = (
        "import importlib, pathlib, sys\n"
        "apart = {'core.node', 'core.simulator', 'core.wallet.keys', 'core.wallet.signer_worker'}\n"
        "apart.add('core.models.worker')\n"
        "for path in sorted(pathlib.Path('core').rglob('*.py')):\n"
        "    name = '.'.join(path.with_suffix('').parts).removesuffix('.__init__')\n"
        "    if not any(name == one or name.startswith(one + '.') for one in apart):\n"
        "        importlib.import_module(name)\n"
        "found = {name.split('.')[0] for name in sys.modules} & {'py_ecc', 'eth', 'eth_account', 'bip_utils', 'onnx'}\n"
        "assert not found, found\n"
        "assert sys.getrecursionlimit() <= 1000\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    words = ("pypi" + ".org", "registry.npm" + "js", "files.python" + "hosted", str(ROOT))
    found = []
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 2_000_000:
            text = path.read_text(encoding="utf8", errors="ignore")
            found += [f"{name}: {word}" for word in words if word in text]
    assert not found
