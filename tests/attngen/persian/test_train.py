"""A training run: what it records, how it goes on after an interruption, and that it measures what it keeps."""
import math
from dataclasses import replace

import pytest
import torch
from attngen import experiments, results
from attngen.experiments import Context, RunError, make_accelerator, plain
from attngen.nn import DecoderConfig
from attngen.persian import corpus, train
from attngen.persian.experiments import small
from attngen.persian.models import RecurrentConfig
from attngen.persian.tokens import encoded
from attngen.persian.train import LanguageModelConfig, config_of, load_model, make_model, train_model

NAMES = {"ngram": "persian-ngram", "recurrent": "persian-gru", "transformer": "persian-transformer"}


def tiny(kind: str) -> LanguageModelConfig:
    """The smoke preset on made-up documents, with all that a checkpoint has to bring back."""
    smoke = small(kind)["smoke"]
    return replace(
        smoke, text=replace(smoke.text, size=270), model=replace(smoke.model, dropout=0.2),
        train=replace(smoke.train, epochs=2, batch_size=4 if kind != "ngram" else 200),
    )  # fmt: skip


def context(folder, seed: int = 0) -> Context:
    return Context(folder, (seed,), make_accelerator("cpu"), progress=False)


def losses(history) -> list:
    return [(row["epoch"], row["lr"], row["train_loss"], row["val_loss"]) for row in history]


@pytest.mark.parametrize("kind", NAMES)
def test_a_run_records_what_the_book_needs(small_corpus, tmp_path, kind):
    config = tiny(kind)
    outcome, data = train.run(config, context(tmp_path)), encoded(config.text)
    metrics = outcome.metrics
    for part in ("validation", "test"):
        bits = metrics[f"{part}_nats_per_token"] / math.log(2)
        targets = metrics[f"{part}_tokens"] + metrics[f"{part}_articles"]
        assert metrics[f"{part}_perplexity"] == pytest.approx(2**bits)
        assert metrics[f"{part}_bits_per_char"] == pytest.approx(bits * targets / metrics[f"{part}_characters"])
        assert metrics[f"{part}_tokens"] == sum(map(len, data.documents[part]))
    best = min(row["val_loss"] for row in outcome.history)
    assert metrics["validation_nats_per_token"] == pytest.approx(best, rel=1e-2)
    assert (metrics["train_articles"], metrics["test_articles"], metrics["on_wikipedia"]) == (8, 3, 0)
    assert metrics["parameters"] == sum(p.numel() for p in make_model(config.model, 270).parameters())
    assert metrics["vocabulary"] == data.tokenizer.size == 270
    assert [row["epoch"] for row in outcome.history] == [1, 2] and metrics["best_epoch"] in (1, 2)
    assert metrics["train_tokens_per_second"] > 0
    assert all(map(math.isfinite, metrics.values()))
    assert set(outcome.files) == {"model.safetensors", "tokenizer.json"}
    assert set(outcome.data) == {"book/fa"}


@pytest.mark.parametrize("kind", NAMES)
def test_a_recorded_run_is_measured_again_from_its_weights(small_corpus, monkeypatch, kind):
    known = experiments.get(NAMES[kind])
    monkeypatch.setitem(experiments._REGISTRY, known.name, replace(known, presets={"smoke": tiny(kind)}))
    result = experiments.run(known.name, "smoke", device="cpu", force=True)
    again = known.check(result)
    assert set(again) == {"test_bits_per_char"}
    assert again["test_bits_per_char"] == pytest.approx(result.metrics["test_bits_per_char"], rel=1e-6)
    model, tokenizer = load_model(known.name)
    assert not model.training and tokenizer.size == result.metrics["vocabulary"]
    assert {str(p.dtype) for p in model.parameters()} == {"torch.float32"}
    kept = (result.path("model.safetensors").stat().st_size - 4096) / result.metrics["parameters"]
    assert kept <= 2   # bytes each: half precision, and a table that layers share is kept once


