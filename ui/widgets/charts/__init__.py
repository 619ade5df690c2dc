"""Painted charts: labelled, with units, readable without colour, their numbers also as a table."""

from ui.widgets.charts.bars import Bar, BarChart
from ui.widgets.charts.line import LineChart
from ui.widgets.charts.panel import ChartPanel

__all__ = ["Bar", "BarChart", "ChartPanel", "LineChart"]
