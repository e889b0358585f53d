"""Figures: both languages from one call, readable in light and dark, for colour-blind readers too."""
import logging
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from attngen import plotting
from attngen.plotting import DARK, PALETTE, Label, MixedLabel, attention_map, bilingual, fonts
from attngen.plotting.svg import themed
from hypothesis import given, settings
from hypothesis import strategies as st

mpl.use("Agg")      # no windows
ALT = {"fa": "زیان کم می‌شود.", "en": "The loss falls."}


def curve(T):
    _, ax = plt.subplots()
    ax.plot([0, 1, 2], [1, 0.5, 0.25], label=T("۳ سر", "3 heads"))
    ax.bar([0], [1], color="k", hatch="/")
    ax.set_xlabel(T("گام", "step"))
    ax.legend(**T.legend)


def test_a_build_gets_both_languages_with_their_alternative_text(published):
    plotting.figure(**ALT)(curve)
    assert [metadata for _, metadata in published] == [{"lang": lang, "alt": ALT[lang]} for lang in ("fa", "en")]
    for data, metadata in published:
        title = ET.fromstring(data["image/svg+xml"]).find("{*}title")
        assert title.text == metadata["alt"] == data["text/plain"]
    assert published[0][0]["image/svg+xml"] != published[1][0]["image/svg+xml"]


@pytest.mark.parametrize(("session", "shown"), [
    ("/home/a/book/fa/x.md", ["fa"]), ("book/en/x.md", ["en"]), ("fa/x.ipynb", ["fa"]), ("/x.ipynb", ["fa", "en"])])
def test_jupyter_gets_its_notebooks_language_on_paper(published, monkeypatch, session, shown):
    monkeypatch.setenv("JPY_SESSION_NAME", session)
    plotting.figure(**ALT)(curve)
    assert [metadata["lang"] for _, metadata in published] == shown
    assert all("prefers-color-scheme" not in data["image/svg+xml"] for data, _ in published)
    assert all(PALETTE["paper"] in data["image/svg+xml"] for data, _ in published)


@pytest.mark.parametrize("wrong", [{}, {"fa": ALT["fa"]}, {"en": ALT["en"]}])
def test_alternative_text_is_asked_for_in_both_languages(wrong):
    with pytest.raises(TypeError, match="fa|en"):
        plotting.figure(**wrong)


@pytest.mark.parametrize("wrong", [{"fa": "loss"}, {"fa": ""}, {"en": " "}, {"en": "زیان"}])
def test_alternative_text_is_in_its_language(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}=.* in (Persian|English)"):
        plotting.figure(**ALT | wrong)


def test_same_figure_same_bytes_and_no_trace_left_behind():
    before = dict(mpl.rcParams)
    first = plotting.render(curve, "fa", "x")
    assert first == plotting.render(curve, "fa", "x")
    assert dict(mpl.rcParams) == before and plt.get_fignums() == []
    assert not re.search(r"20\d\d-|Matplotlib|<!DOCTYPE|https?://(?!www\.w3\.org/(2000/svg|1999/xlink))", first)


@pytest.mark.parametrize("lang", ["fa", "en"])
def test_every_colour_of_a_drawing_follows_the_scheme(lang):
    svg = plotting.render(curve, lang, "x")
    style = re.search("<style>.*?</style>", svg)[0]
    assert not re.search("#[0-9a-f]{6}", svg.replace(style, "")), "a colour outside the variables"
    light, dark = style.split("@media (prefers-color-scheme:dark)")
    used = set(re.findall(r"var\(--(\w+)\)", svg))
    assert used >= {"ink", "muted", "grid", "blue"}
    for names, tones in ((light, PALETTE), (dark, DARK)):
        assert {name: tones[name] for name in used} == dict(re.findall(r"--(\w+):(#\w+);", names))


def test_a_plain_curve_is_small():
    steps = np.arange(200)
    assert len(plotting.render(lambda T: plt.plot(steps, np.exp(-steps / 50)), "en", "x")) < 40_000


@given(st.text("abcdefگچ <&>\"'$", max_size=30))
def test_any_alternative_text_keeps_the_picture_well_formed(alt):
    svg = bilingual.titled(themed('<svg xmlns="http://www.w3.org/2000/svg"><g style="fill: #000000"/></svg>'), alt)
    assert (ET.fromstring(svg).find("{*}title").text or "") == alt


