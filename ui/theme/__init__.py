"""How everything looks: tokens, palette, style sheet, fonts, icons. Pages ask `theme()` for colours, never name any."""

from ui.theme.theme import Theme, install, theme

__all__ = ["Theme", "install", "theme"]
