"""No arguments open the window; anything else is a command for the terminal."""

from __future__ import annotations


def main(arguments: list[str]) -> int:
    from app.terminal.parser import parse

    options = parse(arguments)
    if options.run is None:
        from app.start import start

        return start(options)
    from app.terminal.session import run

    return run(options)