def test_ticks_are_in_the_pages_digits():
    seen = {}

    def draw(T):
        _, axes = plt.subplots(1, 2)
        axes[0].plot([0, 0.5], [-1, 1])
        axes[1].loglog([1, 100], [0.01, 1])
        seen[T.lang] = axes

    def labels(lang):
        plotting.render(draw, lang, "x")
        return " ".join(axis.get_major_formatter().format_ticks([0.25, 100])[i] for axes in seen[lang]
                        for axis in (axes.xaxis, axes.yaxis) for i in (0, 1))
    assert re.search("[0-9]", labels("en")) and not re.search("[۰-۹]", labels("en"))
    assert re.search("[۰-۹]", labels("fa")) and not re.search("[0-9]", labels("fa"))


@given(st.text("سردگ a$0.5", max_size=15))
def test_a_label_never_mixes_persian_and_formula(text):
    mixed = bool(re.search(r"\$[^$]*\$", text) and re.search("[سردگ]", text))
    if mixed:
        with pytest.raises(MixedLabel, match="formula"):
            Label("fa")(text, "x")
    else:
        assert Label("fa")(text, "x").startswith("\u200f")
    assert Label("en")(text, "x") == "x"


def test_mixed_labels_that_pass_by_T_are_caught_as_well():
    with pytest.raises(MixedLabel):
        plotting.render(lambda T: plt.title("زیان $L$"), "en", "x")
    assert plt.get_fignums() == []


@pytest.mark.parametrize(("lang", "text"), [("fa", "−۱۲٫۵٪"), ("en", "−12.5%")])
def test_numbers_are_written_in_the_language(lang, text):
    assert Label(lang).number(-0.125, ".1%") == text


@pytest.fixture
def axes():
    fig, axes = plt.subplots()
    yield axes
    plt.close(fig)


@settings(max_examples=10)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
def test_attention_map_shows_each_weight_at_its_query_and_key(queries, keys, seed):
    weights = np.random.default_rng(seed).dirichlet(np.ones(keys), size=queries)
    fig, axes = plt.subplots()
    image = attention_map(axes, weights, [f"q{i}" for i in range(queries)], [f"k{i}" for i in range(keys)])
    assert np.array_equal(image.get_array(), weights) and image.norm.vmin == 0 and image.norm.vmax == 1
    assert [label.get_text() for label in axes.get_yticklabels()] == [f"q{i}" for i in range(queries)]
    written = {tuple(text.get_position()): text.get_text() for text in axes.texts}
    expected = {(k, q): f"{weights[q, k]:.2f}" for q in range(queries) for k in range(keys)} if keys <= 8 else {}
    plt.close(fig)
    assert written == expected


def test_masked_weights_are_left_without_a_number(axes):
    attention_map(axes, [[1, np.nan], [0.5, 0.5]], ["$a", "b$"], ["$a", "b$"], T=Label("fa"))
    assert [text.get_text() for text in axes.texts] == ["۱٫۰۰", "۰٫۵۰", "۰٫۵۰"]


@pytest.mark.parametrize(("weights", "hint"), [
    ([[0.5, 0.5]], "shape"), ([[2, 0], [0, 1]], "0..1"), ([[-1, 0], [0, 1]], "0..1")])
def test_what_are_no_attention_weights_is_refused(axes, weights, hint):
    with pytest.raises(ValueError, match=hint):
        attention_map(axes, weights, "ab", "ab")


def test_without_the_web_font_figures_are_drawn_all_the_same(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(fonts.font_manager.fontManager, "ttflist",
                        [font for font in fonts.font_manager.fontManager.ttflist if font.name != fonts.NAME])
    with caplog.at_level(logging.WARNING, "attngen"):
        assert fonts.families(tmp_path) == fonts.families(tmp_path) == (fonts.FALLBACK,)
    [record] = caplog.records
    assert "npm ci" in record.getMessage() and "\n" not in record.getMessage()


@pytest.mark.skipif(not all((fonts._REPOSITORY / name).exists() for name in fonts.WEB_FONTS),
                    reason="left out: the web fonts are not installed (npm ci)")
def test_the_static_font_has_what_figures_need():
    from fontTools.ttLib import TTFont
    font = TTFont(fonts.from_web_fonts(fonts._REPOSITORY))
    assert set(map(ord, "ابپتچگکیژ۰۱۹٫٬٪«»،؛؟\u200cAz09−×")) <= font.getBestCmap().keys()
    assert "fvar" not in font and font["name"].getDebugName(1) == fonts.NAME and "GSUB" in font
