"""What is measured of a tokenizer, on cases that can be counted by hand; the experiment; the export."""
import json
import math

import pytest
from attngen import results
from attngen.experiments import Context
from attngen.persian import bpe_run, bpe_speed, fertility, hugging_face
from attngen.persian.bpe import BPE, SMALLEST, train_bpe
from attngen.persian.bpe_run import BPE_PRESETS, BpeConfig, check_bpe, run_bpe
from attngen.persian.bpe_speed import BPE_SPEED_PRESETS, BpeSpeedConfig, first_bytes, rescan_seconds, run_bpe_speed
from attngen.persian.fertility import PLACES, is_partial, misspelled, prefix, swapped, zwnj_places
from attngen.persian.pretokenize import count_words, pretokenize
from hypothesis import given, settings
from hypothesis import strategies as st

TEXTS = {
    "train": ["کتاب‌ها را می‌خوانیم و می‌نویسیم؛ کتاب‌خانه‌ها کتاب‌های بسیار دارند.\nدر سال ۱۳۹۵ می‌خواندند."] * 4,
    "validation": ["نویسنده کتاب‌ها را می‌نویسد و خواننده می‌خواند."],
}
UNITS = ("byte", "character")
few = st.text(st.sampled_from("abب کی\u200c\n۱."), min_size=1, max_size=80)


@pytest.fixture(scope="module", params=UNITS)
def model(request):
    return train_bpe(TEXTS["train"], 400, request.param)


@pytest.fixture
def own_texts(monkeypatch):
    """Short documents in place of a corpus; what was asked for."""
    asked = []

    def documents(part, version="full", source="wikipedia"):
        asked.append((part, source))
        return TEXTS[part]

    for module in (bpe_run, bpe_speed):
        monkeypatch.setattr(module, "documents", documents)
        monkeypatch.setattr(module, "data_record", lambda source: {"text": f"of {source}"})
    return asked


@pytest.mark.parametrize("unit", UNITS)
@given(texts=st.lists(few, min_size=1, max_size=3), less=st.integers(0, 40))
@settings(max_examples=30)
def test_a_smaller_tokenizer_is_the_beginning_of_a_larger_one(unit, texts, less):
    large = train_bpe(texts, 400, unit)
    size = max(SMALLEST + len(large.characters), large.size - less)
    assert prefix(large, size).vocabulary == train_bpe(texts, size, unit).vocabulary


def test_a_tokenizer_cannot_be_smaller_than_its_bytes(model):
    with pytest.raises(ValueError, match="ids are bytes and characters"):
        prefix(model, SMALLEST + len(model.characters) - 1)


def test_fertility_counted_by_hand():
    pieces = count_words(["اب پ، اب."])   # words: "اب", " پ", " اب"; signs: "،", "."
    cuts = {"اب": "xy", " پ": "x", " اب": "xyz", "،": "x", ".": "xx"}
    found = fertility.fertility(pieces, cuts.__getitem__)
    assert found["tokens_per_word"] == (2 + 1 + 3) / 3
    assert found["whole_words"] == 1 / 3
    assert found["characters_per_token"] == 9 / 9
    with pytest.raises(ValueError, match="no word"):
        fertility.fertility(count_words(["۱۲ ؟!"]), list)


@given(text=few)
def test_fertility_of_bytes_is_bytes(text):
    pieces = count_words([text])
    if any(map(fertility.is_word, pieces)):
        found = fertility.fertility(pieces, BPE().encode)
        assert found["characters_per_token"] == pytest.approx(len(text) / len(text.encode()))


@pytest.mark.parametrize(("tokens", "places"), [
    (["می\u200c", "شود"], ["after"]), (["کتاب", "\u200cها"], ["before"]), (["می\u200cشود"], ["inside"]),
    (["می", "\u200c", "شود"], ["alone"]), (["می\u200c"], ["after"]), (["\u200cها"], ["before"]),
    (["نمی\u200cخوانده", "\u200c", "ایم"], ["inside", "alone"]), (["شود"], []), ([], []),
])
def test_places_of_the_half_space(tokens, places):
    assert zwnj_places([token.encode() for token in tokens]) == places


