"""What the pictures of heads share: the words on them, in both languages, and the recorded rows they show."""

from __future__ import annotations

from attngen import results

NAME = "heads-pig-latin"
KIND_NAMES = {
    "encoder": ("خودتوجهی رمزگذار", "encoder, self"),
    "decoder": ("خودتوجهی رمزگشا", "decoder, self"),
    "cross": ("توجه متقاطع", "decoder, cross"),
}
COLOURS = {"encoder": "blue", "decoder": "green", "cross": "vermilion"}
ROLE_NAMES = {
    "itself": ("خودش", "itself"), "before": ("پیشین", "before"), "after": ("پسین", "after"),
    "first": ("نخستین", "first"), "end": ("پایان", "end"), "start": ("آغاز", "start"),
    "copy": ("نوبت: رونویسی", "due: copy"), "move": ("نوبت: جابه‌جایی", "due: move"),
    "written": ("نوشته", "written"),
}  # fmt: skip
PHASE_NAMES = {
    "copy": ("رونویسی", "copy"), "move": ("جابه‌جایی", "move"), "ending": ("پسوند", "ending"),
    "stop": ("ایست", "stop"),
}  # fmt: skip
MEASURE_NAMES = {
    "loss": ("حذف یکی: زیان", "left out: loss"), "accuracy": ("حذف یکی: دقت", "left out: accuracy"),
    "alone": ("تنها ماندن", "kept alone"), "gradient": ("گرادیان دروازه", "gradient of the gate"),
    "gates": ("دروازهٔ آموخته", "learned gate"), "sharp": ("تیزی نگاه", "sharpness"),
}  # fmt: skip


def rows_of(result: results.Result, **wanted) -> list[dict]:
    """The rows of a recorded history that have these values."""
    history = result.history
    rows = [dict(zip(history, values, strict=True)) for values in zip(*history.values(), strict=True)]
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def head_name(T, row: dict) -> str:
    """layer:head, both counted from 1 as a reader counts."""
    return f"{T.number(int(row['layer']) + 1)}:{T.number(int(row['head']) + 1)}"
