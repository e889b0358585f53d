"""In words of the page's language: where a recorded number comes from."""
from __future__ import annotations

from datetime import datetime

from attngen.digits import persian_number
from attngen.results import Result

MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "fa": "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر".split(),
}
COMPUTED_HERE = {"en": "computed by this page", "fa": "همین صفحه آن را حساب کرده است"}
# First-strong isolates keep a Latin command in one piece inside Persian words.
_SENTENCE = {"en": "preset {preset}, on {device}, {date}, with {command}",
             "fa": "پیش‌تنظیم \u2068{preset}\u2069، روی \u2068{device}\u2069، {date}، با فرمان \u2068{command}\u2069"}


def written_date(iso: str, language: str) -> str:
    """A date of the common calendar: 22 November 2026, ۲۲ نوامبر ۲۰۲۶."""
    day = datetime.fromisoformat(iso)
    text = f"{day.day} {MONTHS[language][day.month - 1]} {day.year}"
    return persian_number(text) if language == "fa" else text


def provenance(result: Result, language: str) -> str:
    """Preset, device, date and command of a run, as one phrase."""
    return _SENTENCE[language].format(preset=result.preset, device=result.device,
                                      date=written_date(result.date, language), command=result.command)
