"""The chapter's other trainings and its benchmark, under smoke; and presets that are what they are called."""
import math

import numpy as np
import pytest
import torch
from attngen import experiments, verify
from attngen.experiments import Context, RunError, make_accelerator
from attngen.vision import clip, large, pretrained
from attngen.vision.augment import AugmentConfig
from attngen.vision.compact import CompactShape, make_model
from attngen.vision.images import load_part
from attngen.vision.large import LargeConfig, fit_classifier, load_enlarged
from attngen.vision.train import CompactConfig

NAMES = ("vit-cifar10-compact", "vit-cifar10-large", "heads-vit-compact", "vit-speed")


def finite(result) -> bool:
    return all(math.isfinite(number) for number in result.metrics.values())


@pytest.mark.parametrize("name", NAMES)
def test_presets_are_what_they_are_called(name):
    presets = experiments.get(name).presets
    assert {"smoke", "cpu", "gpu"} <= set(presets)
    for preset, config in presets.items():
        assert len(config.seeds) == 1
        if isinstance(config, (CompactConfig, LargeConfig)) and preset in ("cpu", "gpu"):
            assert (config.data, config.measure) == ("cifar10", 0)   # all test images
            assert (config.limit > 0) == (isinstance(config, LargeConfig) and preset == "cpu")
        elif isinstance(config, CompactConfig):
            assert config.data in ("at-hand", "digits")   # what every reader has


def test_the_large_model_under_smoke(places):
    result = experiments.run("vit-cifar10-large", "smoke", device="cpu", force=True)
    assert finite(result) and result.metrics["test_images"] == 16
    assert np.load(result.path("confusion.npy")).sum() == 16
    assert not result.path("model.safetensors").exists()


def test_the_compact_model_is_verified(places):
    experiments.run("vit-cifar10-compact", "smoke", device="cpu", force=True)
    findings = list(verify.verify(["vit-cifar10-compact"]))
    assert {finding.check for finding in findings} == {"record", "measured again", "smoke run"}
    assert all(finding.ok for finding in findings), findings


def test_the_benchmark_leaves_out_the_same_heads(places):
    result = experiments.run("vit-speed", "smoke", device="cpu", force=True)
    metrics = result.metrics
    assert finite(result) and metrics["same_classes"] == 1
    assert metrics["largest_difference"] < 1e-4 < 1e-2 < metrics["largest_change"]
    assert metrics["naive_over_cached"] == metrics["naive_seconds"] / metrics["cached_seconds"]
    assert metrics["ablated_heads"] == 24
    assert [metrics[f"heads_kept_{share}"] for share in (100, 75, 50, 25, 0)] == [24, 18, 12, 6, 0]
    sizes = [metrics[f"parameters_kept_{share}"] for share in (100, 75, 50, 25, 0)]
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 5
    assert metrics["heads_half_the_layers"] == 12
    for kind in ("fused", "eager", "maps", "half_the_layers", "kept_0"):
        assert metrics[f"images_per_second_{kind}"] > 0


@pytest.mark.parametrize("name", ["heads-vit-compact", "vit-speed"])
def test_a_smoke_run_has_the_names_of_a_recorded_one(name):
    """Which ``attngen verify`` compares: layers are counted in the metrics' names."""
    trained = experiments.get("vit-cifar10-compact").presets
    layers = {experiments.get(name).presets["smoke"].shape.layers, trained["cpu"].shape.layers}
    assert layers == {trained["gpu"].shape.layers}


def test_several_seeds_are_refused_in_words(tmp_path):
    with pytest.raises(RunError, match="a single seed to --seed"):
        large.run_large(LargeConfig("fresh", "digits"), Context(tmp_path, (0, 1), make_accelerator("cpu")))


