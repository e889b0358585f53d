"""One photo explained in one file, and the command: whole, or one clear message and nothing lost."""
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from attngen.cli import app
from attngen.vision import explain as explaining
from attngen.vision import explain_page
from attngen.vision.explain import explain
from attngen.vision.pretrained import ModelError
from attngen.vision.writing import OutputError, write_whole
from bs4 import BeautifulSoup
from PIL import Image
from tiny_vits import tiny
from transformers import SwinConfig, SwinForImageClassification
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil
from typer.testing import CliRunner

LONG = "a very long name that goes on and on and on for ever"
NAMES = ["tabby, tabby cat", "<b>bold</b> & $x$", LONG, "line\nbreak", "ok"]


def saved(folder, model, size: int = 32):
    model.save_pretrained(folder)
    ViTImageProcessorPil(size={"height": size, "width": size}).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model in the format of the hub, with names of classes that try to break things."""
    model = tiny("vit")
    model.config.id2label = dict(enumerate(NAMES))
    return saved(tmp_path_factory.mktemp("model"), model)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "a photo <1> عکس.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)).save(path)
    return path


@pytest.mark.parametrize("lang", ["en", "fa"])
@pytest.mark.parametrize("kind", [".png", ".svg", ".html", ".PNG"])
def test_every_kind_of_file_is_written_in_both_languages(kind, lang, folder, photo, tmp_path):
    out = tmp_path / f"out{kind}"
    found = explain(photo, out, folder, lang)
    assert len(found) == 5 and {f.label for f in found} == set(NAMES)
    if kind.lower() == ".png":
        picture = Image.open(out)
        assert min(picture.size) > 800 and "attention" in picture.info["Description"]
    elif kind == ".svg":
        assert "webp" in out.read_text("utf-8")
        assert ET.fromstring(out.read_bytes()).find("{*}title").text
    else:
        page = BeautifulSoup(out.read_text("utf-8"), "html.parser")
        assert page.html["lang"] == lang and page.html["dir"] == ("rtl" if lang == "fa" else "ltr")
        assert page.title.text == page.h1.text == photo.name
        shown = [row.th.text for row in page.find_all("tr")]
        assert shown == [explain_page.plain(f.label) for f in found] and page.find("b") is None
        assert not re.search("https?://", re.sub("base64,[^\"]*", "", str(page)))
        assert page.img["alt"] and page.img["src"].startswith("data:image/svg+xml;base64,")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_compact_model_and_clip_are_known_by_name(monkeypatch):
    import attngen.vision.train as train

    model = tiny("vit")
    model.config.id2label = {0: "airplane", 1: "cat", 2: "x", 3: "y", 4: "z"}
    monkeypatch.setattr(train, "load_model", lambda: model)
    network, processor, read = explaining.model_of("compact")
    assert network is model and list(read.persian) == ["هواپیما", "گربه", "x", "y", "z"]
    assert processor(Image.new("RGB", (50, 40)), return_tensors="pt")["pixel_values"].shape == (1, 3, 32, 32)
    monkeypatch.setattr(explaining.clip, "load", lambda: (tiny("clip"), processor))
    monkeypatch.setattr(explaining.answers, "of_vocabulary", lambda: read)
    assert explaining.model_of("clip")[1:] == (processor, read)


TARGETS = {
    "an unknown kind": ("out.jpg", r"is written as \.png, \.svg, \.html; '.*out\.jpg' does not end so"),
    "no folder": ("nowhere/out.png", "there is no folder .*nowhere to write out.png to"),
    "a folder": ("folder.png", "folder.png is a folder; a file was expected"),
}


@pytest.mark.parametrize("name", TARGETS)
def test_where_nothing_can_be_written_it_is_said_before_the_work(name, photo, tmp_path):
    target, message = TARGETS[name]
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OutputError, match=message):
        explain(photo, tmp_path / target, "no/model")


def test_the_photo_itself_is_not_overwritten(photo):
    before = photo.read_bytes()
    with pytest.raises(OutputError, match="is the photo itself"):
        explain(photo, photo, "no/model")
    assert photo.read_bytes() == before


def test_an_unknown_language_is_refused(photo, tmp_path):
    with pytest.raises(OutputError, match="en or fa, not 'de'"):
        explain(photo, tmp_path / "out.png", "no/model", "de")


def test_a_model_that_is_no_vision_transformer_is_named(photo, tmp_path):
    shape = {"image_size": 32, "patch_size": 4, "embed_dim": 8, "window_size": 4}
    swin = SwinForImageClassification(SwinConfig(**shape, depths=[1, 1], num_heads=[2, 2]))
    folder = saved(tmp_path / "swin", swin)
    with pytest.raises(ModelError, match="swin cannot be explained: Swin.* is not a plain vision"):
        explain(photo, tmp_path / "out.png", folder)


def test_a_processor_that_does_not_fit_its_model_is_named(photo, tmp_path):
    folder = saved(tmp_path / "wrong", tiny("vit"), size=48)
    with pytest.raises(ModelError, match="wrong cannot be explained: .*48"):
        explain(photo, tmp_path / "out.png", folder)


def test_a_full_disk_leaves_what_was_there(folder, photo, tmp_path, small_disk):
    out = tmp_path / "out.png"
    out.write_bytes(b"before")
    with small_disk(2000), pytest.raises(OutputError, match="could not be written .* before is as it was"):
        explain(photo, out, folder)
    assert out.read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == [photo.name, "out.png"]


def test_a_link_is_followed_not_replaced(tmp_path):
    (tmp_path / "real.png").write_bytes(b"old")
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    write_whole(tmp_path / "link.png", b"new")
    assert (tmp_path / "link.png").is_symlink() and (tmp_path / "real.png").read_bytes() == b"new"


@pytest.mark.parametrize(("text", "expected"), [
    ("a\nb\tc  d", "a b c d"), ("می‌شود", "می‌شود"), ("\x00\x1b[31m", "??[31m"), ("\udcff", "?")])
def test_text_from_outside_is_made_plain(text, expected):
    assert explain_page.plain(text) == expected


@pytest.mark.parametrize(("name", "expected"), [
    ("tabby, tabby cat", "tabby"), (", x", ", x"), ("x" * 50, "x" * 33 + "…"), ("", "")])
def test_names_of_classes_are_short(name, expected):
    assert explain_page.short(name) == expected


def call(*arguments):
    return CliRunner().invoke(app, ["vit", "explain", *map(str, arguments)])


def test_the_command_writes_the_file_and_prints_the_classes(folder, photo, tmp_path):
    result = call(photo, "--out", tmp_path / "out.svg", "--model", folder, "--lang", "fa")
    assert result.exit_code == 0, result.output
    assert result.output.count("%") == 5 and f"written to {tmp_path / 'out.svg'}" in result.output


BAD = {
    "no photo": (lambda path: None, "there is no photo"),
    "no picture": (lambda path: path.write_text("hello"), "is no photo in one of the formats"),
    "half a picture": (lambda path: path.write_bytes(_png()[:200]), "is broken"),
    "a huge one": (lambda path: Image.new("1", (9000, 9000)).save(path), "9000 x 9000 pixels, and at most"),
}


def _png() -> bytes:
    with io.BytesIO() as out:
        Image.effect_noise((64, 64), 50).save(out, "PNG")
        return out.getvalue()


@pytest.mark.parametrize("name", BAD)
def test_a_bad_photo_is_one_clear_message(name, folder, tmp_path):
    make, message = BAD[name]
    make(tmp_path / "photo.png")
    result = call(tmp_path / "photo.png", "--out", tmp_path / "out.html", "--model", folder)
    text = " ".join(result.output.split())
    assert result.exit_code == 2 and re.search(message, text), text
    assert "Traceback" not in text and not (tmp_path / "out.html").exists()


@pytest.mark.parametrize(("model", "message"), [
    ("google/vit-base-patch16-224", "the model google/vit-base-patch16-224 is not at hand"),
    ("./nowhere", "nowhere does not exist; a folder with"), ("empty", "holds no whole model"),
])
def test_a_model_that_is_not_there_is_one_clear_message(model, message, photo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("attngen.vision.pretrained.constants.HF_HUB_OFFLINE", True)
    (tmp_path / "empty").mkdir()
    result = call(photo, "--out", tmp_path / "out.png", "--model", model)
    assert result.exit_code == 2 and message in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_a_slip_in_the_name_of_the_books_own_model_is_pointed_out(photo, tmp_path, monkeypatch):
    monkeypatch.setattr("attngen.vision.pretrained.constants.HF_HUB_OFFLINE", True)
    result = call(photo, "--out", tmp_path / "out.png", "--model", "compakt")
    assert result.exit_code == 2 and "did you mean 'compact'" in " ".join(result.output.split())


def test_mistakes_in_the_line_are_answered_without_torch(photo, tmp_path):
    lines = [[photo, "--out", tmp_path / "out.jpg"], [tmp_path / "none.png", "--out", tmp_path / "out.png"]]
    for line in lines:
        arguments = [sys.executable, "-X", "importtime", "-m", "attngen.cli", "vit", "explain", *map(str, line)]
        done = subprocess.run(arguments, capture_output=True, text=True)
        assert done.returncode == 2 and "attngen: " in done.stderr
        assert not re.search(r"\| +(torch|transformers)$", done.stderr, re.M)
