"""A look at a photo: the parts fit together, the answers are the model's, and what is recorded comes back."""
import numpy as np
import pytest
import torch
from attngen import experiments, results, verify
from attngen.vision import answers, artefacts, clip, look, maps, maps_record, maps_run, rollout
from attngen.vision.photos import free_photos
from PIL import Image
from tiny_vits import KINDS, extra, picture, tiny
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

PREPARE = ViTImageProcessorPil(size={"height": 32, "width": 32})
PHOTO = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8))


def read(kind: str, model) -> answers.Answers:
    if kind == "clip":
        texts = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))
        return answers.of_clip(texts, "abcd", "ابپت")
    return answers.of_classifier(model)


@pytest.mark.parametrize("kind", KINDS)
def test_a_look_is_made_of_the_models_own_maps(kind):
    model = tiny(kind)
    found, attn = look.look_at(model, PREPARE, PHOTO, read(kind, model), k=3, explained=2)
    pixels = PREPARE(PHOTO, return_tensors="pt")["pixel_values"]
    torch.testing.assert_close(attn, maps.attentions(model, pixels))
    assert found.seen.shape == (32, 32, 3) and found.grid == (4, 4) and len(found.classes) == 3
    assert torch.equal(found.attention, attn[:, :, 0, extra(kind):].unflatten(-1, (4, 4)))
    for row, fusion in enumerate(rollout.FUSIONS):
        for column, share in enumerate(look.DISCARDS):
            whole = rollout.rollout(attn, fusion, share)[-1]
            assert torch.equal(found.fusions[row, column], maps.cls_maps(whole, (4, 4)))
    assert torch.equal(found.flow[-1], found.fusions[0, 0]) and found.flow.shape == (3, 4, 4)
    assert found.gradient.shape == (2, 4, 4) and not torch.equal(found.gradient[0], found.gradient[1])
    assert torch.equal(found.norms, artefacts.patch_norms(model, pixels))


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_the_largest_probabilities(kind):
    model = tiny(kind)
    output = model(pixel_values=picture())
    reader = read(kind, model)
    found = reader.best(output, 50)
    probabilities = reader.probabilities(output)[0]
    assert [f.probability for f in found] == sorted(probabilities.tolist(), reverse=True)
    assert sum(f.probability for f in found) == pytest.approx(1, abs=1e-5)
    for each in found:
        assert each.label == reader.labels[each.index] and each.fa == reader.persian[each.index]
        assert each.probability == probabilities[each.index].item()
    chance = reader.chance(model, found[0].index, batch=2)
    images = torch.cat([picture(seed) for seed in range(5)])
    torch.testing.assert_close(chance(images), torch.cat([chance(image[None]) for image in images]))
    assert chance(picture()).item() == pytest.approx(found[0].probability, abs=1e-6)


def test_clip_answers_by_the_nearest_text():
    texts = torch.eye(6)[:3]
    output = type("Output", (), {"image_embeds": torch.tensor([[0.1, 5.0, 0.2, 0, 0, 1]])})()
    reader = answers.of_clip(texts, ["a", "b", "c"])
    assert [f.label for f in reader.best(output)] == ["b", "c", "a"]
    assert reader.best(output)[0].fa == "b"  # without Persian names the English ones
    torch.testing.assert_close(reader.probabilities(output), clip.probabilities(output.image_embeds, texts))
    cosine = torch.nn.functional.cosine_similarity(output.image_embeds[0], texts[1], dim=0)
    assert reader.score(1)(output) == cosine


def test_texts_and_names_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="2 texts, 1 labels, 1 Persian ones"):
        answers.of_clip(torch.eye(2), ["a"], ["ا"])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A smoke run of the experiment, in a folder of its own."""
    root = tmp_path_factory.mktemp("maps")
    with results.stored_in(root / "results"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTNGEN_RUNS", str(root / "runs"))
        patch.setenv("ATTNGEN_RESULTS", str(root / "results"))
        experiments.run(maps_record.NAME, "smoke", device="cpu", force=True)
    return root / "results"


def test_what_is_recorded_comes_back_but_for_its_scale(recorded):
    config = maps_run.PRESETS["smoke"]
    model, processor = clip.fresh(config.seeds[0])
    texts = torch.randn(9, 512, generator=torch.Generator().manual_seed(config.seeds[0]))
    reader = answers.of_clip(texts, clip.labels()[:9], clip.labels("coco", "fa")[:9])
    fresh, _ = look.look_at(model, processor, free_photos()["coffee"].image, reader)
    with results.stored_in(recorded):
        kept = maps_record.recorded("coffee")
    np.testing.assert_array_equal(kept.seen, fresh.seen)
    assert [f[:2] for f in kept.classes] == [f[:2] for f in fresh.classes]
    for name in look.ARRAYS:
        stored, made = getattr(kept, name), getattr(fresh, name)
        assert stored.shape == made.shape
        if name != "norms":
            stored, made = (m / m.sum((-2, -1), keepdim=True) for m in (stored, made))
        torch.testing.assert_close(stored, made, rtol=5e-3, atol=1e-4)


def test_the_summary_is_the_mean_over_all_photos(recorded):
    model, processor = clip.fresh(0)
    expected = []
    for photo in free_photos().values():
        pixels = processor(photo.image, return_tensors="pt")["pixel_values"]
        expected.append(maps.mean_distance(maps.attentions(model, pixels), (4, 4), 8))
    with results.stored_in(recorded):
        found = maps_record.summary()
        assert set(maps_record.summary(prefix="coffee_")) == set(look.ARRAYS)
    assert not any(key.startswith("coffee") for key in found)
    np.testing.assert_allclose(found["distance"], torch.stack(expected).mean(0), rtol=2e-3)
    assert found["deletion"].shape == (7, len(maps_run.METHODS), 2, 3)
    for end in (0, -1):  # with none and with all of the patches covered all orders are one
        assert found["deletion"][..., end].std((1, 2)).max() < 1e-6


def test_the_record_is_small_and_verified_from_itself(recorded):
    with results.stored_in(recorded):
        result = results.load(maps_record.NAME)
        assert sum(file.stat().st_size for file in result.path("").iterdir()) < 100_000
        assert all(finding.ok for finding in verify.remeasured(result, experiments.get(result.name)))
        assert verify.whole(result).ok


def test_a_photo_that_is_not_recorded_is_named(recorded):
    with results.stored_in(recorded), pytest.raises(KeyError, match="the maps of 'china' are not recorded"):
        maps_record.recorded("china")
