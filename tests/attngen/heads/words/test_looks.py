"""Where heads look, on weights whose answer is known."""
import pytest
import torch
from attngen.heads.find import find
from attngen.heads.words import looks as module
from attngen.heads.words.examples import Words
from attngen.heads.words.looks import KINDS, ROLES, allowed, entropies, kinds, looks, places, weights_of


def test_kinds_come_in_the_order_of_find(model):
    names = {"encoder": "encoder.{}.self_attention", "decoder": "decoder.{}.self_attention",
             "cross": "decoder.{}.cross_attention"}  # fmt: skip
    assert [names[kind].format(layer) for kind, layer in kinds(2)] == [a.name for a in find(model)]


def test_places_of_a_word(model):
    words = Words(model, [("street", "eetstray")])
    [(numbers, batch)] = words.batches()
    found = places(words, batch, numbers)
    cross = {role: mask[0].nonzero().tolist() for role, mask in found["cross"].items()}
    assert cross["copy"] == [[0, 3], [1, 4], [2, 5]] and cross["move"] == [[3, 0], [4, 1], [5, 2]]
    assert cross["end"] == [[6, 6], [7, 6], [8, 6]]
    assert cross["written"] == [[1, 3], [2, 4], [3, 5], [4, 0], [5, 1], [6, 2]]
    encoder = {role: mask[0].nonzero().tolist() for role, mask in found["encoder"].items()}
    assert encoder["itself"] == [[2, 2], [3, 3], [4, 4]] and encoder["before"] == [[2, 1], [3, 2], [4, 3]]
    assert encoder["end"] == [[2, 6], [3, 6], [4, 6]] and encoder["first"] == [[2, 0], [3, 0], [4, 0]]
    decoder = found["decoder"]["start"][0].nonzero().tolist()
    assert decoder == [[t, 0] for t in range(2, 9)]


def test_no_place_is_out_of_sight_and_none_has_two(words):
    for numbers, batch in words.batches():
        within = allowed(batch)
        for kind, roles in places(words, batch, numbers).items():
            assert set(roles) == set(ROLES[kind])
            for mask in roles.values():
                assert not (mask & ~within[kind]).any() and mask.sum(-1).max() <= 1


def test_weights_stay_within_sight_and_add_up(words):
    for _, batch in words.batches():
        within = allowed(batch)
        for (kind, _), weights in zip(kinds(2), weights_of(words, batch), strict=True):
            real = within[kind].any(-1)
            assert torch.allclose((weights * within[kind][:, None]).sum(-1).transpose(1, 2)[real],
                                  torch.ones((), dtype=torch.double))


def test_even_weights_have_entropy_one_and_look_as_chance_does(words, monkeypatch):
    def even(words, batch):
        within = allowed(batch)
        share = {kind: mask / mask.sum(-1, keepdim=True).clamp(min=1) for kind, mask in within.items()}
        return [share[kind][:, None].repeat(1, 2, 1, 1).double() for kind, _ in kinds(2)]

    monkeypatch.setattr(module, "weights_of", even)
    assert torch.allclose(entropies(words), torch.ones((), dtype=torch.double), atol=1e-6)
    for kind, roles in looks(words).items():
        for role, (weight, by_chance) in roles.items():
            assert torch.allclose(weight, torch.tensor(by_chance, dtype=torch.double), atol=1e-6), (kind, role)


def test_a_head_that_looks_at_one_place_has_no_entropy(words, monkeypatch):
    def first(words, batch):
        within = allowed(batch)
        found = []
        for kind, _ in kinds(2):
            weights = torch.zeros(within[kind].shape, dtype=torch.double)
            weights[..., 0] = 1
            found.append(weights[:, None].repeat(1, 2, 1, 1))
        return found

    monkeypatch.setattr(module, "weights_of", first)
    assert not entropies(words).any()
    found = looks(words)
    assert found["encoder"]["first"][0].tolist() == [[1, 1], [1, 1]] and not found["encoder"]["itself"][0].any()
    assert found["decoder"]["start"][0].min() == 1
    assert set(found) == set(KINDS) and found["cross"]["copy"][0].max() < 1


def test_looks_lie_between_zero_and_one(words):
    for roles in looks(words).values():
        for weight, by_chance in roles.values():
            assert weight.shape == (2, 2) and 0 <= weight.min() and weight.max() <= 1 + 1e-6
            assert by_chance == pytest.approx(by_chance) and 0 < by_chance < 1
