"""What drawings are made of: all where it was asked for, and legends that begin where their language does."""
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from attngen.plotting import PALETTE, Label, drawing
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch

mpl.use("Agg")      # no windows


@pytest.fixture
def ax():
    with mpl.rc_context():
        yield drawing.canvas(6, 4)
        plt.close("all")


def middle(thing, ax) -> tuple[float, float]:
    """Of what is drawn, in inches."""
    extent = thing.get_window_extent(ax.figure.canvas.get_renderer()).transformed(ax.transData.inverted())
    return (extent.x0 + extent.x1) / 2, (extent.y0 + extent.y1) / 2


def test_a_canvas_is_laid_out_in_inches():
    with mpl.rc_context():
        ax = drawing.canvas(6, 4, font_size=9)
        assert plt.rcParams["font.size"] == 9
        places = np.array([(0, 0), (1, 0), (0, 1), (6, 4)])
        assert ax.transData.transform(places) == pytest.approx(places * ax.figure.dpi)
        assert list(ax.figure.get_size_inches()) == [6, 4]
        assert not ax.axison
        plt.close("all")


@pytest.mark.parametrize("text", ["one", "two\nlines"])
def test_words_have_their_middle_where_they_were_put(ax, text):
    drawing.word(ax, 3, 2, text)
    assert middle(ax.texts[0], ax) == pytest.approx((3, 2), abs=0.06)


def test_the_lines_of_a_word_stand_as_close_as_they_are_told(ax):
    drawing.word(ax, 3, 2, "two\nlines")
    drawing.box(ax, 3, 2, 1, 1, "two\nlines", "blue", linespacing=1.0)
    high, low = (text.get_window_extent(ax.figure.canvas.get_renderer()).height for text in ax.texts)
    assert high > low


@given(x=st.floats(1, 5), y=st.floats(1, 3), width=st.floats(0.2, 2), height=st.floats(0.2, 2))
def test_a_box_has_its_size_and_its_text_in_the_middle(x, y, width, height):
    with mpl.rc_context():
        ax = drawing.canvas(6, 4)
        drawing.box(ax, x, y, width, height, "a", "blue", linewidth=3)
        [box] = ax.patches
        assert isinstance(box, FancyBboxPatch) and box.get_linewidth() == 3
        extent = box.get_path().get_extents()
        assert (extent.x0, extent.y0) == pytest.approx((x - width / 2, y - height / 2))
        assert (extent.width, extent.height) == pytest.approx((width, height))
        assert ax.texts[0].get_position() == pytest.approx((x, y - 0.05))
        assert ax.texts[0].get_zorder() > box.get_zorder()
        plt.close("all")


def test_an_arrow_ends_at_its_last_point(ax):
    drawing.arrow(ax, (1, 1), (2, 1), (2, 3), colour="vermilion", zorder=2)
    [arrow] = ax.patches
    assert isinstance(arrow, FancyArrowPatch) and arrow.get_zorder() == 2
    assert mpl.colors.to_hex(arrow.get_edgecolor()) == mpl.colors.to_hex(PALETTE["vermilion"])
    tip = arrow.get_path().get_extents()
    assert (tip.x0, tip.y0, tip.y1) == pytest.approx((1, 1, 3), abs=0.02)


def test_a_plus_stands_over_lines_and_a_frame_under_everything(ax):
    drawing.frame(ax, 1, 1, 2, 1)
    drawing.arrow(ax, (0, 1), (3, 1))
    drawing.plus(ax, 2, 1)
    frame, arrow, circle = ax.patches
    heights = [thing.get_zorder() for thing in (frame, arrow, circle, ax.lines[0])]
    assert heights == sorted(set(heights))
    assert circle.center == (2, 1)


def marks(count: int) -> list[Patch]:
    return [Patch(label=str(number)) for number in range(count)]


@pytest.mark.parametrize(("columns", "count", "order"), [
    (None, 3, "210"), (2, 4, "2301"), (2, 3, "201"),
])  # fmt: skip
def test_a_persian_legend_begins_on_the_right(ax, columns, count, order):
    """matplotlib fills column by column from the left."""
    drawing.legend(ax, Label("en"), marks(count), columns=columns)
    assert [text.get_text() for text in ax.get_legend().texts] == [str(number) for number in range(count)]
    drawing.legend(ax, Label("fa"), marks(count), columns=columns)
    assert "".join(text.get_text() for text in ax.get_legend().texts) == order


def test_a_legend_stands_in_the_middle(ax):
    drawing.legend(ax, Label("en"), marks(3), y=0.5)
    assert middle(ax.get_legend(), ax)[0] == pytest.approx(3, abs=0.02)
