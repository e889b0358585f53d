"""The report on generated texts, and the benchmark, under their smoke presets; the prompts they begin with."""
import dataclasses
import json
import math

import pytest
from accelerate import Accelerator
from attngen import experiments, results
from attngen.experiments import Context, RunError
from attngen.persian import corpus, generation_report, lm_speed, prompts, tokens
from attngen.persian.articles import Article
from attngen.persian.bpe import train_bpe
from attngen.persian.generate import generate
from attngen.persian.sampling import Sampling
from attngen.persian.train import load_model
from hypothesis import given
from hypothesis import strategies as st

RUNS = ("persian-ngram", "persian-gru", "persian-transformer")
SMOKE = generation_report.GENERATION_PRESETS["smoke"]


def few_documents(part, version="full", source="book") -> list[str]:
    """As ``corpus.documents``: what needs no real text has a few short ones."""
    begin = ("train", "validation", "test").index(part)
    return [f"این متن شمارهٔ {10 * begin + n} است و از کتاب‌ها می‌گوید.\nدر آن واژه‌ای تازه نیست." for n in range(6)]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A results folder with the smoke runs of the three models, made once for all tests of this file."""
    folder = tmp_path_factory.mktemp("recorded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "documents", few_documents)
        tokens.encoded.cache_clear()
        patch.setenv("ATTNGEN_RUNS", str(folder / "runs"))
        patch.setenv("ATTNGEN_RESULTS", str(folder / "results"))
        for name in RUNS:
            experiments.run(name, "smoke", device="cpu", force=True)
        yield folder
    tokens.encoded.cache_clear()


@pytest.fixture
def context(tmp_path):
    return Context(tmp_path, (0,), Accelerator(cpu=True), progress=False)


@pytest.fixture
def some_prompts(monkeypatch):
    """Four prompts, in place of those of test articles."""
    found = [prompts.Prompt(f"عنوان {n}", f"جملهٔ شمارهٔ {n} این است.", " و متن این‌جا ادامه دارد." * 20) for n in range(4)]
    monkeypatch.setattr(generation_report, "held_out", lambda source, count: found[:count])
    return found


def test_a_report_measures_every_model_and_the_real_text(recorded, context, some_prompts):
    outcome = generation_report.run_generation(SMOKE, context)
    assert all(map(math.isfinite, outcome.metrics.values()))
    assert outcome.metrics["prompts"] == SMOKE.prompts == 2
    for name in ("real", "ngram", "gru", "transformer"):
        for measure in ("distinct_2", "repeated_4grams", "valid_words", "valid_half_spaces", "longest_copy_words"):
            assert outcome.metrics[f"{name}_{measure}"] >= 0
    assert [row["model"] for row in outcome.history[:4]] == ["real", "ngram", "gru", "transformer"]
    swept = outcome.history[4:]
    assert [(row["temperature"], row["top_p"]) for row in swept] == [(0.0, 1.0), (1.0, 1.0)]
    assert outcome.metrics["nearest_temperature"] in (0.0, 1.0)
    assert {key.partition("/")[0] for key in outcome.data} > set(RUNS)


def test_samples_are_what_the_recorded_models_write(recorded, context, some_prompts):
    outcome = generation_report.run_generation(SMOKE, context)
    content = json.loads(outcome.files["samples.json"].read_text("utf-8"))
    assert content["sampling"] == {"temperature": 0.8, "top_p": 0.95, "top_k": None} and content["seed"] == 0
    [row] = content["samples"]
    assert set(row) == {"title", "prompt", "real", "ngram", "gru", "transformer"}
    assert some_prompts[0].continuation.startswith(row["real"])
    model, tokenizer = load_model("persian-transformer")
    answer = generate(model, tokenizer, [row["prompt"]], SMOKE.tokens, SMOKE.sampling, stop_at_end=False)[0]
    assert answer.startswith(row["transformer"])


def test_the_sweep_leaves_out_what_says_the_same_twice(recorded, some_prompts):
    config = dataclasses.replace(SMOKE, temperatures=(0.0, 1.0, 1.5), top_ps=(1.0, 0.5))
    model, tokenizer = load_model("persian-gru")
    begun = [prompt.text for prompt in some_prompts]
    rows = generation_report.sweep(config, model, tokenizer, begun, frozenset(["متن"]))
    assert [(row["temperature"], row["top_p"]) for row in rows] == [
        (0.0, 1.0), (1.0, 1.0), (1.5, 1.0), (1.0, 0.5), (1.5, 0.5),
    ]  # fmt: skip


def test_a_report_needs_recorded_models_and_prompts(recorded, context, tmp_path, monkeypatch):
    monkeypatch.setattr(generation_report, "held_out", lambda source, count: [])
    with pytest.raises(RunError, match="no first sentence that could be a prompt"):
        generation_report.run_generation(SMOKE, context)
    monkeypatch.setenv("ATTNGEN_RESULTS", str(tmp_path))
    with pytest.raises(results.UnknownResult, match="no recorded result 'persian-transformer'"):
        generation_report.run_generation(SMOKE, context)


def test_unsuitable_samples_are_not_shown():
    tokenizer = train_bpe(["متن"], 300)
    found = [prompts.Prompt(str(n), "این است.", "") for n in range(6)]
    answers = {"gru": ["خوب", "شکنجه", "خوب", "خوب", "خوب", "قتل"], "real": ["خوب"] * 5 + ["خوب"]}
    config = dataclasses.replace(SMOKE, shown=2, excerpt=50)
    assert [row["title"] for row in generation_report.show(found, answers, config, tokenizer)] == ["0", "3"]
    everything = dataclasses.replace(config, shown=99)
    assert [row["title"] for row in generation_report.show(found, answers, everything, tokenizer)] == ["0", "2", "3", "4"]


@given(st.text("آبپ \u200cab.", max_size=40), st.integers(1, 30))
def test_an_excerpt_is_a_beginning_that_ends_with_a_word(text, most):
    tokenizer = train_bpe(["آب پاب آب پا\u200cب"], 275)
    short = generation_report.excerpt(text, tokenizer, most)
    assert text.startswith(short) and len(tokenizer.encode(short)) <= most
    rest = text[len(short) :]
    assert not rest or not short or rest[0].isspace()


@pytest.mark.parametrize(("text", "sentence"), [
    ("این جملهٔ نخست است که بس دراز است. دومی.", "این جملهٔ نخست است که بس دراز است."),
    ("آیا این جملهٔ نخست است یا جملهٔ دوم؟\nدومی.", "آیا این جملهٔ نخست است یا جملهٔ دوم؟"),
    ("عدد ۳.۱۴ در این جمله نقطه دارد ولی تمام نیست. بعد.", "عدد ۳.۱۴ در این جمله نقطه دارد ولی تمام نیست."),
    ("کوتاه. " * 10, ""), ("بی‌پایان " * 10, ""), ("خط نخست بی نقطه است و دراز است\nخط دوم. ", ""),
    ("بسیار " * 50 + ". بعد", ""), ("", ""), ("این جملهٔ نخست است که بس دراز است.", ""),
])  # fmt: skip
def test_the_first_sentence(text, sentence):
    assert prompts.first_sentence(text) == sentence


def test_prompts_leave_out_what_students_should_not_read(monkeypatch):
    text = "این جملهٔ نخست مقاله است که دراز است." + " و ادامه دارد" * 60
    kinds = {"خوب": ("PQuAD", text), "بد": ("PQuAD", text.replace("ادامه", "قتل")), "کوتاه": ("PQuAD", text[:60]),
             "از مجموعهٔ دیگر": ("AUT-IR-WikiClusters", text), "عنوان شکنجه": ("PQuAD", text), "بی‌جمله": ("PQuAD", text.replace(".", "")),
             "خوب دیگر ": ("PCoQA", text)}  # fmt: skip
    monkeypatch.setattr(prompts, "wikipedia", lambda: [Article(t, (x,), s) for t, (s, x) in kinds.items()])
    monkeypatch.setattr(prompts.corpus, "titles", lambda part, source: list(kinds))
    monkeypatch.setattr(prompts.corpus, "documents", lambda part, source: [x for _, x in kinds.values()])
    found = prompts.held_out("wikipedia", 9)
    assert [prompt.title for prompt in found] == ["خوب", "خوب دیگر"]
    for prompt in found:
        assert text.startswith(prompt.text + prompt.continuation) and len(prompt.continuation) == 600
    assert [prompt.title for prompt in prompts.held_out("wikipedia", 1)] == ["خوب"]
    assert prompts.held_out("wikipedia", 0) == []


def test_the_benchmark_writes_the_same_tokens(context):
    config = lm_speed.SPEED_PRESETS["smoke"]
    assert config.tokens > config.transformer.context   # so the window slides
    metrics = lm_speed.run_lm_speed(config, context).metrics
    assert all(map(math.isfinite, metrics.values())) and min(metrics.values()) > 0
    assert metrics["same_tokens"] == 1
    assert metrics["cached_over_uncached"] == metrics["uncached_seconds"] / metrics["cached_seconds"]
    for name in ("ngram", "gru", "transformer"):
        assert {f"{name}_tokens_per_second", f"{name}_train_tokens_per_second"} <= set(metrics)


def test_the_benchmark_names_the_weights_it_wrote_with(recorded, context):
    config = dataclasses.replace(lm_speed.SPEED_PRESETS["smoke"], recorded=True, tokens=4)
    outcome = lm_speed.run_lm_speed(config, context)
    assert set(outcome.data) == {f"{name}/model.safetensors" for name in RUNS}
    assert all(digest.startswith("sha256:") for digest in outcome.data.values())


def test_settings_are_kept_with_a_record():
    for config in (*generation_report.GENERATION_PRESETS.values(), *lm_speed.SPEED_PRESETS.values()):
        assert json.dumps(experiments.plain(config))
        assert len(config.seeds) == 1
    assert generation_report.GENERATION_PRESETS["cpu"].sampling == Sampling(0.8, top_p=0.95)
