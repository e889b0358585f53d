"""Photos: free ones that other packages bring along, and whatever file a reader has.

A file from outside is never trusted: only the common formats are tried, its size is asked before a pixel is
decoded, and every failure is a ``PhotoError`` that names the file and says what was expected.
"""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
LARGEST = 64_000_000  # pixels: more than a good camera has; as RGB this is 200 MB of memory
SMALLEST = 16  # pixels of the shorter side: one patch of a ViT-B/16
LONGEST = 20  # the longer side over the shorter


class PhotoError(OSError):
    """A photo that cannot be had or used; the message says why, and what would do."""


@dataclass(frozen=True)
class Photo:
    """A photo that may be shown and printed.  ``title`` is (Persian, English)."""

    name: str
    image: Image.Image
    title: tuple[str, str]
    author: str
    licence: str
    origin: str


# name: package, file, title, author, licence, where it comes from; all as the packages state it
_FREE = {
    "chelsea": ("skimage", "data/chelsea.png", ("گربه‌ای به نام چلسی", "a cat called Chelsea"),
                "Stefan van der Walt", "CC0 1.0", "scikit-image"),
    "coffee": ("skimage", "data/coffee.png", ("فنجان قهوه", "a cup of coffee"),
               "Rachel Michetti, at Pikolo Espresso Bar", "CC0 1.0", "scikit-image"),
    "astronaut": ("skimage", "data/astronaut.png", ("آیلین کالینز، فضانورد", "Eileen Collins, astronaut"),
                  "NASA", "public domain", "https://flic.kr/p/r9qvLn"),
    "rocket": ("skimage", "data/rocket.jpg", ("پرتاب موشک فالکون ۹", "launch of a Falcon 9"),
               "SpaceX", "public domain", "https://www.flickr.com/photos/spacexphotos/16511594820/"),
    "camera": ("skimage", "data/camera.png", ("مردی با دوربین", "a man with a camera"),
               "Lav Varshney", "CC0 1.0", "scikit-image"),
    "china": ("sklearn", "datasets/images/china.jpg", ("کوشکی در چین", "a pavilion in China"),
              "danielbuechele", "CC BY 2.0", "https://www.flickr.com/photos/danielbuechele/6061409035/"),
    "flower": ("sklearn", "datasets/images/flower.jpg", ("یک گل", "a flower"),
               "vultilion", "CC BY 2.0", "https://www.flickr.com/photos/vultilion/6056698931/"),
}  # fmt: skip


@cache
def free_photos() -> dict[str, Photo]:
    """The photos that lie in the packages scikit-image and scikit-learn, by name; nothing is fetched."""
    photos = {}
    for name, (package, file, *rest) in _FREE.items():
        photos[name] = Photo(name, open_photo(_folder(package) / file), *rest)
    return photos


def _folder(package: str) -> Path:
    """Where an installed package lies; found without importing it, which would take seconds."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise PhotoError(f"the package {package}, which brings some of the photos, is not installed")
    return Path(spec.submodule_search_locations[0])


def open_photo(path: str | Path) -> Image.Image:
    """The photo in a file, upright and RGB.

    Grey levels become RGB, those of 16 bits or of fractions are scaled; what is transparent lies on white; of
    an animation it is the first picture; turned as its EXIF data says.  Raises PhotoError for anything else.
    """
    path = Path(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of broken EXIF data and of sizes, which are judged here
            with Image.open(path, formats=FORMATS) as picture:
                _check_size(path, *picture.size)
                picture.load()
                return _as_rgb(ImageOps.exif_transpose(picture))
    except PhotoError:
        raise
    except FileNotFoundError as error:
        raise PhotoError(f"there is no photo {path}") from error
    except IsADirectoryError as error:
        raise PhotoError(f"{path} is a folder; a photo was expected") from error
    except PermissionError as error:
        raise PhotoError(f"{path} may not be read by this user") from error
    except Image.DecompressionBombError as error:
        raise PhotoError(f"{path} unpacks to far more than {LARGEST:,} pixels; make it smaller") from error
    except Image.UnidentifiedImageError as error:
        raise PhotoError(f"{path} is no photo in one of the formats {', '.join(FORMATS)}") from error
    except Exception as error:  # broken files make the decoders fail in every way there is
        raise PhotoError(f"{path} is broken: {error or type(error).__name__}") from error


def _check_size(path: Path, width: int, height: int) -> None:
    short, long = sorted((width, height))
    size = f"{path} has {width} x {height} pixels"
    if width * height > LARGEST:
        raise PhotoError(f"{size}, and at most {LARGEST:,} in all are taken; make it smaller")
    if short < SMALLEST:
        raise PhotoError(f"{size}; each side must have at least {SMALLEST}")
    if long > LONGEST * short:
        raise PhotoError(f"{size}; one side may be at most {LONGEST} times the other: cut out what matters")


def _as_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith(("I", "F")):  # Pillow would cut these levels off at 255
        levels = np.asarray(picture, np.float32)
        white = np.nanmax(levels, initial=65535 if picture.mode.startswith("I") else 1)
        levels = np.nan_to_num(levels).clip(0, white) * (255 / white)
        picture = Image.fromarray(levels.round().astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture.convert("RGB")
