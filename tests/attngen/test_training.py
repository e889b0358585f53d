"""The training loop: torch's own optimizers and schedules, resuming, and a disk that fills up."""
import itertools
import math
from dataclasses import replace

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from attngen import training
from attngen.training import Checkpoint, TrainConfig, epoch_batches, fit, learning_rate, make_optimizer
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.optim import lr_scheduler

few = settings(max_examples=20, deadline=None)


class Points:
    """Twenty points of a noisy line as training data."""

    def __init__(self):
        generator = torch.Generator().manual_seed(5)
        self.x = torch.randn(20, 3, generator=generator)
        self.lengths = torch.arange(20) % 3
        self.y = self.x @ torch.tensor([1.0, -2.0, 0.5]) + 0.1 * torch.randn(20, generator=generator)

    def __len__(self):
        return 20

    def batch(self, indices):
        return self.x[indices], self.y[indices]


def squares(model, batch):
    x, y = batch
    return (model(x)[:, 0] - y).square().sum(), torch.tensor(float(len(y)))


def network(dropout: float = 0.0) -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(dropout), nn.Linear(8, 1))


def evaluate(model):
    summed, count = squares(model, Points().batch(torch.arange(20)))
    return {"val_loss": (summed / count).item()}


def train(config, checkpoint=None, evaluate=evaluate, dropout=0.0, fingerprint=None, seed=1):
    model = network(dropout)
    return fit(model, Points(), squares, evaluate, config, Accelerator(cpu=True), seed, checkpoint, fingerprint)


def losses(history):
    return [(row["epoch"], row["lr"], row["train_loss"], row["val_loss"]) for row in history]


@pytest.mark.parametrize("config", [
    TrainConfig(epochs=3, batch_size=8, lr=0.05, warmup=0.0, clip=0.5, weight_decay=0.1),
    TrainConfig(epochs=3, batch_size=8, lr=0.05, schedule="exponential", decay=0.5, optimizer="adam", clip=0.0),
])
def test_the_loop_is_the_one_written_out_with_torchs_parts(config):
    """Non-fused optimizers, torch's schedulers, a mean loss; and the same order of the points."""
    model, data = network(), Points()
    if config.optimizer == "adamw":
        optimizer = torch.optim.AdamW(model.parameters(), config.lr, config.betas, weight_decay=config.weight_decay)
        scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=3 * 3)
    else:
        optimizer = torch.optim.Adam(model.parameters(), config.lr, config.betas)
        scheduler = lr_scheduler.StepLR(optimizer, step_size=3, gamma=config.decay)
    expected = []
    for epoch in range(3):
        generator, total = torch.Generator().manual_seed(100_003 + epoch), 0.0
        for indices in torch.randperm(20, generator=generator).split(8):
            x, y = data.batch(indices)
            loss = nn.functional.mse_loss(model(x)[:, 0], y)
            optimizer.zero_grad()
            loss.backward()
            if config.clip:
                nn.utils.clip_grad_norm_(model.parameters(), config.clip)
            lr = scheduler.get_last_lr()[0]
            optimizer.step()
            scheduler.step()
            total += loss.item() * len(y)
        expected.append((epoch + 1, lr, total / 20, evaluate(model)["val_loss"]))
    _, history = train(config)
    for found, wanted in zip(losses(history), expected, strict=True):
        assert found == pytest.approx(wanted, rel=1e-4)


@few
@given(st.integers(1, 5), st.integers(1, 7), st.sampled_from([0.0, 0.05, 0.3, 0.8]))
def test_cosine_with_warm_up_is_the_product_of_torchs_two(epochs, steps, warmup):
    total, config = epochs * steps, TrainConfig(epochs=epochs, warmup=warmup)
    warm = max(1, round(total * warmup))
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    schedulers = [
        lr_scheduler.LambdaLR(optimizer, lambda step: 1.0),
        lr_scheduler.LinearLR(optimizer, 1 / warm, 1.0, warm - 1) if warm > 1 else None,
    ]
    for step in range(total):
        cosine = (1 + math.cos(math.pi * step / total)) / 2
        assert learning_rate(config, step, steps) == pytest.approx(optimizer.param_groups[0]["lr"] * cosine)
        optimizer.step()
        if schedulers[1]:
            schedulers[1].step()


