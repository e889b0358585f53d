"""The same model on every version of the text: what is recorded, and what can be compared."""
import json
import math
from dataclasses import replace

import pytest
from attngen import experiments
from attngen.experiments import Context, make_accelerator
from attngen.persian import corpus, versions
from attngen.persian.generate import generate
from attngen.persian.sampling import Sampling
from attngen.persian.tokens import encoded
from attngen.persian.train import LanguageModelConfig, train_model
from attngen.persian.versions import compare_versions, prompt_of

SMOKE = experiments.get("persian-stop-words").presets["smoke"]
CONFIG = replace(SMOKE, text=replace(SMOKE.text, size=270), versions=("full", "no-stop-words"), prompts=2)


@pytest.fixture
def context(tmp_path):
    return Context(tmp_path / "run", (0,), make_accelerator("cpu"), progress=False)


def test_every_version_is_measured_by_article_and_by_character(small_corpus, context):
    metrics = compare_versions(CONFIG, context).metrics
    for version in CONFIG.versions:
        name, texts = version.replace("-", "_"), small_corpus("test", version)
        data = encoded(replace(CONFIG.text, version=version))
        tokens = sum(len(document) + 1 for document in data.documents["test"])
        assert metrics[f"{name}_test_characters"] == sum(len(text) + 1 for text in texts)
        assert metrics[f"{name}_test_tokens_per_article"] == tokens / 3
        assert metrics[f"{name}_test_words_per_article"] == pytest.approx(sum(len(t.split()) for t in texts) / 3)
        total = metrics[f"{name}_test_nats_per_article"] * 3
        assert total == pytest.approx(metrics[f"{name}_test_nats_per_token"] * tokens)
        bits = metrics[f"{name}_test_bits_per_char"] * metrics[f"{name}_test_characters"]
        assert total == pytest.approx(bits * math.log(2))
    assert all(map(math.isfinite, metrics.values()))


def test_each_version_trains_a_fresh_model_as_it_would_alone(small_corpus, context, tmp_path):
    outcome = compare_versions(CONFIG, context)
    text = replace(CONFIG.text, version="no-stop-words")
    config = LanguageModelConfig("transformer", text, CONFIG.model, CONFIG.train, *[CONFIG.length] * 3)
    alone = Context(tmp_path / "alone", (0,), context.accelerator, progress=False)
    model, expected = train_model(config, encoded(text), alone, 0)
    rows = [row for row in outcome.history if row["version"] == "no-stop-words"]
    assert [row["val_loss"] for row in rows] == [row["val_loss"] for row in expected]
    samples = json.loads(outcome.files["samples.json"].read_text("utf-8"))
    assert [row["version"] for row in samples] == ["full"] * 2 + ["no-stop-words"] * 2
    prompts = [row["prompt"] for row in samples[2:]]
    assert prompts == [prompt_of(document) for document in small_corpus("test", "no-stop-words")[:2]]
    sampling = Sampling(temperature=0.8, top_p=0.9)
    written = generate(model, encoded(text).tokenizer, prompts, CONFIG.tokens, sampling, 0)
    assert [row["continuation"] for row in samples[2:]] == written


def test_an_interrupted_comparison_keeps_the_versions_that_are_done(small_corpus, context, monkeypatch):
    trained, original = [], versions.train_model

    def breaking(*arguments):
        trained.append(arguments[-1])
        if len(trained) == 2:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(versions, "train_model", breaking)
    with pytest.raises(KeyboardInterrupt):
        compare_versions(CONFIG, context)
    monkeypatch.undo()
    assert trained == ["-full", "-no-stop-words"]
    assert [path.name for path in context.folder.glob("seed-*")] == ["seed-0-full.pt"]


def test_a_prompt_is_the_first_words_of_a_text():
    assert prompt_of("یک دو\nسه  چهار", 3) == "یک دو سه"
    assert prompt_of("یک", 3) == "یک" and prompt_of("") == ""


def test_all_versions_of_the_corpus_are_compared():
    for config in experiments.get("persian-stop-words").presets.values():
        assert config.versions == corpus.VERSIONS
