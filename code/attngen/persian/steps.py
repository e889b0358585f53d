"""Steps that mend the characters of a Persian text.  Each is a small pure function, str -> str.

Every step is idempotent and invents nothing: what comes out are characters that went in, or those to which a
table of this file maps them.  A step that removes something from between two words leaves one space.
``marks`` has the steps for punctuation, ``markup`` those that remove whole pieces; ``clean`` puts all in order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import wraps

ZWNJ = "\u200c"  # the half-space: "zero width non-joiner"
FATHATAN = "\u064b"  # the tanvin of «حتماً»
HAMZA = "\u0654"  # the small hamza above «هٔ», a character of its own
LETTERS = "ءآأؤئابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیۀ"
DIGITS = "۰۱۲۳۴۵۶۷۸۹"

Step = Callable[[str], str]


def settled(step: Step) -> Step:
    """The step, repeated until nothing changes: what a removal brings together may be noise in its turn."""

    @wraps(step)
    def repeated(text: str) -> str:
        while (after := step(text)) != text:
            text = after
        return text

    return repeated


def nfc(text: str) -> str:
    """Compose what is written in two characters: «ا» + combining maddah -> «آ» (Unicode Normalization Form C).

    Part of Wikipedia's copies is in the decomposed form NFD.  To a model both would be different words.
    """
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200d-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffd\xa0\u2000-\u200a\u202f\u205f\u3000]+"
)
_SPACES = re.compile("[\t\r\x0b\x0c\x85\xa0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")


def invisible(text: str) -> str:
    """Remove what has no picture: directional marks, soft hyphens, zero-width joiners and spaces, the BOM.

    Two words that look the same must be the same.  Spaces of every other width become the ordinary one; the
    half-space, which Persian needs, and line ends stay.
    """
    return _UNSEEN.sub(lambda match: " " if _SPACES.search(match[0]) else "", text)


def _same(targets: str, *sources: str) -> dict[int, str]:
    return {ord(c): target for target, source in zip(targets, sources, strict=True) for c in source}


# Letters of Arabic, Urdu, Pashto and Kurdish keyboards -> the Persian letter for which they are typed.
ARABIC = _same(
    "یکهاوگرنتدلفۀ", "يىېۍێےۓؠ", "كڪ", "ةہھۃە", "إٱٲٳ", "ۆۇۋۊۉۅ", "ګ", "ڕڑړ", "ںڼڻ", "ٹټٺ", "ڈډ", "ڵڶ", "ڤڢ", "ۂ",
)  # fmt: skip
# Letters as printing types (U+FB50.., U+FE70..): their compatibility decomposition, where that is letters alone.
FORMS = {
    code: form
    for code in [*range(0xFB50, 0xFBB2), *range(0xFBD3, 0xFDF0), *range(0xFE80, 0xFEFD)]
    if (form := unicodedata.normalize("NFKC", chr(code)).translate(ARABIC)) and form.isalpha()
}
LETTER_TABLE = ARABIC | FORMS
_ARABIC = re.compile("[" + "".join(map(chr, LETTER_TABLE)) + "]|[هی]" + HAMZA)


def letters(text: str) -> str:
    """Write each letter in one way: «ي ك ة» of an Arabic keyboard become «ی ک ه», «هٔ» becomes the one character «ۀ».

    A reader sees no difference between «كتاب» and «کتاب»; a vocabulary has two words.  The composed «ۀ» is
    what a Persian keyboard has, half as many bytes, and no tool takes its hamza for a stray mark.
    """
    if not _ARABIC.search(text):
        return text
    return text.translate(LETTER_TABLE).replace("ه" + HAMZA, "ۀ").replace("ی" + HAMZA, "ئ")


_MARKS = re.compile("[\u0610-\u061a\u064c-\u065f\u0670\u06d6-\u06ed\u08d3-\u08ff]|(?<![اءئۀ])\u064b")


def diacritics(text: str) -> str:
    """Remove vowel marks, which are written now and then and split a word in two: «بُزرگ», «بزرگ».

    The tanvin of «حتماً» stays, where it stands after an alef or a hamza: orthography asks for it there, and
    writers set it nearly always.  «اولًا», with both the other way round, is put in order.
    """
    if FATHATAN + "ا" in text:
        text = text.replace(FATHATAN + "ا", "ا" + FATHATAN)
    return _MARKS.sub("", text)


ARABIC_DIGITS = str.maketrans("0123456789٠١٢٣٤٥٦٧٨٩", DIGITS * 2)
_NUMBER = re.compile("(?<![A-Za-z0-9])(?<![A-Za-z]-)[0-9]++(?!-?[A-Za-z])|[٠-٩]+")


def digits(text: str) -> str:
    """Write numbers in Persian digits, «1398» and «١٣٩٨» as «۱۳۹۸»; those of a name such as CO2 stay."""
    return _NUMBER.sub(lambda match: match[0].translate(ARABIC_DIGITS), text)


def tatweel(text: str) -> str:
    """Remove the stroke that stretches a word: «ســـلام» is «سلام»."""
    return text.replace("ـ", "") if "ـ" in text else text


_LOOSE = re.compile(f"{ZWNJ}++(?![\\w{FATHATAN}])|(?<![\\w{FATHATAN}]){ZWNJ}++|(?<={ZWNJ}){ZWNJ}+")


def half_spaces(text: str) -> str:
    """Keep one half-space where there are two, and none at the edge of a word, where it parts nothing.

    After a letter that does not join («کار‌ها») it changes no shape but tells the ending apart, and stays.
    """
    return _LOOSE.sub("", text) if ZWNJ in text else text