@few
@given(st.lists(st.integers(1, 4), min_size=1, max_size=40), st.integers(1, 9), st.booleans(), st.integers(0, 99))
def test_an_epoch_takes_every_example_once(lengths, size, by_length, seed):
    lengths, config = torch.tensor(lengths), TrainConfig(batch_size=size, by_length=by_length)
    batches = epoch_batches(lengths, config, torch.Generator().manual_seed(seed))
    assert sorted(torch.cat(batches).tolist()) == list(range(len(lengths)))
    assert all(1 <= len(batch) <= size for batch in batches)
    if by_length:
        assert all(len(lengths[batch].unique()) == 1 for batch in batches)
    # another order of the same examples takes as many steps, so that the schedule ends where it should
    assert len(epoch_batches(lengths, config, torch.Generator())) == len(batches)


def test_the_averaged_weights_are_what_is_evaluated_and_kept():
    seen, decay = [], 0.8
    raw = []
    model, data, optimizer_of = network(), Points(), training.make_optimizer

    def spying(model, config):
        optimizer = optimizer_of(model, config)
        optimizer.register_step_post_hook(lambda *_: raw.append([p.detach().clone() for p in model.parameters()]))
        return optimizer

    def look(model):
        seen.append([p.detach().clone() for p in model.parameters()])
        return {"val_loss": 1 / len(seen)}   # the last epoch is the best

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "make_optimizer", spying)
        config = TrainConfig(epochs=2, batch_size=8, average=decay)
        model, _ = fit(model, data, squares, look, config, Accelerator(cpu=True))
    average = raw[0]
    for step, weights in enumerate(raw[1:], start=2):
        average = [decay * a + (1 - decay) * w for a, w in zip(average, weights, strict=True)]
        if step == 3:
            torch.testing.assert_close(seen[0], average)
    torch.testing.assert_close(seen[1], average)
    torch.testing.assert_close([p.detach() for p in model.parameters()], average)


def test_the_weights_of_the_best_epoch_come_back():
    seen = []

    def look(model):
        seen.append([p.detach().clone() for p in model.parameters()])
        return {"val_loss": [3.0, 1.0, 2.0][len(seen) - 1]}

    model, history = train(TrainConfig(epochs=3, batch_size=8), evaluate=look)
    torch.testing.assert_close([p.detach() for p in model.parameters()], seen[1], rtol=0, atol=0)
    assert [row["val_loss"] for row in history] == [3.0, 1.0, 2.0]
    assert not model.training


FULL = TrainConfig(epochs=5, batch_size=8, average=0.5)


