"""Persian digits, for what is shown to a reader of Persian.

Numbers stay Latin in code, formulas and outputs; in sentences and on figures they are
written with the reader's digits, ``٫`` as decimal mark, ``٬`` between thousands and ``٪``.
"""
from __future__ import annotations

import re

_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_MARKS = str.maketrans(".,%", "٫٬٪")
# A run of digits with its own marks; not one that belongs to a name (h32, ETTh1, 2x, v1.2).
_NUMBER = re.compile(r"(?<![A-Za-z0-9_])(?<![A-Za-z_]\d\.)\d+(?:[.,]\d+)*%?(?![A-Za-z0-9_]|\.\d)")


def persian_number(number: str) -> str:
    """A formatted number in Persian writing: ``-1,234.5%`` becomes ``−۱٬۲۳۴٫۵٪``."""
    return number.translate(_DIGITS).translate(_MARKS).replace("-", "−")


def persian_text(text: str) -> str:
    """Free text with its numbers in Persian writing; digits inside Latin names stay."""
    return _NUMBER.sub(lambda match: match[0].translate(_DIGITS).translate(_MARKS), text)
