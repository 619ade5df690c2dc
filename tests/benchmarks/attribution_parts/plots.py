"""The pictures of the attribution benchmark:  python plots.py FIGURES.json FOLDER   (in the rivals' environment)

FIGURES.json: {"scenes": {name: {method: {"lds_half", "seconds", …}}}, "scale": [[records, ms, share]]}
"""

import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

OURS, OTHERS, INK = "#0f766e", "#94a3b8", "#334155"
# Told apart by shape as well as by colour.
LOOKS = [("o", OURS), ("v", "#94a3b8"), ("s", "#b45309"), ("D", "#1d4ed8"), ("^", "#9333ea"), ("P", "#be123c"),
         ("X", "#64748b"), ("<", "#0891b2"), (">", "#a16207")]  # fmt: skip
plt.rcParams.update({"font.family": "DejaVu Sans", "font.size": 10, "axes.edgecolor": INK, "text.color": INK,
                     "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK, "svg.hashsalt": "0"})  # fmt: skip


def _bare(axes):
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color="#e2e8f0", linewidth=0.8)
    axes.set_axisbelow(True)


def faithfulness(scenes, path):
    """Bars: how well the sum of influences foretells what half of the records makes of an answer."""
    figure, grid = plt.subplots(1, len(scenes), figsize=(3.2 * len(scenes) + 1.6, 3.4), sharey=True)
    methods = list(next(iter(scenes.values())))[::-1]
    for axes, (name, found) in zip(grid, scenes.items(), strict=True):
        values = [found[method]["lds_half"] for method in methods]
        colours = [OURS if "ours" in method else OTHERS for method in methods]
        axes.barh(methods, values, color=colours)
        for row, value in enumerate(values):
            axes.text(max(value, 0) + 0.02, row, f"{value:.2f}", va="center", fontsize=9)
        axes.set_xlim(min(0.0, *values) - 0.02, 1.15)
        axes.set_title(name, fontsize=11)
        _bare(axes)
    figure.suptitle("Agreement with retraining on random halves (linear datamodel score)", fontsize=12)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def cost(scenes, path):
    """Points: agreement against the time all 100 queries took, training included for ours."""
    figure, grid = plt.subplots(1, len(scenes), figsize=(3.2 * len(scenes), 4.2), sharey=True)
    looks = dict(zip(next(iter(scenes.values())), LOOKS, strict=False))
    for axes, (name, found) in zip(grid, scenes.items(), strict=True):
        for method, value in found.items():
            marker, colour = looks[method]
            if value["seconds"]:
                axes.scatter(
                    value["seconds"], value["lds_half"], color=colour, marker=marker, s=64, zorder=3, label=method
                )
        axes.set_xscale("log")
        axes.set_xlabel("seconds, all in")
        axes.set_title(name, fontsize=11)
        axes.margins(x=0.15)
        _bare(axes)
    grid[0].set_ylabel("linear datamodel score, halves")
    figure.legend(*grid[0].get_legend_handles_labels(), loc="lower center", ncol=5, frameon=False, fontsize=10)
    figure.tight_layout(rect=(0, 0.14, 1, 1))
    figure.savefig(path, dpi=110)


def scale(rows, path):
    """One query over more and more records, and the share of the memory bandwidth it reaches."""
    figure, axes = plt.subplots(figsize=(5.2, 3.4))
    sizes, times, _ = zip(*rows, strict=True)
    axes.loglog(sizes, times, marker="o", color=OURS)
    for size, time, share in rows:
        axes.annotate(
            f"{time:.3g} ms, {share:.0%}", (size, time), xytext=(6, -12), textcoords="offset points", fontsize=9
        )
    axes.set_xlabel("records")
    axes.set_ylabel("milliseconds a query")
    axes.set_title("One query, and its share of the memory bandwidth", fontsize=11)
    axes.margins(x=0.25, y=0.2)
    _bare(axes)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main():
    figures = json.loads(Path(sys.argv[1]).read_text())
    folder = sys.argv[2]
    faithfulness(figures["scenes"], f"{folder}/attribution-faithfulness.png")
    cost(figures["scenes"], f"{folder}/attribution-cost.png")
    if figures.get("scale"):
        scale(figures["scale"], f"{folder}/attribution-scale.png")


if __name__ == "__main__":
    main()
