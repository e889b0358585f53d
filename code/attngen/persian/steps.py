"""Steps that mend the characters of a Persian text: small pure functions, str -> str.

Every step is idempotent and invents nothing: what comes out are characters that went in,
or those to which a table of this file maps them.  A step that removes something from
between two words leaves one space.  ``marks`` has the steps for punctuation, ``markup``
those that remove whole pieces; ``clean`` puts all in order.
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
    """The step, repeated until nothing changes.

    What a removal brings together may be noise in its turn.
    """

    @wraps(step)
    def repeated(text: str) -> str:
        while (after := step(text)) != text:
            text = after
        return text

    return repeated


def nfc(text: str) -> str:
    """Compose what is written in two characters: «ا» + combining maddah -> «آ».

    Part of Wikipedia's copies is in Unicode's decomposed form, NFD.  To a reader nothing
    changes; to a model «آب» would be two words.
    """
    return unicodedata.normalize("NFC", text)


_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200d-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffd\xa0\u2000-\u200a\u202f\u205f\u3000]"
)
_SPACE = re.compile("[\t\r\x0b\x0c\x85\xa0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")


def invisible(text: str) -> str:
    """Remove what has no picture: directional marks, soft hyphens, joiners, the BOM.

    Two words that look the same must be the same.  Spaces of other widths become the
    ordinary one; the half-space, which Persian needs, and line ends stay.
    """
    return _UNSEEN.sub(lambda match: " " if _SPACE.match(match[0]) else "", text)


# Letters of Arabic, Urdu, Pashto and Kurdish keyboards, by the Persian letter that is meant.
_TYPED = {
    "ی": "يىېۍێےۓؠ", "ک": "كڪ", "ه": "ةہھۃە", "ا": "إٱٲٳ", "و": "ۆۇۋۊۉۅ", "گ": "ګ", "ر": "ڕڑړ",
    "ن": "ںڼڻ", "ت": "ٹټٺ", "د": "ڈډ", "ل": "ڵڶ", "ف": "ڤڢ", "ۀ": "ۂ",
}  # fmt: skip
ARABIC = {ord(typed): letter for letter, others in _TYPED.items() for typed in others}
# Letters as printing types: their compatibility decomposition, where that is letters alone.
_TYPES = [*range(0xFB50, 0xFBB2), *range(0xFBD3, 0xFDF0), *range(0xFE80, 0xFEFD)]
_DECOMPOSED = {code: unicodedata.normalize("NFKC", chr(code)).translate(ARABIC) for code in _TYPES}
FORMS = {code: letters for code, letters in _DECOMPOSED.items() if letters.isalpha()}
LETTER_TABLE = ARABIC | FORMS
_ARABIC = re.compile("[" + "".join(map(chr, LETTER_TABLE)) + "]")


def letters(text: str) -> str:
    """Write each letter in one way: «ي ك ة» of an Arabic keyboard become «ی ک ه».

    A reader sees no difference between «كتاب» and «کتاب»; a vocabulary has two
    words.  «هٔ» becomes «ۀ», one character: half the bytes, and no tool takes its
    hamza for a stray mark.
    """
    text = _ARABIC.sub(lambda match: LETTER_TABLE[ord(match[0])], text)
    if HAMZA in text:
        text = text.replace("ه" + HAMZA, "ۀ").replace("ی" + HAMZA, "ئ")
    return text


_MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u08d3-\u08ff]")
_SWAPPED = re.compile(FATHATAN + r"ا(?!\w)")
_BEFORE_TANVIN = frozenset("اءئۀ")


def diacritics(text: str) -> str:
    """Remove vowel marks, written now and then: «بُزرگ» is the word «بزرگ».

    The tanvin of «حتماً» stays after an alef or a hamza: orthography asks for it
    there, and Wikipedia's writers set it.  «اولًا», with both the other way round,
    is put in order.
    """
    if FATHATAN + "ا" in text:
        text = _SWAPPED.sub("ا" + FATHATAN, text)
    return _MARKS.sub(_kept_mark, text)


def _kept_mark(match: re.Match) -> str:
    before = match.string[max(0, match.start() - 1) : match.start()]
    return match[0] if match[0] == FATHATAN and before in _BEFORE_TANVIN else ""


ARABIC_DIGITS = str.maketrans("0123456789٠١٢٣٤٥٦٧٨٩", DIGITS * 2)
_NUMBER = re.compile("[0-9٠-٩][0-9٠-٩]*")
_NAME_BEFORE, _NAME_AFTER = re.compile("[A-Za-z]-?$"), re.compile("-?[A-Za-z]")


def digits(text: str) -> str:
    """Write numbers in Persian digits: «1398» and «١٣٩٨» as «۱۳۹۸».

    A number would else be three different words.  Digits of a name such as CO2 stay.
    """
    return _NUMBER.sub(_persian_number, text)


def _persian_number(match: re.Match) -> str:
    text, (start, end) = match.string, match.span()
    named = _NAME_AFTER.match(text, end) or _NAME_BEFORE.search(text, max(0, start - 2), start)
    return match[0] if match[0].isascii() and named else match[0].translate(ARABIC_DIGITS)


def tatweel(text: str) -> str:
    """Remove the stroke that stretches a word: «ســـلام» is «سلام»."""
    return text.replace("ـ", "") if "ـ" in text else text


# A pattern begins with the character that is sought: the engine then skips to it fast.
_LOOSE = re.compile(f"{ZWNJ}(?:(?![\\w{FATHATAN}])|(?<![\\w{FATHATAN}]{ZWNJ}))")


def half_spaces(text: str) -> str:
    """Keep one half-space where there are two, and none at the edge of a word.

    There it parts nothing.  After a letter that does not join, as in «کار‌ها», it
    changes no shape but still tells the ending apart, and stays.
    """
    if ZWNJ not in text:
        return text
    while ZWNJ * 2 in text:
        text = text.replace(ZWNJ * 2, ZWNJ)
    return _LOOSE.sub("", text)
