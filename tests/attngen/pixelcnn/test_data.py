"""MNIST prepared for pixels: its parts, its preparations, draws that a seed fixes, and what is at hand."""
import dataclasses
import hashlib

import numpy as np
import pytest
import torch
from attngen.data import DataError, find, get, mnist, registry
from attngen.pixelcnn import data
from attngen.pixelcnn.data import PARTS, PREPARATIONS, Images, at_hand, binarize, data_record, prepared
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=25, deadline=None)
LOADERS = (data.load_fixed, data.load_grey, data.load_digits_28)
SIZES = {"train": 50_000, "validation": 10_000, "test": 10_000}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with no data and no way out; gives the folder in which MNIST is looked for first."""
    def no_way_out(*arguments, **options):
        raise ConnectionError("no network here")

    monkeypatch.setattr(registry, "ROOT", tmp_path / "project")
    monkeypatch.setenv("ATTNGEN_DATA", str(tmp_path / "mine"))
    monkeypatch.setenv("ATTNGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(registry.pooch, "retrieve", no_way_out)
    (tmp_path / "mine" / "mnist").mkdir(parents=True)
    for loader in LOADERS:
        loader.cache_clear()
    yield tmp_path / "mine" / "mnist"
    for loader in LOADERS:
        loader.cache_clear()


@pytest.fixture
def small(machine, monkeypatch):
    """A machine with ten binarized digits in each part; grey are 10, 10,000 and 10, of which few are not blank."""
    draw = np.random.default_rng(0)
    grey = {"x_train": np.zeros((10_010, 28, 28), np.uint8), "y_train": np.zeros(10_010, np.uint8),
            "x_test": draw.integers(0, 256, (10, 28, 28), np.uint8), "y_test": np.arange(10, dtype=np.uint8)}
    for first in (0, 10):
        grey["x_train"][first : first + 3] = draw.integers(0, 256, (3, 28, 28), np.uint8)
        grey["y_train"][first : first + 3] = first + 1
    contents = {f"binarized_mnist_{part}.amat": mnist.as_text(draw.integers(0, 2, (10, 784), np.uint8))
                for part in ("train", "valid", "test")}
    contents |= {file.name: mnist.as_idx(grey[file.original.keywords["name"]]) for file in get("mnist").files[3:]}
    files = []
    for file in get("mnist").files:
        (machine / file.name).write_bytes(contents[file.name])
        files.append(dataclasses.replace(file, content=hashlib.sha256(contents[file.name]).hexdigest()))
    monkeypatch.setattr(registry, "DATASETS", {"mnist": dataclasses.replace(get("mnist"), files=tuple(files))})
    return machine


@pytest.fixture(scope="module")
def real():
    """Left out where MNIST itself is not at hand."""
    if any(find("mnist", file.name)[1] is None for file in get("mnist").files):
        pytest.skip("left out: MNIST is not on this machine")


@pytest.mark.parametrize("part", PARTS)
def test_the_parts_of_mnist_have_their_sizes(real, part):
    fixed, (grey, labels) = data.load_fixed(part), data.load_grey(part)
    assert fixed.shape == grey.shape == (SIZES[part], 1, 28, 28)
    assert fixed.dtype == grey.dtype == torch.uint8
    assert labels.shape == (SIZES[part],) and labels.dtype == torch.int64
    assert fixed.max() == 1 and grey.max() == 255
    assert labels.unique().tolist() == list(range(10))


def test_the_fixed_test_digits_are_draws_of_the_grey_test_digits(real):
    """In another order; of any other digit they would be draws only with a probability below e**-110."""
    fixed = data.load_fixed("test")[:40].flatten(1).float()
    grey = data.load_grey("test")[0].flatten(1).float().div(255).clamp(1e-6, 1 - 1e-6)
    log_probability = fixed @ grey.log().T + (1 - fixed) @ (1 - grey).log().T
    best, which = log_probability.max(dim=1)
    assert best.min() > -110
    assert len(which.unique()) == len(fixed)


@pytest.mark.parametrize("preparation", PREPARATIONS)
@pytest.mark.parametrize("part", PARTS)
def test_every_preparation_is_images_between_0_and_1(small, preparation, part):
    images = prepared(preparation, part)
    assert images.shape[1:] == (1, 28, 28) and len(images) > 0
    assert images.dtype == torch.float32
    assert images.min() == 0 and images.max() == 1
    if preparation != "grey":
        assert ((images == 0) | (images == 1)).all()


def test_the_last_10_000_training_images_are_the_validation_part(small):
    for part, size, label in (("train", 10, 1), ("validation", 10_000, 11)):
        images, labels = data.load_grey(part)
        assert images.shape == (size, 1, 28, 28)
        assert labels[:4].tolist() == [label, label, label, 0]
        assert images[:3].any(dim=(1, 2, 3)).all() and not images[3:].any()


def test_no_digit_of_scikit_learn_is_in_two_parts():
    rows = [data.load_digits_28(part) for part in PARTS]
    assert [len(images) for images in rows] == [1400, 200, 197]
    assert not torch.cat(rows)[..., :4].any() and not torch.cat(rows)[..., -4:, :].any()   # the margin


@few
@given(st.lists(st.integers(0, 255), min_size=1, max_size=3), st.integers(0, 2**31))
def test_drawn_pixels_have_their_grey_level_as_their_mean(levels, seed):
    count = 20_000
    grey = torch.tensor(levels, dtype=torch.uint8).repeat(count, 1)
    drawn = binarize(grey, seeded(seed))
    share = torch.tensor(levels) / 255
    # Hypothesis tries few levels and seeds: six standard deviations are never seen by chance.
    assert ((drawn.mean(0) - share).abs() <= 6 * (share * (1 - share) / count).sqrt() + 1e-6).all()


def test_black_is_always_ink_and_white_never():
    grey = torch.tensor([0, 255], dtype=torch.uint8).repeat(1_000_000, 1)
    assert torch.equal(binarize(grey, seeded()), (grey == 255).float())


@few
@given(st.integers(0, 2**31), st.integers(0, 2**31))
def test_a_seed_fixes_the_draw_and_another_seed_changes_it(one, other):
    grey = torch.arange(256, dtype=torch.uint8).repeat(4, 1)
    assert torch.equal(binarize(grey, seeded(one)), binarize(grey, seeded(one)))
    assert torch.equal(binarize(grey, seeded(one)), binarize(grey, seeded(other))) == (one == other)


def test_what_is_measured_on_is_one_draw(small):
    assert torch.equal(prepared("dynamic", "test", 3), prepared("dynamic", "test", 3))
    assert not torch.equal(prepared("dynamic", "test", 3), prepared("dynamic", "test", 4))


def test_what_is_trained_on_is_drawn_anew_only_if_dynamic(small):
    rows = torch.tensor([0, 2])
    for preparation in PREPARATIONS:
        images = Images(preparation, "test")
        torch.manual_seed(1)
        first, second = images.batch(rows), images.batch(rows)
        assert first.shape == (2, 1, 28, 28) and first.dtype == torch.float32
        assert torch.equal(first, second) == (preparation != "dynamic")
        torch.manual_seed(1)  # as a checkpoint does, which keeps the generator's state
        assert torch.equal(first, images.batch(rows))
    images = Images("dynamic", "test")
    draws = torch.stack([images.batch(rows) for _ in range(400)])
    grey = data.load_grey("test")[0][rows] / 255
    assert (draws.mean(0) - grey).abs().max() < 6 * 0.5 / 20   # six standard deviations of the mean of 400


@pytest.mark.parametrize(("limit", "count"), [(0, 10), (1, 1), (10, 10), (11, 10)])
def test_a_limit_takes_the_first_images_and_0_all(small, limit, count):
    images = Images("fixed", "train", limit)
    assert len(images) == len(images.lengths) == count
    assert torch.equal(images.images, prepared("fixed", "train")[:count])
    assert images.lengths.unique().tolist() == [784]


def test_bad_names_limits_and_kinds_of_numbers_are_refused():
    for call in (data.load_fixed, data.load_grey, data.load_digits_28, lambda part: prepared("digits", part)):
        with pytest.raises(ValueError, match="the parts are train, validation, test; there is no 'valid'"):
            call("valid")
    for call in (prepared, Images, lambda preparation, _: data_record(preparation)):
        with pytest.raises(ValueError, match="the preparations are fixed, dynamic, grey, digits; there is no 'gray'"):
            call("gray", "train")
    with pytest.raises(ValueError, match="limit is how many images to use, 0 for all of them, not -1"):
        Images("digits", "train", -1)
    with pytest.raises(ValueError, match="are 0 to 255 .uint8., not torch.float32"):
        binarize(torch.ones(2, 2), seeded())


@pytest.mark.parametrize("missing", ["train", "valid", "test"])
def test_digits_are_at_hand_where_a_file_of_mnist_is_missing(small, missing):
    assert at_hand() == "fixed"
    (small / f"binarized_mnist_{missing}.amat").unlink()
    assert at_hand() == "digits"


def test_nothing_is_fetched_to_see_what_is_at_hand_and_missing_data_is_an_error(machine, monkeypatch):
    fetched = []
    monkeypatch.setattr(registry.pooch, "retrieve", lambda url, *rest, **options: fetched.append(url))
    assert at_hand() == "digits"
    assert not fetched


@pytest.mark.parametrize("preparation", ["fixed", "dynamic", "grey"])
def test_what_was_asked_for_by_name_is_never_replaced(machine, preparation):
    with pytest.raises(DataError, match="could not be fetched"):
        prepared(preparation, "train")
    with pytest.raises(DataError, match="could not be fetched"):
        Images(preparation, "train")


def test_a_broken_file_is_an_error_and_no_reason_for_digits(small):
    (small / "binarized_mnist_train.amat").write_bytes(b"0 1\n")
    assert at_hand() == "fixed"
    with pytest.raises(DataError, match="binarized_mnist_train.amat is not the expected file"):
        Images(at_hand(), "train")


def test_a_recorded_run_names_its_data_by_what_was_first_published():
    for preparation, count in (("fixed", 3), ("dynamic", 4), ("grey", 4)):
        record = data_record(preparation)
        assert len(record) == count
        assert record == {file.name: file.fingerprint for file in get("mnist").files if file.name in record}
    assert list(data_record("digits")) == ["scikit-learn digits"]
