"""CLIP features of small images: as the processor makes them, the same in any batch, and kept in chunks."""
import numpy as np
import pytest
import torch
from attngen.experiments import make_accelerator
from attngen.vision import clip, features
from attngen.vision.features import Store, embed, prepare
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

few = settings(max_examples=20, deadline=None)


def noise(count: int, side: int = 32, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, side, side), generator=generator, dtype=torch.uint8)


@few
@given(st.integers(8, 40), st.sampled_from([32, 64, 100]), st.integers(0, 2**31))
def test_images_are_prepared_as_the_processor_does_it(side, size, seed):
    images = noise(2, side, seed)
    processor = CLIPImageProcessorPil(size={"shortest_edge": size}, crop_size={"height": size, "width": size})
    photos = [Image.fromarray(image.permute(1, 2, 0).numpy()) for image in images]
    theirs = processor(photos, return_tensors="pt")["pixel_values"]
    step = 1 / 255 / 0.26   # one level of 255, as the normalised numbers have it
    difference = (prepare(images, size) - theirs).abs()
    assert difference.max() < 2.1 * step and (difference > 0.1 * step).float().mean() < 0.02


def test_other_images_are_refused():
    for wrong in (noise(2).float(), noise(2)[:, :1], noise(2).permute(0, 2, 3, 1), noise(2)[0]):
        with pytest.raises(ValueError, match="images are .N, 3, h, w. of 0 to 255 .uint8., not"):
            prepare(wrong, 32)


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_features_do_not_depend_on_the_batch_or_on_how_attention_is_computed(attention):
    model, _ = clip.fresh()
    images = noise(7)
    whole = embed(model, images, 7)
    assert whole.shape == (7, 32) and whole.dtype == torch.float32
    model.set_attn_implementation(attention)
    assert torch.allclose(embed(model, images, 2), whole, atol=1e-5)


def test_the_projection_of_features_is_clip_s_embedding():
    model, _ = clip.fresh()
    expected = model(prepare(noise(3), 32)).image_embeds
    assert torch.allclose(model.visual_projection(embed(model, noise(3), 3)), expected, atol=1e-5)


class Counted:
    """Hands out a tiny tower, and counts how many images went through it."""

    def __init__(self):
        self.model, self.loaded, self.images = clip.fresh()[0], 0, 0
        self.model.register_forward_hook(lambda *_: None)
        self.model.vision_model.register_forward_pre_hook(self.count)

    def count(self, _, arguments):
        self.images += len(arguments[0])

    def __call__(self):
        self.loaded += 1
        return self.model


@pytest.fixture
def chunked(tmp_path, monkeypatch):
    """Chunks of four images; gives the store and a function: how many images -> their features, seconds."""
    monkeypatch.setattr(features, "CHUNK", 4)
    store, accelerator = Store(tmp_path, {"part": "test"}), make_accelerator("cpu")

    def extract(count: int, tower=None, about=None):
        place = Store(tmp_path, about) if about else store
        return features.features(noise(10)[:count], tower or Counted(), place, accelerator, 3)

    return store, extract


def test_kept_features_are_those_that_were_computed(chunked):
    _, extract = chunked
    tower = Counted()
    rows, seconds = extract(10, tower)
    assert torch.allclose(rows, embed(clip.fresh()[0], noise(10), 10), atol=1e-5)
    assert (tower.loaded, tower.images) == (1, 10) and seconds > 0
    again = Counted()
    assert torch.equal(extract(10, again)[0], rows) and extract(10, again)[1] == seconds
    assert (again.loaded, again.images) == (0, 0)                  # the tower is not even loaded


def test_more_images_use_what_fewer_have_left_and_fewer_take_from_more(chunked):
    _, extract = chunked
    extract(6)
    tower = Counted()
    rows, _ = extract(10, tower)
    assert tower.images == 6                                       # the second chunk had two of four
    assert torch.equal(extract(6, tower)[0], rows[:6]) and tower.images == 6
    assert torch.equal(extract(3, tower)[0], rows[:3]) and tower.images == 6


@pytest.mark.parametrize("when", [0, 1, 2])
def test_an_interrupted_run_goes_on_at_its_chunk(chunked, when):
    _, extract = chunked
    tower = Counted()

    def interrupt(*_):
        if tower.images >= 4 * when + 1:
            raise KeyboardInterrupt

    handle = tower.model.vision_model.register_forward_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        extract(10, tower)
    handle.remove()
    tower.images = 0
    rows, _ = extract(10, tower)
    assert tower.images == 10 - 4 * when
    assert torch.allclose(rows, embed(clip.fresh()[0], noise(10), 10), atol=1e-5)


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "nan", "missing"])
def test_a_broken_chunk_is_computed_again(chunked, damage):
    store, extract = chunked
    rows, _ = extract(10)
    path = store.path(1)
    if damage == "nan":
        np.savez(path, features=np.full((4, 32), np.nan, np.float32), seconds=1.0)
    elif damage == "missing":
        np.savez(path, seconds=1.0)
    else:
        path.write_bytes({"empty": b"", "cut": path.read_bytes()[:300], "text": b"moved"}[damage])
    tower = Counted()
    assert torch.allclose(extract(10, tower)[0], rows, atol=1e-5) and tower.images == 4


def test_other_data_weights_or_parts_have_a_place_of_their_own(chunked):
    _, extract = chunked
    tower = Counted()
    for about in ({"part": "a"}, {"part": "b"}, {"part": "a", "weights": "sha256:1"}):
        extract(4, tower, about)
    assert tower.images == 12


def test_a_full_disk_is_told_and_leaves_what_was_kept(chunked, small_disk):
    store, extract = chunked
    rows, _ = extract(4)
    with small_disk(20_000), pytest.raises(OSError, match="could not be written .* is the disk full"):
        store.save(1, torch.zeros(4, 10_000), 1.0)
    assert sorted(path.name for path in store.place.iterdir()) == ["0000.npz"]
    assert torch.equal(extract(4)[0], rows)
