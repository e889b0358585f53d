"""Each broken network shows its symptom, and only its own; the right ones show none."""
import pytest
import torch
from attngen.pixelcnn import mistakes
from attngen.pixelcnn.likelihood import mean_nll, total_probability
from attngen.pixelcnn.masks import CroppedConv2d, causal_mask_2d
from attngen.pixelcnn.mistakes import NETWORKS

RIGHT = ("PixelCNN", "GatedPixelCNN")


@pytest.fixture(scope="module")
def rows():
    return mistakes.symptoms()


def test_the_right_networks_have_no_symptom(rows):
    for name in RIGHT:
        row = rows[name]
        assert row["total_probability"] == pytest.approx(1, abs=1e-6)
        assert row["own"] == row["closed_share"] == row["changed"] == 0
        assert row["left"] > 0
        assert 0.8 < row["bits_before"] < 1.3
        assert row["bits_after"] < 0.95


def test_swapped_masks_lose_the_nearest_pixel_and_nothing_else_shows(rows):
    row = rows["SwappedMasks"]
    assert row["left"] == 0
    assert row["own"] == row["closed_share"] == row["changed"] == 0
    assert row["total_probability"] == pytest.approx(1, abs=1e-6)   # a right likelihood, of a worse network


def test_without_mask_a_the_network_copies(rows):
    row = rows["NoMaskA"]
    assert row["own"] > 0
    assert row["bits_after"] < 0.5 * rows["PixelCNN"]["bits_after"]   # too good to be true
    assert row["total_probability"] > 2


def test_a_mask_in_the_weights_changes_them_and_gives_closed_ones_a_gradient(rows):
    row = rows["MaskInWeights"]
    assert row["changed"] > 1e-3 and row["closed_share"] > 1e-3
    assert row["own"] == 0
    assert row["total_probability"] == pytest.approx(1, abs=1e-6)   # as a function it is right


def test_a_doubled_residual_begins_far_off(rows):
    row = rows["DoubledResidual"]
    assert row["bits_before"] > 5 * rows["GatedPixelCNN"]["bits_before"]
    assert row["own"] == 0 and row["total_probability"] == pytest.approx(1, abs=1e-6)


def test_a_doubled_residual_doubles_what_a_layer_of_zeros_should_pass_on():
    """The unit test that catches it, whatever the weights: 2**layers."""
    image, outs = torch.rand(1, 1, 5, 5), []
    for name in ("GatedPixelCNN", "DoubledResidual"):
        model = mistakes.make(name, layers=4)
        with torch.no_grad():
            for parameter in model.gated[1:].parameters():
                parameter.zero_()
            model.mix.weight.copy_(torch.eye(8)[:, :, None, None])
            model.mix.bias.zero_()
            outs.append(model(image) - model.out.bias)
    assert (outs[0] != 0).any()
    torch.testing.assert_close(outs[1], 16 * outs[0])


def test_masks_are_what_the_names_say():
    kinds = {"PixelCNN": "ABB", "SwappedMasks": "BAA", "NoMaskA": "BBB", "MaskInWeights": "ABB"}
    for name, letters in kinds.items():
        for conv, kind in zip(mistakes.make(name).masked, letters, strict=True):
            assert torch.equal(conv.mask, causal_mask_2d(kind, 5))


def test_weights_that_were_written_into_are_wrong_for_everybody_else():
    """After a step the closed ones are open in the state dict; a plain convolution that loads them sees too much."""
    images = mistakes.small_digits(50)
    model = mistakes.train_a_little(mistakes.make("MaskInWeights"), images, 0.02, steps=3)
    closed = (model.masked[1].mask == 0).expand_as(model.masked[1].weight)
    assert (model.state_dict()["masked.1.weight"][closed] != 0).any()
    before = mean_nll(model, images)   # the next look closes them again
    assert (model.masked[1].weight[closed] == 0).all()
    assert mean_nll(model, images) == before


def test_the_swapped_one_is_no_error_of_the_likelihood_at_any_weights():
    for seed in range(3):
        assert total_probability(mistakes.make("SwappedMasks", seed).double()) == pytest.approx(1, abs=1e-9)


def test_symptoms_come_from_the_seed(rows):
    images = mistakes.small_digits(300)
    assert mistakes.symptoms_of("NoMaskA", images) == rows["NoMaskA"]
    assert mistakes.symptoms_of("NoMaskA", images, seed=1) != rows["NoMaskA"]


def test_the_table_has_a_line_for_each_and_a_number_for_each_symptom(rows):
    first, second, *lines = mistakes.table(rows).splitlines()
    assert [line.split()[0] for line in lines] == list(NETWORKS) == list(rows)
    assert all(len(line.split()) == 1 + len(rows["PixelCNN"]) for line in lines)
    assert "sum" in first.split() and second.split() == ["before", "after", "share"]
    assert max(len(line) for line in [first, second, *lines]) <= 84  # as wide as a page


def test_small_digits_are_black_and_white():
    digits = mistakes.small_digits(20)
    assert digits.shape == (20, 1, 8, 8)
    assert set(digits.unique().tolist()) == {0.0, 1.0}


def test_the_mistakes_are_made_of_whole_kernels():
    """So that the one that writes into its weights has closed ones to write into."""
    for name in ("PixelCNN", "SwappedMasks", "NoMaskA", "MaskInWeights"):
        assert not any(isinstance(conv, CroppedConv2d) for conv in mistakes.make(name).masked)
