"""Photos of every kind, and files that are none: an upright RGB picture, or an error that says why."""
import io
import struct
import zlib

import numpy as np
import pytest
from attngen.vision import photos
from attngen.vision.photos import LARGEST, SMALLEST, PhotoError, free_photos, open_photo
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

few = settings(max_examples=40, deadline=None)


def ramp(height=24, width=40) -> np.ndarray:
    """Every pixel another colour, top left darkest."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows * 5, columns * 5, rows + columns], -1).astype(np.uint8)


def saved(path, image: Image.Image, **options):
    image.save(path, **options)
    return path


@pytest.mark.parametrize("ending", ["png", "webp", "bmp", "tiff", "ppm"])
def test_lossless_formats_give_their_pixels(tmp_path, ending):
    options = {"lossless": True} if ending == "webp" else {}
    path = saved(tmp_path / f"a.{ending}", Image.fromarray(ramp()), **options)
    photo = open_photo(path)
    assert photo.mode == "RGB" and np.array_equal(photo, ramp())
    assert np.array_equal(open_photo(str(path)), photo)


def test_a_name_says_nothing_about_the_format(tmp_path):
    path = saved(tmp_path / "a.jpg", Image.fromarray(ramp()), format="PNG")
    assert np.array_equal(open_photo(path), ramp())


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "YCbCr", "LA", "RGBA", "RGBX"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    source = Image.fromarray(ramp())
    ending = "tiff" if mode in ("CMYK", "YCbCr", "RGBX") else "png"
    image = source.convert(mode)
    photo = open_photo(saved(tmp_path / f"a.{ending}", image))
    assert photo.mode == "RGB" and photo.size == (40, 24)
    expected = np.asarray(image.convert("RGB"), int)
    assert np.abs(np.asarray(photo, int) - expected).max() <= 3


@few
@given(st.integers(0, 255), st.tuples(*[st.integers(0, 255)] * 3))
def test_what_is_transparent_lies_on_white(tmp_path_factory, alpha, colour):
    path = tmp_path_factory.mktemp("photo") / "a.png"
    photo = open_photo(saved(path, Image.new("RGBA", (20, 20), (*colour, alpha))))
    expected = [(c * alpha + 255 * (255 - alpha)) / 255 for c in colour]
    assert np.abs(np.asarray(photo)[0, 0] - expected).max() <= 1


def test_a_transparent_colour_of_a_palette_is_white(tmp_path):
    image = Image.new("P", (20, 20), 0)
    image.putpalette([10, 20, 30, 200, 0, 0])
    image.paste(1, (0, 0, 20, 10))
    photo = np.asarray(open_photo(saved(tmp_path / "a.gif", image, transparency=0)))
    assert photo[0, 0].tolist() == [200, 0, 0] and photo[-1, -1].tolist() == [255, 255, 255]


def test_sixteen_bits_are_scaled_and_not_cut_off(tmp_path):
    levels = np.linspace(0, 65535, 24 * 40).astype(np.uint16).reshape(24, 40)
    photo = np.asarray(open_photo(saved(tmp_path / "a.png", Image.fromarray(levels))))
    assert np.abs(photo[..., 0] - levels / 257).max() <= 0.5001
    assert (photo == photo[..., :1]).all()


def test_fractions_are_taken_between_black_and_the_brightest(tmp_path):
    levels = np.linspace(0, 1, 24 * 40, dtype=np.float32).reshape(24, 40)
    levels[0, 0] = np.nan
    photo = np.asarray(open_photo(saved(tmp_path / "a.tiff", Image.fromarray(levels))))
    assert photo.max() == 255 and photo[0, 0, 0] == 0
    assert np.abs(photo[1:, :, 0] - levels[1:] * 255).max() <= 0.51


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photo_stands_upright_whatever_its_exif_says(tmp_path, turn):
    """Orientation n of EXIF: how the stored rows and columns lie in the upright picture."""
    stored = {
        1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2), 6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2), 8: lambda a: np.rot90(a, -1),
    }[turn](ramp())  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = turn
    path = saved(tmp_path / "a.png", Image.fromarray(np.ascontiguousarray(stored)), exif=exif)
    assert np.array_equal(open_photo(path), ramp())


def test_of_an_animation_it_is_the_first_picture(tmp_path):
    first, second = Image.new("RGB", (20, 20), "red"), Image.new("RGB", (20, 20), "blue")
    path = saved(tmp_path / "a.webp", first, save_all=True, append_images=[second], lossless=True)
    assert open_photo(path).getpixel((5, 5)) == (255, 0, 0)


def bomb(width: int, height: int) -> bytes:
    """A whole PNG of a few kilobytes that unpacks to width x height zeros."""
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packed = zlib.compressobj(9)
    rows = b"".join(packed.compress(bytes(1 + width // 8)) for _ in range(height)) + packed.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(8000, 8008), (40_000, 40_000)])
def test_a_picture_that_would_fill_the_memory_is_never_unpacked(tmp_path, monkeypatch, width, height):
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(width, 8) if width > 10_000 else bomb(width, height))
    if width > 10_000:   # the header alone claims it: Pillow's own limit speaks
        content = bytearray(bomb(width, 8))
        content[16:24] = struct.pack(">II", width, height)
        content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
        path.write_bytes(content)
    monkeypatch.setattr(Image.Image, "convert", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(PhotoError, match=f"{LARGEST:,}.*make it smaller"):
        open_photo(path)


@pytest.mark.parametrize(("size", "words"), [
    ((SMALLEST - 1, 100), f"each side must have at least {SMALLEST}"),
    ((1, 1), "1 x 1 pixels"),
    ((16, 400), "one side may be at most 20 times the other"),
])
def test_too_small_and_too_long_pictures_are_refused(tmp_path, size, words):
    with pytest.raises(PhotoError, match=words) as caught:
        open_photo(saved(tmp_path / "a.png", Image.new("RGB", size)))
    assert str(tmp_path / "a.png") in str(caught.value)


def test_the_smallest_and_the_longest_that_are_taken(tmp_path):
    for size in ((SMALLEST, SMALLEST), (SMALLEST, 20 * SMALLEST)):
        assert open_photo(saved(tmp_path / "a.png", Image.new("RGB", size))).size == size


@pytest.mark.parametrize(("name", "content", "words"), [
    ("a.png", b"", "is no photo in one of the formats"),
    ("a.txt", "متن".encode(), "is no photo"),
    ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no photo"),
    ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 40 40\n%%EndComments\n", "is no photo"),
])
def test_a_file_of_another_kind_is_refused(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PhotoError, match=words):
        open_photo(path)


def encoded(kind: str) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, kind)
    return file.getvalue()


ENCODED = {kind: encoded(kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")}


@pytest.mark.parametrize("kind", ENCODED)
def test_a_file_that_is_cut_off_is_refused(tmp_path, kind):
    path = tmp_path / "a"
    path.write_bytes(ENCODED[kind][: len(ENCODED[kind]) // 2])
    with pytest.raises(PhotoError, match=str(path)):
        open_photo(path)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(ENCODED)), st.data())
def test_a_damaged_file_is_a_photo_or_a_photo_error(tmp_path_factory, kind, data):
    content = bytearray(ENCODED[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, min(len(content), 600) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("photo") / "a"
    path.write_bytes(content)
    try:
        photo = open_photo(path)
    except PhotoError as error:
        assert str(path) in str(error)
    else:
        assert photo.mode == "RGB" and min(photo.size) >= SMALLEST


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(PhotoError, match="there is no photo"):
        open_photo(tmp_path / "a.png")
    with pytest.raises(PhotoError, match="is a folder; a photo was expected"):
        open_photo(tmp_path)
    assert issubclass(PhotoError, OSError)   # so that the command line shows it as a message


def test_the_free_photos_are_those_of_the_packages():
    data = pytest.importorskip("skimage.data")
    from sklearn.datasets import load_sample_image

    found = free_photos()
    for name in ("chelsea", "coffee", "astronaut", "rocket", "camera"):
        expected = getattr(data, name)()
        image = np.asarray(found[name].image)
        assert np.array_equal(image if expected.ndim == 3 else image[..., 0], expected)
    for name in ("china", "flower"):
        assert np.array_equal(found[name].image, load_sample_image(f"{name}.jpg"))


def test_every_free_photo_may_be_shown():
    for name, photo in free_photos().items():
        assert photo.name == name and photo.image.mode == "RGB" and photo.author and photo.origin
        assert photo.licence in ("CC0 1.0", "public domain", "CC BY 2.0")
        persian, english = photo.title
        assert any("آ" <= letter <= "ی" for letter in persian) and english.isascii()


def test_a_missing_package_is_named(monkeypatch):
    free_photos.cache_clear()
    monkeypatch.setattr(photos.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PhotoError, match="the package skimage, which brings some of the photos, is not installed"):
        free_photos()
    monkeypatch.undo()
    assert free_photos()
