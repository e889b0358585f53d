"""Which paragraphs are no prose, and which say the same."""
import numpy as np
import pytest
from attngen.persian.duplicates import containment, jaccard, near_duplicates, shingles, signature
from attngen.persian.paragraphs import identity, reason_to_drop
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=40, deadline=None)
PROSE = "این شهر در شمال کشور است و مردم آن به کشاورزی و ماهی‌گیری می‌پردازند."
WORDS = st.lists(st.sampled_from("آب باد خاک آتش سنگ رود کوه دشت شهر راه".split()), min_size=1, max_size=30)


@pytest.mark.parametrize(("raw", "cleaned", "reason"), [
    (PROSE, PROSE, ""),
    (PROSE + " (به انگلیسی: City)", PROSE, ""),
    ("مهندسی برق • مهندسی شیمی • مهندسی عمران • مهندسی مکانیک • مهندسی هوافضا • نجوم", "", "links"),
    ("این یک مقالهٔ خرد ژنتیک است. می‌توانید با گسترش آن به ویکی‌پدیا کمک کنید.", PROSE, "notice"),
    ("منابع:", "منابع", "notice"),
    ("منابع آب این شهر از رودخانه‌ای است که از کوه‌های شمال به سوی آن می‌آید و", PROSE, ""),
    ("^ Smith J (۲۰۱۱). شرح کوتاهی از زندگی او در این کتاب آمده است و خواندنی است", PROSE, "notice"),
    ("Ranwez V, Delsuc F, Ranwez S (مارس ۲۰۰۷). OrthoMaM. BMC Biology 7: 241.", "مارس", "foreign"),
    ("جمعیت شهر", "جمعیت شهر", "short"),
    ("", "", "short"),
])  # fmt: skip
def test_the_reason_to_drop_a_paragraph(raw, cleaned, reason):
    assert reason_to_drop(raw, cleaned) == reason


def test_letters_and_digits_are_what_makes_a_paragraph():
    assert identity("می‌رود، ۵ بار (و) بازمی‌گردد.") == identity("می رود ۵ بار «و» باز می‌گردد")
    assert identity("می‌رود") != identity("می‌روند")
    assert len(identity(PROSE)) == 16


def by_hand(text: str, count: int) -> set[str]:
    words = text.split()
    return {" ".join(words[i : i + count]) for i in range(max(1, len(words) - count + 1))}


@few
@given(one=WORDS, other=WORDS)
def test_shingles_overlap_as_word_sequences_do(one, other):
    texts = " ".join(one), " ".join(other)
    a, b = (shingles(text, 3) for text in texts)
    x, y = (by_hand(text, 3) for text in texts)
    assert len(a) == len(x) and len(a & b) == len(x & y)
    assert jaccard(a, b) == len(x & y) / len(x | y)
    assert containment(a, b) == len(x & y) / len(x)


def test_equal_values_of_minhash_estimate_the_jaccard_index():
    one, other = (set(range(start, start + 300)) for start in (0, 100))
    spread = lambda items: {hash((item, "x")) % 2**64 for item in items}  # noqa: E731  (uniform, as shingles are)
    one, other = spread(one), spread(other)
    same = signature(one, 4096) == signature(other, 4096)
    assert abs(same.mean() - jaccard(one, other)) < 0.05
    assert np.array_equal(signature(one), signature(set(one)))
    assert len(set(signature(set()).tolist())) == 1


def test_near_duplicates_are_found_and_others_are_not():
    long = " ".join(f"واژه{i}" for i in range(80))
    changed = long.replace("واژه40", "دیگر")
    texts = [long, PROSE, changed, " ".join(f"سخن{i}" for i in range(80)), changed, PROSE]
    assert near_duplicates(texts) == {2: 0, 4: 0, 5: 1}
    assert near_duplicates(texts, threshold=1.0) == {4: 2, 5: 1}
    assert near_duplicates([]) == {}
