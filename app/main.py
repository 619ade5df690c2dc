"""No arguments open the window; anything else is a command for the terminal.

The window's own few options are read here by hand: the whole parser costs 40 ms that the first paint would wait for.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass
class WindowOptions:
    profile: Path | None = None
    measure_start: bool = False


def main(arguments: list[str]) -> int:
    options = window_options(arguments)
    if options is not None:
        from app.start import start

        return start(options)
    from app.terminal.parser import parse

    parsed = parse(arguments)
    if parsed.version:
        from app.terminal.session import version

        print(version())  # noqa: T201 - asked for
        return 0
    if parsed.run is None:
        from app.start import start

        return start(WindowOptions(parsed.profile, parsed.measure_start))
    from app.terminal.session import run

    return run(parsed)


def window_options(arguments: list[str]) -> WindowOptions | None:
    """What the window takes, when the arguments hold nothing else."""
    found, rest = WindowOptions(), list(arguments)
    while rest:
        first = rest.pop(0)
        if first == "--measure-start":
            found.measure_start = True
        elif first == "--profile" and rest and not rest[0].startswith("-"):
            found.profile = Path(rest.pop(0))
        else:
            return None
    return found
