"""Pretrained models from folders and by name: read whole, or refused with what to do."""
import json

import numpy as np
import pytest
import torch
from attngen.vision import pretrained
from attngen.vision.classify import inputs, ranked, top_k
from attngen.vision.photos import free_photos
from attngen.vision.pretrained import GOOGLE, ModelError, load, load_as
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_vits import tiny
from transformers import BertConfig, BertModel, CLIPVisionModelWithProjection, ViTForImageClassification
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

NAMES = ["cat", "dog", "cup", "rose", "tie"]


def put(folder, kind: str = "vit", **changes):
    """A tiny model in the format of the hub."""
    model = tiny(kind, id2label=dict(enumerate(NAMES)), label2id={n: i for i, n in enumerate(NAMES)}, **changes)
    model.save_pretrained(folder)
    ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return model


@pytest.fixture
def folder(tmp_path):
    put(tmp_path / "model")
    return tmp_path / "model"


class Hub:
    """Stands in for the hub: answers with what a test puts there, and counts who asked."""

    def __init__(self):
        self.answer, self.asked = None, []

    def model_info(self, name, timeout):
        self.asked.append(name)
        if self.answer:
            raise self.answer


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A machine with an empty cache, on which the hub may be asked."""
    found = Hub()
    monkeypatch.setattr(pretrained.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(pretrained.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(pretrained, "HfApi", lambda: found)
    return found


def test_a_folder_gives_the_model_that_was_saved(tmp_path):
    saved = put(tmp_path)
    model, processor = load(tmp_path)
    assert isinstance(model, ViTForImageClassification) and not model.training
    assert model.config._attn_implementation == "eager"
    for name, tensor in saved.state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor), name
    pixels = torch.randn(2, 3, 32, 32)
    assert torch.equal(model(pixels).logits, saved(pixels).logits)
    assert processor(free_photos()["coffee"].image, return_tensors="pt")["pixel_values"].shape == (1, 3, 32, 32)
    again, _ = load(str(tmp_path))
    assert torch.equal(again(pixels).logits, saved(pixels).logits)


def test_another_vision_transformer_is_read_as_well(tmp_path):
    put(tmp_path, "deit")
    assert load(tmp_path)[0](torch.randn(1, 3, 32, 32)).logits.shape == (1, 5)


def test_any_class_of_transformers_can_be_asked_for(tmp_path):
    saved = tiny("clip")
    saved.save_pretrained(tmp_path)
    ViTImageProcessorPil().save_pretrained(tmp_path)
    model, _ = load_as(CLIPVisionModelWithProjection, tmp_path)
    pixels = torch.randn(1, 3, 32, 32)
    assert torch.equal(model(pixels).image_embeds, saved(pixels).image_embeds)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "preprocessor_config.json"])
def test_a_folder_that_lacks_a_file_is_refused(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError) as caught:
        load(folder)
    assert str(folder) in str(caught.value)


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(ModelError, match="does not exist; a folder with config.json"):
        load(tmp_path / "model")
    with pytest.raises(ModelError, match="does not exist"):
        load("./no/such/model")
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="is a file; a folder with config.json"):
        load(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="empty"):
        load(tmp_path / "empty")


def test_weights_that_are_missing_are_never_drawn_at_random(tmp_path):
    tiny("vit").vit.save_pretrained(tmp_path)          # without the classifier
    ViTImageProcessorPil().save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="lacks 2 weights that fit a ViTForImageClassification: classifier"):
        load(tmp_path)


def test_weights_of_another_shape_are_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 32}))
    with pytest.raises(ModelError, match="lacks .* weights that fit a ViTForImageClassification: "):
        load(folder)


@pytest.mark.parametrize("damage", ["cut", "text", "pickle"])
def test_broken_weights_are_refused(folder, damage):
    path = folder / "model.safetensors"
    content = path.read_bytes()
    if damage == "pickle":   # the old format is code: it is not even looked at
        torch.save(tiny("vit").state_dict(), folder / "pytorch_model.bin")
        path.unlink()
    else:
        path.write_bytes(content[:-100] if damage == "cut" else b"<html>moved</html>")
    with pytest.raises(ModelError, match=str(folder)):
        load(folder)


def test_broken_settings_are_refused(folder):
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelError, match=str(folder)):
        load(folder)


def test_a_model_of_another_kind_is_refused(tmp_path):
    shape = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    BertModel(BertConfig(**shape, vocab_size=10)).save_pretrained(tmp_path)
    ViTImageProcessorPil().save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="is not a model of this kind"):
        load(tmp_path)


def test_code_in_a_folder_is_never_run(folder):
    (folder / "evil.py").write_text("raise SystemExit('it was run')")
    config = json.loads((folder / "config.json").read_text())
    classes = {"AutoConfig": "evil.Config", "AutoModelForImageClassification": "evil.Model"}
    config |= {"model_type": "evil", "auto_map": classes}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=str(folder)):
        load(folder)


def test_offline_and_not_in_the_cache_is_one_clear_error(hub, monkeypatch):
    monkeypatch.setattr(pretrained.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError) as caught:
        load()
    message = str(caught.value)
    assert hub.asked == []                                           # HF_HUB_OFFLINE is respected
    for words in (GOOGLE, "HF_HUB_OFFLINE is set", str(pretrained.constants.HF_HUB_CACHE), "hf download " + GOOGLE,
                  "model.safetensors", "FOLDER"):
        assert words in message


def test_a_hub_that_does_not_answer_is_asked_once(hub, monkeypatch):
    hub.answer = OSError("Name or service not known\nmore of it")
    real, used = pretrained._read, []

    def read(kind, name, **options):
        used.append(options)
        return real(kind, name, **options)

    monkeypatch.setattr(pretrained, "_read", read)
    with pytest.raises(ModelError, match="(?s)and the hub, .*: Name or service not known\nWith a network"):
        load()
    assert hub.asked == [GOOGLE] and used == [{"local_files_only": True}]


def test_what_the_hub_has_is_fetched_and_what_is_in_the_cache_is_not(hub, folder, monkeypatch):
    real, fetched = pretrained._read, []

    def read(kind, name, **options):
        if options.get("local_files_only") and not fetched:
            raise OSError("not in the cache")
        fetched.append(options)
        return real(kind, str(folder), **options)

    monkeypatch.setattr(pretrained, "_read", read)
    load("owner/model")
    assert hub.asked == ["owner/model"] and fetched == [{}]
    load("owner/model")
    assert hub.asked == ["owner/model"] and fetched[1:] == [{"local_files_only": True}]


@pytest.mark.parametrize(("name", "path"), [
    ("google/vit-base-patch16-224", False), ("resnet", False), ("./model", True), ("../model", True),
    ("/tmp/model", True), ("a/b/c", True), ("~/model", True), ("model/", True),
])
def test_names_and_paths_are_told_apart(name, path):
    assert pretrained._like_a_path(name) == path


def test_top_k_is_the_softmax_of_the_logits_in_order(folder):
    model, processor = load(folder)
    for photo in free_photos().values():
        pixels = processor(photo.image, return_tensors="pt")["pixel_values"]
        logits = model(pixels).logits[0].detach().double().numpy()
        shares = np.exp(logits) / np.exp(logits).sum()
        found = top_k(model, processor, photo.image, 5)
        assert [label for label, _ in found] == [NAMES[i] for i in np.argsort(-shares)]
        assert np.allclose([share for _, share in found], np.sort(shares)[::-1], atol=1e-6)
        assert top_k(model, processor, photo.image, 2) == found[:2]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=9, unique=True), st.data())
def test_the_ranked_are_the_largest_with_their_labels(shares, data):
    k = data.draw(st.integers(1, len(shares)))
    labels = [f"class {i}" for i in range(len(shares))]
    found = ranked(torch.tensor(shares, dtype=torch.float64), labels, k)
    assert [share for _, share in found] == sorted(shares, reverse=True)[:k]
    assert all(shares[int(label.split()[1])] == share for label, share in found)


def test_wrong_use_is_told(folder):
    model, processor = load(folder)
    photo = free_photos()["chelsea"].image
    for k in (0, 6, -1):
        with pytest.raises(ValueError, match=f"k is a number from 1 to 5, the classes; not {k}"):
            top_k(model, processor, photo, k)
    with pytest.raises(ValueError, match="2 labels for 3 classes"):
        ranked(torch.ones(3), ["a", "b"], 1)
    with pytest.raises(ValueError, match="is in training mode; call eval"):
        inputs(model.train(), processor, photo)


def test_a_missing_model_is_a_message_on_the_command_line():
    assert issubclass(ModelError, OSError)