def interrupted(config, folder, monkeypatch, stop: int) -> None:
    """Train until the evaluation number ``stop`` and break off in it."""
    calls, original = [], train.total_nats

    def breaking(*arguments):
        calls.append(1)
        if len(calls) == stop:
            raise KeyboardInterrupt
        return original(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(train, "total_nats", breaking)
        with pytest.raises(KeyboardInterrupt):
            train_model(config, encoded(config.text), context(folder), 0)


@pytest.mark.parametrize("kind", NAMES)
def test_an_interrupted_run_ends_as_if_it_had_not_been(small_corpus, tmp_path, monkeypatch, kind):
    """In the middle of an epoch too, and with dropout, which needs random numbers."""
    config = tiny(kind)
    config = replace(config, train=replace(config.train, evaluations=2))
    whole, expected = train_model(config, encoded(config.text), context(tmp_path / "whole"), 0)
    interrupted(config, tmp_path / "broken", monkeypatch, 4)
    resumed, found = train_model(config, encoded(config.text), context(tmp_path / "broken"), 0)
    assert losses(found) == losses(expected) and len(found) == 4
    for ours, theirs in zip(resumed.parameters(), whole.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def evaluations(config, folder, monkeypatch, label: str = "") -> int:
    """How many evaluations a run makes: none, where it goes on with a finished one."""
    calls, original = [], train.total_nats
    with monkeypatch.context() as patch:
        patch.setattr(train, "total_nats", lambda *arguments: calls.append(1) or original(*arguments))
        train_model(config, encoded(config.text), context(folder), 0, label)
    return len(calls)


def test_a_run_begun_on_the_book_is_not_gone_on_with_on_wikipedia(small_corpus, tmp_path, monkeypatch):
    """The data at hand may change between two runs: the file fetched, or another folder named."""
    config = replace(tiny("recurrent"), text=replace(tiny("recurrent").text, source="at-hand"))
    monkeypatch.setattr(corpus, "at_hand", lambda: "book")
    assert [evaluations(config, tmp_path, monkeypatch) for _ in range(2)] == [2, 0]
    monkeypatch.setattr(corpus, "at_hand", lambda: "wikipedia")
    assert evaluations(config, tmp_path, monkeypatch) == 2


def test_a_run_with_other_settings_or_another_name_begins_anew(small_corpus, tmp_path, monkeypatch):
    config = tiny("recurrent")
    assert evaluations(config, tmp_path, monkeypatch) == 2
    for other in (replace(config, length=16, stride=16), replace(config, text=replace(config.text, fraction=0.5))):
        assert evaluations(other, tmp_path, monkeypatch) == 2
    assert evaluations(other, tmp_path, monkeypatch) == 0
    assert evaluations(other, tmp_path, monkeypatch, "-lemmas") == 2


def test_seeds_differ_and_repeat(small_corpus, tmp_path):
    config = tiny("recurrent")
    found = [
        losses(train_model(config, encoded(config.text), context(tmp_path / str(n)), seed)[1])
        for n, seed in enumerate((1, 1, 2))
    ]
    assert found[0] == found[1] != found[2]


def test_the_weights_are_those_of_the_best_epoch_by_validation(small_corpus, tmp_path, monkeypatch):
    """Validation says here that the first epoch was the best: its weights are what is kept."""
    config, original, calls = tiny("recurrent"), train.total_nats, []

    def worse_and_worse(*arguments):
        calls.append(1)
        nats, count = original(*arguments)
        return nats + 1000 * (len(calls) - 1), count

    monkeypatch.setattr(train, "total_nats", worse_and_worse)
    model, history = train_model(config, encoded(config.text), context(tmp_path / "two"), 0)
    last = torch.load(tmp_path / "two" / "seed-0.pt", weights_only=True)
    assert history[0]["val_loss"] < history[1]["val_loss"]
    assert all(torch.equal(value, last["best_weights"][name]) for name, value in model.state_dict().items())
    assert not torch.equal(model.embedding.weight, last["average"]["module.embedding.weight"])


def test_training_makes_the_sentences_more_probable(small_corpus, tmp_path):
    config = tiny("transformer")
    config = replace(config, train=replace(config.train, epochs=6, lr=0.01))
    _, history = train_model(config, encoded(config.text), context(tmp_path), 0)
    assert history[-1]["val_loss"] < 0.8 * math.log(270) and history[-1]["val_loss"] < history[0]["val_loss"]


def test_what_stands_in_for_wikipedia_is_said(small_corpus, tmp_path, monkeypatch, capsys):
    config = tiny("recurrent")
    for here, source, told in (("book", "at-hand", True), ("book", "book", False), ("wikipedia", "at-hand", False)):
        monkeypatch.setattr(corpus, "at_hand", lambda here=here: here)
        used = replace(config, text=replace(config.text, source=source))
        outcome = train.run(used, context(tmp_path / f"{here}-{source}"))
        assert ("Persian Wikipedia is not on this machine" in capsys.readouterr().err) == told
        assert outcome.metrics["on_wikipedia"] == (here == "wikipedia")


def test_several_seeds_are_refused_in_words(places):
    for name in [*NAMES.values(), "persian-stop-words", "persian-learning-curve"]:
        with pytest.raises(RunError, match="trains one seed; give a single one to --seed"):
            experiments.run(name, "smoke", seeds=(0, 1), device="cpu")
    assert results.names() == []


@pytest.mark.parametrize("name", NAMES.values())
def test_every_configuration_comes_back_from_its_record(name):
    for config in experiments.get(name).presets.values():
        assert config_of(type("Result", (), {"config": plain(config)})) == config


def test_a_kind_and_its_shape_belong_together():
    for kind, shape in (("transformer", RecurrentConfig()), ("ngram", DecoderConfig()), ("lstm", RecurrentConfig())):
        with pytest.raises(ValueError, match=f"ngram, recurrent, transformer, with its own shape: not '{kind}'"):
            LanguageModelConfig(kind, model=shape)


def test_a_result_without_a_network_is_named_as_such(places):
    results.record(dict.fromkeys(results.FIELDS, "") | {"name": "counted", "config": {"order": 5}}, [], {})
    with pytest.raises(ValueError, match="'counted' did not record a neural language model"):
        load_model("counted")


def test_the_page_trains_beside_the_book(small_corpus, monkeypatch):
    known = experiments.get("persian-gru")
    monkeypatch.setitem(experiments._REGISTRY, known.name, replace(known, presets={"minute": tiny("recurrent")}))
    (model, _, result), (again, _, repeated) = (train.train_live("persian-gru") for _ in range(2))
    assert results.names() == []   # nothing in the book's own results
    assert not model.training
    assert result.history["val_loss"] == repeated.history["val_loss"]   # not resumed: trained again, to the same end
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))
