"""The cleaning steps: what each removes, and what all of them promise for any text."""
import unicodedata
from collections import Counter

import pytest
from attngen.persian import marks, markup, steps
from attngen.persian.clean import STEPS, Counts, Pipeline
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=60, deadline=None)
PIECES = [
    "سلام", "می\u200cرود", "هٔ", "آ", "ي", "ك", "ة", "ﻻ", "حتماً", "اولًا", "بُزرگ", "ســلام", "\u200c", "\u200f", "\ufeff", "\u00ad",
    "(", ")", "[", "]", "«", "»", "{", "}", "<", ">", "،", ".", "؛", ":", "؟", "...", "…", "-", "–", "—", "/", "%", "٪", ",", '"',
    " ", "  ", "\n", "\t", "\u00a0", "1398", "۱۲", "٣", "1,234", "DNA", "CO2", "IL-6", "Escherichia coli", "A", "α", "é", "中",
    "[۱]", "[نیازمند منبع]", "[یادداشت 4]", "(به انگلیسی: Concrete)", "{\\displaystyle ", "a_{1}", "}}", "{{جا:", "[[", "]]", "|",
    "<ref>", "</ref>", "<br/>", "&nbsp;", "''", "==", "https://a.b/c", "www.", "a@b.org", "doi:10.1/x", "\u0653", "\u0654", "•", "🙂",
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=14).map("".join)
MAPS = {
    "letters": {**steps.LETTER_TABLE, ord("ی"): "یئ", ord("ه"): "هۀ"},
    "digits": steps.ARABIC_DIGITS,
    "marks": {**marks.MARKS, ord(","): "،٬"},
}


def possible(name: str, text: str) -> Counter:
    """How often a step may put out each character but the space: as often as it came in, or as its table allows."""
    text = unicodedata.normalize("NFC", text) if name == "nfc" else text
    return Counter(text) + Counter(text.translate(MAPS.get(name, {})))


@pytest.mark.parametrize("name", STEPS)
@few
@given(text=TEXTS)
def test_a_step_is_idempotent(name, text):
    once = STEPS[name](text)
    assert STEPS[name](once) == once


@pytest.mark.parametrize("name", STEPS)
@few
@given(text=TEXTS)
def test_a_step_invents_no_character(name, text):
    out = STEPS[name](text)
    assert not Counter(out.replace(" ", "")) - possible(name, text)
    if name not in ("nfc", "letters"):   # a composition exclusion or a ligature is written in more characters
        assert len(out) <= len(text)


@few
@given(text=TEXTS)
def test_the_pipeline_leaves_the_alphabet_alone(text):
    out = Pipeline()(text)
    assert set(out) <= set(marks.ALPHABET) | {c for c in out if c.isascii() and c.isalnum()}
    assert "  " not in out and "\n\n" not in out and out == out.strip()
    assert unicodedata.is_normalized("NFC", out)


@few
@given(text=TEXTS)
def test_counting_changes_nothing_and_adds_up(text):
    counts = Counts()
    out = Pipeline()(text, counts)
    assert out == Pipeline()(text)
    assert sum(counts.removed.values()) == len(text) - len(out)
    assert set(counts.touched) <= set(STEPS) and max(counts.touched.values(), default=1) == 1


@pytest.mark.parametrize(("name", "before", "after"), [
    ("nfc", "ا\u0653ب", "آب"),
    ("invisible", "\ufeffسلام\u200f \u00adدنیا\u00a0ی\u200cما", "سلام دنیا ی\u200cما"),
    ("tex", "ضریب a 1 {\\displaystyle a_{1}} است", "ضریب  است"),
    ("tex", "اگر {\\displaystyle \\{x\\}} و {\\displaystyle {y}", "اگر  و "),
    ("tex", "یک {\\displaystyle a\nدو }", "یک \nدو }"),
    ("markup", "<b>متن</b> [[تهران|پایتخت]] ''کج''{{الگو|x}}&nbsp;", " متن  پایتخت  کج   "),
    ("markup", "متن<ref name='a'>کتاب</ref> <!-- یادداشت --> ۳ < ۵ > ۲", "متن    ۳ < ۵ > ۲"),
    ("addresses", "نک: https://fa.wikipedia.org/wiki/A و info@site.ir", "نک:   و  "),
    ("references", "گفت.[۱][۲] رفت[یادداشت ۴] آمد[نیازمند منبع] [خود او]", "گفت.   رفت  آمد  [خود او]"),
    ("foreign brackets", "بتن (به انگلیسی: Concrete) و (EMSA) و (آن DNA که دیدیم)", "بتن   و   و (آن DNA که دیدیم)"),
    ("foreign brackets", "فایفر (به انگلیسی: Pfeiffer؛ زادهٔ ۱۹۵۸) و (۱۹۹۲)", "فایفر ( زادهٔ ۱۹۵۸) و (۱۹۹۲)"),
    ("foreign runs", "باکتری Escherichia coli با DNA و mRNA. کتاب Über x", "باکتری   با DNA و mRNA. کتاب  "),
    ("letters", "كتاب علي در ةتوکیو خانهٔ ﻻ", "کتاب علی در هتوکیو خانۀ لا"),
    ("diacritics", "حتماً بُزرگ، اولًا کتاباً مٌ", "حتماً بزرگ، اولاً کتاباً م"),
    ("digits", "1398 و ٢ و CO2 و IL-6 و 5-HT و 11A", "۱۳۹۸ و ۲ و CO2 و IL-6 و 5-HT و 11A"),
    ("tatweel", "ســلام", "سلام"),
    ("marks", "1,234 و الف, ب; چرا? ۵%", "1٬234 و الف، ب؛ چرا؟ ۵٪"),
    ("symbols", "الف→ب🙂 • پ", "الف ب    پ"),
    ("brackets", "(الف) ب) (پ\n(ت", "(الف) ب پ\nت"),
    ("punctuation", "بتن ( ؛ ) است.. و،، (، زاده) » «»", "بتن   است. و، (زاده) »  "),
    ("half-spaces", "\u200cمی\u200c\u200cرود\u200c کتاب \u200cها کار\u200cها DNA\u200cها", "می\u200cرود کتاب ها کار\u200cها DNA\u200cها"),
    ("spaces", " الف  ب ، پ ( ت )\n\n « ث » \n", "الف ب، پ (ت)\n«ث»"),
])  # fmt: skip
def test_what_a_step_does(name, before, after):
    assert STEPS[name](before) == after


def test_prose_without_noise_stays_as_it_is():
    text = "حتماً می\u200cرود؛ خانۀ ما (در ۱۳۹۸) «بزرگ» بود: ۲٫۵ متر، ۵٪ و DNA.\nپاراگراف دوم…"
    assert Pipeline()(text) == text


def test_a_pipeline_of_chosen_steps():
    assert Pipeline().only("tatweel", "digits")("ســلام 1 (x)") == "سلام ۱ (x)"
    with pytest.raises(KeyError, match="stemming"):
        Pipeline().only("stemming")


def test_removals_are_repeated_until_nothing_is_left():
    assert markup.markup("{{الف {{ب}} پ}}ت").strip() == "ت"
    assert markup.references("[[۱]۲]").strip() == ""


def test_a_long_nested_text_ends():
    assert Pipeline()("(" * 2000 + "متن" + ")" * 1999)
    assert Pipeline()("{\\displaystyle " * 300 + "}" * 300) == ""
