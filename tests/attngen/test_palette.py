"""The palette: enough contrast on both grounds, and hues that colour-blind readers tell apart."""
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from attngen.plotting import DARK, PALETTE, SERIES

GROUNDS = {"light": "#ffffff", "dark": "#14181e"}


def luminance(tone):
    rgb = np.array(mpl.colors.to_rgb(tone))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722], linear


def contrast(a, b):
    high, low = sorted((luminance(a)[0], luminance(b)[0]), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("tones", "ground"), [(PALETTE, GROUNDS["light"]), (DARK, GROUNDS["dark"])])
def test_palette_meets_the_contrast_of_graphics_and_text(tones, ground):
    assert {name: contrast(tones[name], ground) for name in SERIES if contrast(tones[name], ground) < 3} == {}
    assert contrast(tones["ink"], ground) >= 7 and contrast(tones["muted"], ground) >= 4.5


# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(tone, blindness):
    xyz = TO_XYZ @ np.clip(np.array(BLINDNESS[blindness]) @ luminance(tone)[1], 0, 1) / [0.9505, 1, 1.089]
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("tones", [PALETTE, DARK], ids=["light", "dark"])
def test_series_stay_apart_for_colour_blind_readers(tones, blindness):
    apart = {pair: np.linalg.norm(lab(tones[pair[0]], blindness) - lab(tones[pair[1]], blindness))
             for pair in combinations(SERIES, 2)}
    assert {pair: round(float(far), 1) for pair, far in apart.items() if far < 10} == {}


def test_tones_name_their_colour():
    assert len(set(PALETTE.values())) == len(PALETTE) and PALETTE.keys() == DARK.keys()
