"""The style sheet of one theme, from `resources/theme/style.qss` and the tokens."""

from __future__ import annotations

from string import Template

from resources import ROOT
from ui.theme.tokens import RADIUS, RADIUS_SMALL, Colours, roles


def sheet(colours: Colours) -> str:
    """The whole style sheet in one theme's colours."""
    values: dict[str, object] = {name: getattr(colours, name) for name in roles()}
    text = (ROOT / "theme" / "style.qss").read_text("utf-8")
    return Template(text).substitute(values, r=RADIUS, rs=RADIUS_SMALL, icons=(ROOT / "icons").as_posix())