@given(word=st.text(st.sampled_from("ab\u200cکی"), max_size=12), data=st.data())
def test_every_half_space_has_one_place(word, data):
    code = word.encode()
    edges = sorted(data.draw(st.sets(st.integers(1, max(1, len(code) - 1)))) | {0, len(code)})
    tokens = [code[a:b] for a, b in zip(edges, edges[1:], strict=False)]
    places = zwnj_places(tokens)
    assert len(places) == word.count("\u200c") and set(places) <= set(PLACES)
    cut = any(code[start : start + 3] == b"\xe2\x80\x8c" and {start + 1, start + 2} & set(edges) for start in range(len(code)))
    assert ("cut" in places) == cut


@pytest.mark.parametrize(("token", "partial"), [
    (b"", False), ("اب".encode(), False), (b"\xd8", True), (b"\xa7", True), ("ا".encode() + b"\xd8", True),
    ("\ufffd".encode(), False), (b" a", False),
])
def test_parts_of_characters(token, partial):
    assert is_partial(token) == partial


def test_shares_add_up(model):
    train, validation = count_words(TEXTS["train"]), count_words(TEXTS["validation"])
    found = bpe_run.measure(model, train, validation, 10)
    assert sum(found[f"zwnj_{place}"] for place in PLACES) == pytest.approx(1)
    assert found["embedding_parameters"] == 10 * found["size"] == 10 * model.size
    assert found["train_tokens"] == sum(len(model.encode(text)) for text in TEXTS["train"])
    used = {i for text in TEXTS["validation"] for i in model.encode(text)}
    assert found["unused"] == model.size - 1 - len(used)
    assert 0 < found["rare"] <= 1 and 0 <= found["partial"] < 1


@given(word=st.text(st.sampled_from("abکی"), max_size=9))
def test_a_misspelled_word_has_the_same_letters(word):
    assert sorted(swapped(word)) == sorted(word)
    assert swapped("کتاب") == "کتبا" and swapped("اا") == "اا"


def test_other_forms_take_more_tokens(model):
    found = misspelled(model, count_words(TEXTS["train"])) | fertility.forms(model, TEXTS["train"])
    assert found["misspelled_tokens_per_word"] > found["spelled_tokens_per_word"] >= 1
    assert min(found[f"tokens_with_{name}"] for name in fertility.FORMS) > 1


def test_the_experiment(tmp_path, own_texts):
    config = BpeConfig("book", sizes=(350, 330), kept=330)
    outcome = run_bpe(config, Context(tmp_path / "runs", (0,), None))
    assert all(math.isfinite(value) for value in outcome.metrics.values())
    assert [(row["unit"], row["asked"]) for row in outcome.history] == [(u, s) for u in UNITS for s in (330, 350)]
    assert set(own_texts) == {("train", "book"), ("validation", "book")} and outcome.data == {"text": "of book"}
    for row in outcome.history:
        assert outcome.metrics[f"{row['unit']}_{row['asked']}_tokens_per_word"] == row["tokens_per_word"]
    kept = BPE.load(outcome.files["tokenizer.json"])
    assert kept.merges == train_bpe(TEXTS["train"], 330).merges
    assert outcome.metrics["validation_characters"] == len(TEXTS["validation"][0])
    assert {f"{name}_tokens_per_word" for name in ("unigram", "wordpiece")} <= set(outcome.metrics)
    record = {"name": "persian-bpe", "preset": "smoke", "device": "cpu", "seed": [0], "seconds": 1.0, "command": "",
              "commit": "", "date": "", "versions": {}, "data": {}, "config": {"kept": 330, "source": "book"},
              "metrics": outcome.metrics}
    with results.stored_in(tmp_path / "results"):
        results.record(record, outcome.history, outcome.files)
        again = check_bpe(results.load("persian-bpe"))
    assert again == {key: outcome.metrics[key] for key in again} and len(again) == 3


