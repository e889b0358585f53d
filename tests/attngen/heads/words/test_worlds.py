"""The tree of all cross-attention masks, and the two worlds that policies learn in."""
import pytest
import torch
from attngen.heads.gates import HeadGates
from attngen.heads.words.cross_tree import CrossTree, head_shares
from attngen.heads.words.examples import RIGHT, Words
from attngen.heads.words.looks import kinds
from attngen.heads.words.worlds import Model, Table, begins_with_vowel, states
from attngen.nn import EncoderDecoder, MultiHeadAttention, TransformerConfig
from hypothesis import given, settings
from hypothesis import strategies as st

CROSS = [number for number, (kind, _) in enumerate(kinds(2)) if kind == "cross"]


@pytest.fixture(scope="module")
def tree(words):
    tree = CrossTree(words.model)
    return tree, tree.answers(words)


@settings(max_examples=16)
@given(number=st.integers(0, 15))
def test_a_leaf_is_the_model_under_its_gates(words, tree, number):
    """The oracle: gates on the whole model."""
    masks, found = tree[0].masks, tree[1]
    assert masks.shape == (16, 4) and found.shape == (16, 10, 2)
    gates = torch.ones(6, 2, dtype=torch.double)
    gates[CROSS] = masks[number].view(2, 2).double()
    assert torch.allclose(found[number], words.answers(gates)[:, :2], rtol=1e-9, atol=1e-9)


def test_shares_and_a_bias_are_the_attention():
    torch.manual_seed(0)
    layer, x, memory = MultiHeadAttention(8, 4), torch.randn(2, 3, 8), torch.randn(2, 5, 8)
    seen = torch.ones(2, 1, 1, 5, dtype=torch.bool)
    seen[1, ..., 3:] = False
    shares = head_shares(layer, x, memory, seen)
    assert shares.shape == (4, 2, 3, 8)
    assert torch.allclose(shares.sum(0) + layer.output.bias, layer(x, memory, seen)[0], atol=1e-6)


def test_a_decoder_that_sees_the_answer_has_no_tree():
    model = EncoderDecoder(TransformerConfig(dim=8, heads=2, layers=1, causal=False))
    with pytest.raises(ValueError, match="the tree is for a causal decoder"):
        CrossTree(model)


@settings(max_examples=10)
@given(seed=st.integers(0, 99))
def test_both_worlds_say_the_same(words, seed):
    """A look into the table, and the model asked, for masks that differ from word to word."""
    generator = torch.Generator().manual_seed(seed)
    table, asked = Table(words), Model(words)
    inputs = torch.randint(10, (6,), generator=generator)
    masks = torch.randint(2, (3, 6, 4), generator=generator).float()
    whole = torch.ones(3, 6, 6, 2)
    whole[:, :, CROSS] = masks.view(3, 6, 2, 2)
    assert torch.equal(table(masks, inputs), asked(whole.flatten(2), inputs))
    assert not any(m._forward_pre_hooks for m in words.model.modules())


def test_tables_hold_what_words_come_to(words):
    table, gates = Table(words), HeadGates.of(words.model)
    assert table.heads == 4 and table.right.shape == (16, 10)
    assert torch.equal(table.right[-1], words.answers(torch.ones(gates.shape))[:, RIGHT])


def test_states_know_the_letters_and_nothing_else(model):
    one = Words(model, [("apple", "appleway"), ("street", "eetstray")])
    again = Words(model, [("street", "eetstray")])
    found = states(one)
    assert found.shape == (2, 2 * 8 + 1)
    assert torch.allclose(found[1], states(again)[0])
    assert found[:, -1].tolist() == [0.5, pytest.approx(0.6)]
    assert begins_with_vowel(one).tolist() == [True, False]
