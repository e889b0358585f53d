"""The two baselines run on the book's own pages, and what they keep can be used again."""
import math

import pytest
from accelerate import Accelerator
from attngen import results
from attngen.experiments import Context
from attngen.persian.compressors import COMPRESSOR_PRESETS, COMPRESSORS, run_compressors
from attngen.persian.kn_run import KN_PRESETS, check_kn, load_kn, run_kn
from attngen.persian.kn_vocabularies import VOCABULARY_PRESETS, run_vocabularies
from attngen.persian.tokens import encoded


def context(folder):
    return Context(folder, (0,), Accelerator(cpu=True), progress=False)


@pytest.fixture(scope="module")
def kneser_ney(tmp_path_factory):
    """The outcome of the smoke run, and a results folder that holds it as the recorded one."""
    folder = tmp_path_factory.mktemp("kneser-ney")
    config = KN_PRESETS["smoke"]
    outcome = run_kn(config, context(folder / "unfinished"))
    record = {field: {} for field in results.FIELDS}
    record |= {"name": "persian-kn5", "metrics": outcome.metrics}
    record["config"] = {"text": {"source": "book", "size": config.text.size, "limit": config.text.limit}}
    with results.stored_in(folder / "results"):
        results.record(record, outcome.history, outcome.files)
        yield config, outcome


def test_the_numbers_fit_together(kneser_ney):
    config, outcome = kneser_ney
    metrics = outcome.metrics
    assert all(math.isfinite(value) for value in metrics.values())
    assert [row["order"] for row in outcome.history] == [1, 2, 3, 4, 5]
    for part in ("validation", "test"):
        assert metrics[f"{part}_bits_per_char"] == pytest.approx(metrics[f"{part}_bits_per_char_5"])
        tokens = metrics[f"{part}_tokens"] + metrics[f"{part}_articles"]
        nats = metrics[f"{part}_bits_per_char"] * math.log(2) * metrics[f"{part}_characters"]
        assert metrics[f"{part}_perplexity"] == pytest.approx(math.exp(nats / tokens))
    assert metrics["unseen_1"] <= metrics["unseen_2"] <= metrics["unseen_5"]
    assert metrics["ngrams"] == sum(metrics[f"ngrams_{order}"] for order in range(1, 6))
    assert metrics["test_bits_per_char"] < metrics["test_bits_per_char_1"]
    assert metrics["add_one_bits_per_char_5"] > metrics["test_bits_per_char"]
    assert set(config.least) == {1}  # nothing was left out, so that only rounding is between the two
    assert metrics["table_test_bits_per_char"] == pytest.approx(metrics["test_bits_per_char"], rel=1e-3)


def test_the_recorded_table_generates_and_is_measured_again(kneser_ney):
    config, outcome = kneser_ney
    model, tokenizer = load_kn()
    data = encoded(config.text)
    assert tokenizer.merges == data.tokenizer.merges and model.vocabulary == tokenizer.size
    document = data.documents["test"][0]
    assert model.log_probabilities(document).shape == (len(document) + 1,)
    again = check_kn(results.load("persian-kn5"))
    assert again == {"table_test_bits_per_char": pytest.approx(outcome.metrics["table_test_bits_per_char"])}


def test_compressors(tmp_path):
    outcome = run_compressors(COMPRESSOR_PRESETS["smoke"], context(tmp_path))
    metrics = outcome.metrics
    assert all(math.isfinite(value) for value in metrics.values())
    costs = [metrics[f"test_bits_per_char_{name}"] for name in COMPRESSORS]
    assert metrics["test_bits_per_char"] == min(costs)
    assert all(0 < cost < metrics["test_bits_per_char_utf8"] for cost in costs)
    assert metrics["ppmd_order"] in COMPRESSOR_PRESETS["smoke"].orders


def test_several_vocabularies_of_one_text(tmp_path):
    outcome = run_vocabularies(VOCABULARY_PRESETS["smoke"], context(tmp_path))
    assert all(math.isfinite(value) for value in outcome.metrics.values())
    sizes = VOCABULARY_PRESETS["smoke"].sizes
    assert [row["size"] for row in outcome.history] == list(sizes)
    for row in outcome.history:
        bits = math.log2(row["test_perplexity"]) / row["characters_per_token"]
        assert row["test_bits_per_char"] == pytest.approx(bits)
    per_token = [outcome.metrics[f"characters_per_token_{size}"] for size in sizes]
    assert per_token == sorted(per_token)