def test_the_text_before_any_tokenizer():
    found = bpe_run.of_the_text(["اب اب پ."], ["اب پپ ۱"])
    assert (found["train_words"], found["train_distinct_words"], found["train_words_once"]) == (3, 2, 1 / 2)
    assert (found["validation_words"], found["unseen_words"], found["zwnj_words"]) == (2, 1 / 2, 0)
    assert found["characters_per_word"] == 2 and found["bytes_per_character"] == (5 * 2 + 2) / 7


def test_a_kept_size_must_be_a_measured_one():
    with pytest.raises(ValueError, match="not among"):
        BpeConfig(kept=5000)


def test_presets_are_what_they_are_called():
    for presets in (BPE_PRESETS, BPE_SPEED_PRESETS):
        assert set(presets) == {"smoke", "minute", "cpu"}
        assert presets["cpu"].source == "wikipedia" and presets["smoke"].source == "book"
    # the same keys under every preset
    assert len({(preset.sizes, preset.kept) for preset in BPE_PRESETS.values()}) == 1
    assert BPE_SPEED_PRESETS["cpu"] == BpeSpeedConfig("wikipedia", 1_000_000, 2000, 0)


def test_the_benchmark_learns_the_same_three_times(own_texts):
    outcome = run_bpe_speed(BpeSpeedConfig("book", 1500, 30, 0, 5, 1), None)
    metrics = outcome.metrics
    assert metrics["same_merges_rescan"] == metrics["same_merges_tokenizers"] == metrics["same_ids"] == 1
    assert all(math.isfinite(value) and value > 0 for value in metrics.values())
    assert metrics["rescan_words_over_ours"] == metrics["rescan_words_seconds"] / metrics["train_seconds"]
    assert (metrics["rescan_words_steps"], metrics["rescan_text_steps"]) == (metrics["merges"], 5)
    assert metrics["text_bytes"] in (1499, 1500) or metrics["text_bytes"] < 1500


@pytest.mark.parametrize("steps", [0, 1, 4, 1000])
def test_timed_steps_are_steps_of_the_textbook(steps):
    pieces = list(count_words(TEXTS["train"]).items())
    model = train_bpe(TEXTS["train"], SMALLEST + 20)
    seconds, timed, same = rescan_seconds(model, pieces, steps)
    assert seconds > 0 and same == timed == (20 if steps in (0, 1000) else steps)
    other = BPE([(1, 2 + i) for i in range(20)])   # a wrong tokenizer is found out
    assert rescan_seconds(other, pieces, 4)[2] == 0


@given(texts=st.lists(few, max_size=5), size=st.integers(0, 200))
def test_first_bytes(texts, size):
    found = first_bytes(texts, size)
    assert "".join(texts).startswith("".join(found))
    total = len("".join(found).encode())
    assert total <= size and (total > size - 4 or total == len("".join(texts).encode()))


@given(text=few)
def test_the_exported_tokenizer_has_the_same_ids(text):
    ours = train_bpe(TEXTS["train"], 330)
    theirs = hugging_face.exported(ours)
    assert theirs.encode(text).ids == ours.encode(text)
    assert theirs.decode(ours.encode(text)) == text


def test_only_bytes_are_exported_and_theirs_are_cut_as_ours():
    with pytest.raises(ValueError, match="over bytes"):
        hugging_face.exported(train_bpe(TEXTS["train"], 330, "character"))
    for text in (*TEXTS["train"], "DNA و «RNA»: ۱۲٫۵٪  x_y\n\nΑβγ Дом é"):
        assert [piece for piece, _ in hugging_face.cut().pre_tokenize_str(text)] == pretokenize(text)
    assert json.loads(hugging_face.exported(BPE()).to_str())["model"]["vocab"][hugging_face.END_NAME] == 0
