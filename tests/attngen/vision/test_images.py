"""Images for training and measuring: parts, fallback, and batches that a seed decides."""
import pytest
import torch
from attngen.data import cifar10
from attngen.vision import images
from attngen.vision.augment import AugmentConfig
from attngen.vision.images import TrainingImages, chosen, load_part, normalised

PLAIN = AugmentConfig(crop=0, flip=0)


def test_digits_are_photos_of_their_kind():
    sizes = []
    for part in images.PARTS:
        pixels, labels = load_part("digits", part)
        assert pixels.dtype == torch.uint8 and pixels.shape[1:] == (3, 32, 32)
        assert labels.dtype == torch.int64 and set(labels.tolist()) == set(range(10))
        assert torch.equal(pixels[:, 0], pixels[:, 2])
        sizes.append(len(pixels))
    assert sum(sizes) == 1797


def test_what_is_at_hand(monkeypatch):
    for there, expected in ((True, "cifar10"), (False, "digits")):
        monkeypatch.setattr(cifar10, "at_hand", lambda there=there: there)
        assert chosen("at-hand") == expected
        assert chosen("cifar10") == "cifar10" and chosen("digits") == "digits"
    assert len(load_part("at-hand", "test")[0]) == 197   # digits
    assert set(images.data_record("at-hand")) == {"scikit-learn digits"}


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="one of cifar10, digits, at-hand, not 'mnist'"):
        load_part("mnist", "test")
    with pytest.raises(ValueError, match="there is no 'valid'"):
        load_part("digits", "valid")
    with pytest.raises(ValueError, match="0 for all of them, not -1"):
        TrainingImages(*load_part("digits", "test"), 10, PLAIN, limit=-1)


def test_cifar_comes_in_the_order_of_its_loader(monkeypatch):
    import numpy as np

    pixels = np.arange(2 * 32 * 32 * 3, dtype=np.uint64).astype(np.uint8).reshape(2, 32, 32, 3)
    monkeypatch.setattr(cifar10, "load", lambda part: (pixels, np.array([3, 1])))
    images._cifar10.cache_clear()
    found, labels = load_part("cifar10", "test")
    images._cifar10.cache_clear()
    assert found.shape == (2, 3, 32, 32) and labels.tolist() == [3, 1]
    assert found[1, 2, 5, 7] == pixels[1, 5, 7, 2]


def test_the_range_that_a_model_sees():
    whole = torch.tensor([0, 255, 51], dtype=torch.uint8)
    assert torch.allclose(normalised(whole), torch.tensor([-1.0, 1, -0.6]))
    assert torch.equal(normalised(whole), normalised(whole / 255))


def test_a_batch_without_changes_is_the_images():
    pixels, labels = load_part("digits", "validation")
    data = TrainingImages(pixels, labels, 10, PLAIN, limit=20)
    assert len(data) == 20 == len(data.lengths)
    found, targets = data.batch(torch.tensor([3, 17]))
    assert torch.equal(found, normalised(pixels[[3, 17]]))
    assert torch.equal(targets.argmax(1), labels[[3, 17]]) and targets.sum() == 2


def test_changes_follow_torchs_own_generator():
    """Which is what a checkpoint keeps: a resumed run goes on with the draws it would have made."""
    data = TrainingImages(*load_part("digits", "validation"), 10, AugmentConfig(operation=1.0, cutmix=1.0))
    indices = torch.arange(8)
    torch.manual_seed(1)
    first = data.batch(indices)
    state = torch.get_rng_state()
    second = data.batch(indices)
    torch.set_rng_state(state)
    again = data.batch(indices)
    assert torch.equal(second[0], again[0]) and torch.equal(second[1], again[1])
    assert not torch.equal(first[0], second[0])
