"""The masked softmax against torch's, and rows without any open key."""
import pytest
import torch
from attngen.nn import scaled_dot_product_attention
from attngen.nn.masking import masked_softmax


def test_without_closed_keys_it_is_torchs_softmax():
    scores = torch.randn(2, 3, 4)
    expected = scores.softmax(-1)
    assert torch.equal(masked_softmax(scores), expected)
    assert torch.equal(masked_softmax(scores, torch.ones(4, dtype=torch.bool)), expected)


def test_it_is_the_softmax_of_the_books_attention():
    query, key, mask = torch.randn(5, 8), torch.randn(6, 8), torch.rand(5, 6) < 0.5
    mask[2] = False
    _, expected = scaled_dot_product_attention(query, key, key, mask)
    found = masked_softmax(query @ key.T / 8**0.5, mask)
    torch.testing.assert_close(found, expected)
    assert (found[2] == 0).all() and (found[~mask] == 0).all()


@pytest.mark.parametrize("largest", [1e30, torch.finfo(torch.float32).max])
def test_huge_scores_stay_finite(largest):
    scores = torch.tensor([[largest, -largest, 0.0]])
    found = masked_softmax(scores, torch.tensor([[True, True, False]]))
    assert torch.equal(found, torch.tensor([[1.0, 0.0, 0.0]]))


def test_a_mask_of_numbers_is_refused():
    with pytest.raises(ValueError, match="must be boolean .* torch.int64"):
        masked_softmax(torch.zeros(2, 2), torch.ones(2, 2, dtype=torch.long))
