"""What the README says is there, is there."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf8")


def test_every_link_and_picture_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []


def test_every_command_is_known_to_run() -> None:
    commands = set(re.findall(r"^\./run(?: ([a-z]+))?", README, re.MULTILINE)) - {""}
    assert {"demo", "test", "bench", "audit"} <= commands
    script = (ROOT / "run").read_text("utf8")
    shown = subprocess.run(
        [sys.executable, "-m", "app", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for command in commands:
        assert f"  {command})" in script or re.search(rf"^ +{command} ", shown, re.MULTILINE), command


def test_the_documents_that_users_look_for_stand_at_the_root() -> None:
    for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "run", "pyproject.toml"):
        assert (ROOT / name).is_file(), name


def test_the_top_level_holds_only_what_was_agreed() -> None:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    folders = {name.split("/")[0] for name in done.stdout.split() if "/" in name}
    assert folders <= {"app", "ui", "core", "resources", "tests", "packaging", ".ci"}