def test_features_are_the_towers_on_enlarged_and_normalised_pixels():
    tower, processor = clip.fresh(0)
    model = load_enlarged("fresh").eval()
    images, _ = load_part("digits", "test")
    shown = (images[:3] / 255 - torch.tensor(processor.image_mean).view(3, 1, 1))
    shown = shown / torch.tensor(processor.image_std).view(3, 1, 1)   # of the same size: nothing to enlarge
    with torch.no_grad():
        found = model.features(images[:3] / 255 * 2 - 1)
        assert torch.allclose(found, tower.vision_model(shown).pooler_output, atol=1e-4)
    assert model(torch.zeros(2, 3, 32, 32)).logits.shape == (2, 10)
    assert model.features(torch.zeros(2, 3, 20, 20)).shape == found[:2].shape


def test_a_classifier_of_transformers_gives_its_class_token(monkeypatch):
    torch.manual_seed(0)
    whole = make_model(CompactShape(dim=12, layers=1, heads=3, image=16)).eval()
    classifier = whole.classifier
    processor = type("Processor", (), {"image_mean": [0.5] * 3, "image_std": [0.5] * 3})
    monkeypatch.setattr(pretrained, "load", lambda name: (whole, processor))
    pixels = torch.randn(2, 3, 16, 16).clamp(-1, 1)
    with torch.no_grad():
        expected = whole(pixels).logits
        model = load_enlarged("google/vit-base-patch16-224").eval()
        assert torch.allclose(classifier(model.features(pixels)), expected, atol=1e-4)


def test_another_kind_of_model_is_refused(monkeypatch):
    from transformers import DeiTConfig, DeiTForImageClassification

    shape = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    other = DeiTForImageClassification(DeiTConfig(**shape, image_size=16, patch_size=8))
    monkeypatch.setattr(pretrained, "load", lambda name: (other, None))
    with pytest.raises(ValueError, match="can be fine-tuned here, not a DeiTForImageClassification"):
        load_enlarged("some/deit")


def test_the_first_classifier_fits_frozen_features():
    model = load_enlarged("fresh")
    images, labels = load_part("digits", "train")
    before = {name: p.clone() for name, p in model.backbone.named_parameters()}
    fit_classifier(model, images[:200], labels[:200])
    with torch.no_grad():
        right = (model(images[:200] / 255 * 2 - 1).logits.argmax(1) == labels[:200]).float().mean()
    assert right > 0.5   # random features, but chance is 0.1
    assert all(torch.equal(p, before[name]) for name, p in model.backbone.named_parameters())
    assert model.classifier.weight.requires_grad


def test_augmentation_grows_with_the_budget():
    presets = experiments.get("vit-cifar10-compact").presets
    assert presets["cpu"].augment == AugmentConfig()   # crop and mirror: a dozen epochs do not overfit
    assert presets["gpu"].augment.cutmix > 0 and presets["gpu"].augment.operation > 0
    # what a graphics card trains is larger, and its maps have the same patches
    sizes = [sum(p.numel() for p in make_model(presets[each].shape).parameters()) for each in ("cpu", "gpu")]
    assert sizes[0] < sizes[1] <= 3_000_000 and presets["cpu"].shape.grid == presets["gpu"].shape.grid


def test_a_pretrained_model_takes_smaller_photos():
    whole, half = load_enlarged("fresh").eval(), load_enlarged("fresh", size=8).eval()
    assert whole.size != 8 and {p.shape for p in whole.parameters()} == {p.shape for p in half.parameters()}
    seen = []
    half.backbone.register_forward_hook(lambda module, inputs, output: seen.append(output.last_hidden_state.shape))
    with torch.no_grad():
        features = half.features(torch.rand(2, 3, 32, 32) * 2 - 1)
    patch = half.backbone.config.patch_size
    assert seen[0][1] == (8 // patch) ** 2 + 1 and features.isfinite().all()


def test_photos_that_are_not_whole_patches_are_refused():
    with pytest.raises(ValueError, match="whole patches of .* pixels; 13 pixels are not"):
        load_enlarged("fresh", size=13)
