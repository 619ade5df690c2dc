"""The whole story without a screen, with every figure; exit 0 only if every check in it holds."""

from __future__ import annotations

import json
import platform
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from app.terminal.output import plain


def tell(options: Any, out: Any) -> int:
    from core.client import Client
    from core.client.story import Story
    from core.datanets import sample
    from core.paths import ProfilePaths
    from resources import ROOT

    folder = Path(options.profile) if options.profile else Path(tempfile.mkdtemp(prefix="openledger-demo-"))
    client = Client(ProfilePaths(folder / "profile"))
    story = Story(client, sample.load(ROOT / "samples" / "wordnet_topics"), say=out.say)
    started = time.monotonic()
    try:
        story.tell(client.profile.new_phrase(), secrets.token_urlsafe(18), folder)
    finally:
        client.close()
        if not options.profile:
            shutil.rmtree(folder, ignore_errors=True)
    figures = {"ok": story.ok, **story.figures, "seconds_in_all": round(time.monotonic() - started, 1)}
    figures["python"] = platform.python_version()
    figures["checks"] = [{"step": c.step, "name": c.name, "holds": c.holds, "detail": c.detail} for c in story.checks]
    if options.json:
        options.json.write_text(json.dumps(plain(figures), indent=1) + "\n", "utf8")
    held = sum(check.holds for check in story.checks)
    out.say(f"\n{held} of {len(story.checks)} checks hold, {figures['seconds_in_all']:.0f} s in all.")
    return 0 if story.ok else 1
