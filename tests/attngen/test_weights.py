"""Weights on disk: what was saved comes back, and what cannot come back is refused in words."""
import pytest
import torch
from attngen import weights
from attngen.nn import EncoderDecoder, TransformerConfig
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn


def network(inside: int = 5, seed: int = 0) -> nn.Module:
    """A convolution in another memory format, a count, and a table that two layers share."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(2, inside, 3), nn.BatchNorm2d(inside), nn.Linear(4, 4), nn.Linear(4, 4))
    model[3].weight = model[2].weight
    return model.to(memory_format=torch.channels_last)


def same(ours: nn.Module, theirs: nn.Module) -> bool:
    pairs = zip(ours.state_dict().items(), theirs.state_dict().items(), strict=True)
    return all(a == b and torch.equal(x, y) and x.dtype == y.dtype for (a, x), (b, y) in pairs)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "model.safetensors"


@given(seed=st.integers(0, 1000))
def test_what_was_saved_comes_back(tmp_path_factory, seed):
    path = tmp_path_factory.mktemp("weights") / "model.safetensors"
    model, other = network(seed=seed), network(seed=seed + 1)
    assert weights.save(model, path) == path
    assert weights.load(other, path) is other
    assert same(other, model) and not same(network(seed=seed + 1), model)
    assert other[3].weight is other[2].weight


def test_a_saved_network_stays_as_it_is(path):
    model = network()
    for half in (False, True):
        weights.save(model, path, half=half)
        assert same(model, network())
        assert model[0].weight.is_contiguous(memory_format=torch.channels_last)


def test_half_weights_take_half_the_room_and_fill_a_whole_network(path):
    model = EncoderDecoder(TransformerConfig(dim=64, heads=2, tied=True))
    whole = weights.save(model, path).stat().st_size
    assert 0.5 * whole < weights.save(model, path, half=True).stat().st_size < 0.55 * whole
    again = weights.load(EncoderDecoder(model.config), path)
    for ours, theirs in zip(again.parameters(), model.parameters(), strict=True):
        assert ours.dtype == torch.float32
        assert torch.equal(ours, theirs.half().float())


def test_half_weights_keep_counts_and_shared_tables(path):
    weights.save(network(), path, half=True)
    with safe_open(path, "pt") as file:
        kinds = {name: file.get_tensor(name).dtype for name in file.keys()}
    assert kinds.pop("1.num_batches_tracked") == torch.int64
    assert set(kinds.values()) == {torch.float16}
    assert ("2.weight" in kinds) != ("3.weight" in kinds)


def test_numbers_too_large_for_half_are_refused(path):
    model = network()
    with torch.no_grad():
        model[2].bias[1] = 1e5
    with pytest.raises(OverflowError, match="'2.bias' has numbers beyond 65504, float16's largest"):
        weights.save(model, path, half=True)
    assert not path.exists()
    assert same(weights.load(network(seed=1), weights.save(model, path)), model)


def test_a_full_disk_keeps_the_weights_before_and_says_so(path, small_disk):
    weights.save(network(), path)
    before = path.read_bytes()
    with small_disk(1_000), pytest.raises(OSError, match="could not be written .*is the disk full"):
        weights.save(network(50), path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_missing_and_broken_files_are_named(path):
    with pytest.raises(OSError, match=r"there are no weights .*model.safetensors"):
        weights.load(network(), path)
    weights.save(network(), path)
    whole = path.read_bytes()
    for broken in (b"", b"no weights", whole[:-3], b"\xff" * 100):
        path.write_bytes(broken)
        with pytest.raises(OSError, match=r"model.safetensors cannot be read .*get them or make them again"):
            weights.load(network(), path)
    with pytest.raises(OSError, match="cannot be read"):
        weights.load(network(), path.parent)


def test_weights_of_another_shape_are_refused(path):
    weights.save(network(), path)
    wrong = r"do not fit this Sequential: size mismatch for 0.weight.*\[5, 2, 3, 3\].*\[6, 2, 3, 3\]"
    with pytest.raises(OSError, match=wrong):
        weights.load(network(6), path)
    with pytest.raises(OSError, match='do not fit this Linear: Missing.*"bias".*Unexpected.*"0.weight"'):
        weights.load(nn.Linear(4, 4), path)
    save_file({"weight": torch.zeros(4, 4)}, path)
    with pytest.raises(OSError, match='do not fit this Linear: Missing.*"bias"'):
        weights.load(nn.Linear(4, 4), path)