@pytest.mark.parametrize("stop", [1, 3, 5])
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(tmp_path, stop):
    calls = []

    def stopping(model):
        calls.append(1)
        if len(calls) > stop:
            raise KeyboardInterrupt
        return evaluate(model)

    path = tmp_path / "seed-1.pt"
    whole, wanted = train(FULL, dropout=0.3)
    if stop < 5:
        with pytest.raises(KeyboardInterrupt):
            train(FULL, path, stopping, dropout=0.3)
    else:
        train(FULL, path, stopping, dropout=0.3)
    calls.clear()
    resumed, found = train(FULL, path, lambda model: calls.append(1) or evaluate(model), dropout=0.3)
    assert len(calls) == 5 - stop
    assert losses(found) == losses(wanted)
    for ours, theirs in zip(resumed.parameters(), whole.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert [row["seconds"] for row in found] == sorted(row["seconds"] for row in found)


OFTEN = TrainConfig(epochs=3, batch_size=4, average=0.5, evaluations=2)   # of 5 batches: two, then three


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 3), st.integers(1, 7), st.data())
def test_evaluating_more_often_trains_the_same_weights(epochs, size, data):
    """The same steps at the same learning rates, whether or not the parts of an epoch are equally long."""
    config = TrainConfig(epochs=epochs, batch_size=size, average=0.5)
    evaluations = data.draw(st.integers(1, -(-20 // size)))
    found = itertools.count()

    def falling(model):
        return {"val_loss": -next(found)}   # the last weights are the best, and are kept

    once, history = train(config, evaluate=falling, dropout=0.3)
    often, rows = train(replace(config, evaluations=evaluations), evaluate=falling, dropout=0.3)
    for ours, theirs in zip(often.parameters(), once.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert [row["epoch"] for row in rows] == pytest.approx([n / evaluations for n in range(1, epochs * evaluations + 1)])
    assert [row["lr"] for row in rows][evaluations - 1 :: evaluations] == [row["lr"] for row in history]


def test_an_epoch_without_a_batch_for_each_evaluation_is_refused():
    with pytest.raises(ValueError, match="an epoch of 5 batches cannot be evaluated 6 times"):
        train(replace(OFTEN, evaluations=6))
    assert len(train(replace(OFTEN, evaluations=5))[1]) == 15


def test_each_part_of_an_epoch_reports_its_own_loss():
    once = train(replace(OFTEN, evaluations=1))[1]
    parts = train(OFTEN)[1]
    assert len(parts) == 6
    for number, row in enumerate(once):   # of 20 points the first part has 8, the second 12
        two = parts[2 * number : 2 * number + 2]
        assert row["train_loss"] == pytest.approx((8 * two[0]["train_loss"] + 12 * two[1]["train_loss"]) / 20)
        assert row["val_loss"] == two[1]["val_loss"]


@pytest.mark.parametrize("stop", [1, 2, 3, 5])
def test_a_run_interrupted_in_the_middle_of_an_epoch_goes_on_there(tmp_path, stop):
    calls = []

    def stopping(model):
        calls.append(1)
        if len(calls) > stop:
            raise KeyboardInterrupt
        return evaluate(model)

    whole, wanted = train(OFTEN, dropout=0.3)
    with pytest.raises(KeyboardInterrupt):
        train(OFTEN, tmp_path / "seed-1.pt", stopping, dropout=0.3)
    calls.clear()
    resumed, found = train(
        OFTEN, tmp_path / "seed-1.pt", lambda model: calls.append(1) or evaluate(model), dropout=0.3
    )
    assert len(calls) == 6 - stop
    assert losses(found) == losses(wanted)
    for ours, theirs in zip(resumed.parameters(), whole.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_checkpoint_of_another_run_is_left_alone(tmp_path):
    path, config = tmp_path / "seed-1.pt", TrainConfig(epochs=2, batch_size=8)
    train(config, path, fingerprint={"lr": 1})
    _, other = train(config, path, fingerprint={"lr": 2}, seed=9)
    assert losses(other) == losses(train(config, seed=9)[1])


def test_a_checkpoint_that_cannot_be_read_is_named(tmp_path):
    path, config = tmp_path / "seed-1.pt", TrainConfig(epochs=1, batch_size=8)
    train(config, path)
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], b"", b"nothing of the kind"):
        path.write_bytes(broken)
        with pytest.raises(OSError, match="seed-1.pt cannot be read: .* --no-resume"):
            train(config, path)
        assert path.read_bytes() == broken


def test_a_full_disk_keeps_the_checkpoint_before_and_says_so(tmp_path, small_disk):
    path = tmp_path / "seed-1.pt"
    Checkpoint(path).save({"fingerprint": {}, "epoch": 1})
    before = path.read_bytes()
    with small_disk(1_000), pytest.raises(OSError, match="is the disk full. The one before it is whole"):
        Checkpoint(path).save({"fingerprint": {}, "weights": torch.zeros(10_000)})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    assert Checkpoint(path).load({})["epoch"] == 1


def test_a_diverged_run_says_so():
    with pytest.raises(ArithmeticError, match="no epoch has a finite validation loss"):
        train(TrainConfig(epochs=2, batch_size=8), evaluate=lambda model: {"val_loss": math.nan})


@pytest.mark.parametrize(("wrong", "message"), [
    ({"schedule": "linear"}, "'cosine' or 'exponential', not 'linear'"),
    ({"optimizer": "sgd"}, "'adam' or 'adamw', not 'sgd'"),
    ({"epochs": 0}, "must be positive: 0, 64"),
    ({"batch_size": -1}, "must be positive: 100, -1"),
    ({"evaluations": 0}, "must be positive: 100, 64, 0"),
])
def test_settings_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        TrainConfig(**wrong)


def test_weight_decay_belongs_to_adamw_alone():
    for kind, decay in (("adam", 0.0), ("adamw", 0.25)):
        optimizer = make_optimizer(network(), TrainConfig(optimizer=kind, weight_decay=0.25))
        assert optimizer.param_groups[0]["weight_decay"] == decay


@pytest.fixture
def half():
    """An accelerator that computes in bfloat16, which a process decides once: forgotten afterwards."""
    AcceleratorState._reset_state(reset_partial_state=True)
    yield Accelerator(cpu=True, mixed_precision="bf16")
    AcceleratorState._reset_state(reset_partial_state=True)


def test_a_trained_model_is_given_back_without_autocast(half):
    """After training in bfloat16, too, what is measured is measured in float32."""
    model, _ = fit(network(), Points(), squares, evaluate, TrainConfig(epochs=1, batch_size=8), half)
    fresh = network().eval()
    fresh.load_state_dict(model.state_dict())
    assert torch.equal(model(Points().x), fresh(Points().x))
