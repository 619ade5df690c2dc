"""Every pair of colours that meets on a screen reads well (WCAG 2.2 AA)."""

from __future__ import annotations

import pytest

from ui.theme.tokens import DARK, LIGHT, Colours, contrast

TEXT_ON = [
    (words, ground)
    for words in ("text", "muted", "accent_text", "success", "warning", "danger", "info")
    for ground in ("window", "surface", "sunken")
] + [
    ("text", "hover"),
    ("muted", "hover"),
    ("text", "selection"),
    ("muted", "selection"),
    ("text", "accent_soft"),
    ("accent_text", "accent_soft"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_accent", "accent_press"),
    ("on_accent", "danger_fill"),
    ("on_accent", "danger_hover"),
    *[(kind, f"{kind}_soft") for kind in ("success", "warning", "danger", "info")],
    *[("text", f"{kind}_soft") for kind in ("success", "warning", "danger", "info")],
]


def test_contrast_is_measured_as_wcag_says() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), TEXT_ON)
def test_text_reads_at_four_and_a_half_to_one(colours: Colours, words: str, ground: str) -> None:
    assert contrast(getattr(colours, words), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["window", "surface"])
def test_outlines_and_chart_marks_stand_out_at_three_to_one(colours: Colours, ground: str) -> None:
    for mark in (colours.control, *colours.series):
        assert contrast(mark, getattr(colours, ground)) >= 3


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_ink_on_any_shade_of_a_series_reads_well(colours: Colours) -> None:
    from PySide6.QtGui import QColor

    from ui.theme import Theme

    for ground in (*colours.series, colours.window, colours.surface, "#7F7F7F"):
        assert contrast(Theme.ink_on(QColor(ground)).name(), ground) >= 4.5
