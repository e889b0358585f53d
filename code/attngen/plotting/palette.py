"""The book's colours, and the rcParams that put them on every figure.

The hues follow Okabe and Ito's set, which stays apart for colour-blind readers.  Each has a
tone for a light and one for a dark page; matplotlib draws with the light ones, and the SVG
then names them as CSS variables (see ``svg.py``), so no two names may share a light tone.
"""
from __future__ import annotations

from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap, to_rgba

PALETTE = {
    "ink": "#1f2933", "muted": "#66707c", "grid": "#d8dde3", "paper": "#ffffff",
    "blue": "#00599c", "vermilion": "#b83a00", "green": "#00906a", "purple": "#a94f86",
    "gold": "#b08a12", "sky": "#2f95cd",
}
DARK = {
    "ink": "#e4e8ec", "muted": "#9aa5b1", "grid": "#37404b", "paper": "#14181e",
    "blue": "#5a9ff0", "vermilion": "#ff8a4c", "green": "#2fc397", "purple": "#e08fc0",
    "gold": "#e5bd3c", "sky": "#9fdcff",
}
SERIES = ("blue", "vermilion", "green", "purple", "gold", "sky")

# One blue from nothing to full: it reads on a light and on a dark ground alike, which a
# picture's pixels must, since no style sheet reaches them.
_HEAT_TONE = "#2b7bba"
HEAT = LinearSegmentedColormap.from_list(
    "attngen-heat", [to_rgba(_HEAT_TONE, 0.0), to_rgba(_HEAT_TONE, 1.0)]
).with_extremes(bad=to_rgba("#808890", 0.22))

STYLE = {
    "figure.figsize": (6.4, 3.6), "figure.facecolor": "none", "savefig.facecolor": "none",
    "axes.facecolor": "none", "axes.edgecolor": PALETTE["muted"], "axes.labelcolor": PALETTE["ink"],
    "axes.titlecolor": PALETTE["ink"], "axes.titlesize": "medium", "axes.linewidth": 0.8,
    "axes.spines.top": False, "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=[PALETTE[name] for name in SERIES]),
    "axes.grid": True, "axes.axisbelow": True, "axes.formatter.use_mathtext": True,
    "grid.color": PALETTE["grid"], "grid.linewidth": 0.7,
    "text.color": PALETTE["ink"], "xtick.color": PALETTE["muted"], "ytick.color": PALETTE["muted"],
    "xtick.labelcolor": PALETTE["ink"], "ytick.labelcolor": PALETTE["ink"],
    "lines.linewidth": 1.8, "patch.edgecolor": PALETTE["ink"], "hatch.color": PALETTE["ink"],
    "legend.frameon": False, "font.size": 10.5,
    "mathtext.fontset": "cm",          # as the formulas of the page
    "svg.fonttype": "path",            # an <img> cannot use the page's fonts
    "svg.hashsalt": "attngen",         # the same figure gives the same bytes
}
