"""The design in numbers: spacing, radius, sizes, and the colours of the light and the dark theme. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass, fields

XS, S, M, L, XL, XXL = 4, 8, 12, 16, 24, 32  # the only distances
RADIUS = 8
RADIUS_SMALL = 6
CONTROL_HEIGHT = 36
ROW_HEIGHT = 40
RAIL_WIDTH = 208
FORM_WIDTH = 560  # forms and notices do not grow wider than reads well


@dataclass(frozen=True)
class Colours:
    """`*_soft` are fills behind words of one hue; `accent` is a fill, `accent_text` its hue for words and lines."""

    window: str  # surface level 0
    surface: str  # level 1: cards, tables, fields
    sunken: str  # rail and wells
    hover: str
    line: str
    control: str  # outlines of fields and boxes, 3:1 against every surface
    text: str
    muted: str
    disabled: str
    accent: str
    accent_hover: str
    accent_press: str
    on_accent: str
    accent_text: str
    accent_soft: str
    selection: str
    success: str
    success_soft: str
    warning: str
    warning_soft: str
    danger: str
    danger_soft: str
    danger_fill: str
    danger_hover: str
    info: str
    info_soft: str
    shadow: str
    series: tuple[str, ...]  # bars and lines of charts, in this order


LIGHT = Colours(
    window="#F6F7FA",
    surface="#FFFFFF",
    sunken="#ECEFF4",
    hover="#E3E7EE",
    line="#DEE3EB",
    control="#838E9F",
    text="#151B26",
    muted="#556072",
    disabled="#98A1AF",
    accent="#2563EB",
    accent_hover="#1D55D0",
    accent_press="#1A49B4",
    on_accent="#FFFFFF",
    accent_text="#1F5AD6",
    accent_soft="#E2EBFD",
    selection="#D9E5FC",
    success="#12693F",
    success_soft="#E0F3E8",
    warning="#8A4B00",
    warning_soft="#FCF0DA",
    danger="#B3241A",
    danger_soft="#FCE8E6",
    danger_fill="#C4291E",
    danger_hover="#A92217",
    info="#1F55B5",
    info_soft="#E6EEFB",
    shadow="#1A2233",
    series=("#2563EB", "#0E8A7D", "#B4690E", "#8B4BC9", "#C2366B", "#5B6B82"),
)

DARK = Colours(
    window="#10141A",
    surface="#181E26",
    sunken="#0B0E13",
    hover="#222A35",
    line="#2A323E",
    control="#6B7789",
    text="#E8ECF2",
    muted="#A0ABBB",
    disabled="#6C7685",
    accent="#2D6BEA",
    accent_hover="#2763DE",
    accent_press="#2459C8",
    on_accent="#FFFFFF",
    accent_text="#7FADFF",
    accent_soft="#1B2C4A",
    selection="#223A63",
    success="#5FD39A",
    success_soft="#12291F",
    warning="#F0B454",
    warning_soft="#2E2412",
    danger="#FF8F86",
    danger_soft="#361A19",
    danger_fill="#C93A30",
    danger_hover="#D2443A",
    info="#8CB8FF",
    info_soft="#172740",
    shadow="#000000",
    series=("#6E9FFF", "#3FC4B4", "#E3A44B", "#BE90F0", "#F07FA6", "#93A2B7"),
)


def _channel(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.2126 * _channel(red) + 0.7152 * _channel(green) + 0.0722 * _channel(blue)


def contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.2: 1..21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def roles() -> tuple[str, ...]:
    """Names of the plain colours, as `Theme.colour` takes them."""
    return tuple(field.name for field in fields(Colours) if field.name != "series")
