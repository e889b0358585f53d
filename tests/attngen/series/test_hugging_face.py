"""The two models of transformers on our windows, and their ProbSparse attention beside ours."""
import pytest
import torch
from attngen.series.hugging_face import HuggingFaceConfig, build, inputs, likelihood_loss, sampled, with_age
from attngen.series.probsparse import ProbSparseHeads
from attngen.series.windows import Windows
from torch.nn import functional as F

modeling = pytest.importorskip("transformers.models.informer.modeling_informer")
TINY = HuggingFaceConfig(horizon=6, context=12, lags=(1, 2, 4), variables=2, calendar=3, dim=8, feed_forward=8, paths=5,
                         dropout=0.0)
KINDS = ("tst", "informer")


def tiny(kind, **changes):
    torch.manual_seed(0)
    return build(HuggingFaceConfig(**{**vars(TINY), "kind": kind, **changes}))


def batch(size=3):
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(60, 2, generator=generator).cumsum(0)
    calendar = torch.rand(60, 3, generator=generator) - 0.5
    return Windows(rows, calendar, TINY.lookback, TINY.horizon).batch(torch.arange(size))


def test_a_window_reaches_back_to_the_longest_lag():
    assert TINY.lookback == 16
    for kind in KINDS:
        assert tiny(kind).model._past_length == 16


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scaling", ["mean", "std", "none"])
def test_paths_have_a_value_for_every_step_and_variable(kind, scaling):
    model = tiny(kind, scaling=scaling)
    loss, count = likelihood_loss(model, batch())
    loss.backward()
    assert loss.isfinite() and count == 3
    paths = sampled(model, batch())
    assert paths.shape == (3, 5, 6, 2) and paths.isfinite().all()


def test_what_the_model_is_given():
    given = inputs(batch())
    assert given["past_values"].shape == (3, 16, 2) and given["past_time_features"].shape == (3, 16, 4)
    assert given["future_values"].shape == (3, 6, 2) and given["future_time_features"].shape == (3, 6, 4)
    assert given["past_observed_mask"].eq(1).all()
    assert "future_values" not in inputs(batch(), future=False)


def test_the_age_rises_through_past_and_future():
    past, ahead = with_age(torch.zeros(2, 5, 3), torch.zeros(2, 4, 3))
    age = torch.cat([past, ahead], dim=1)[..., -1]
    assert past.shape == (2, 5, 4) and ahead.shape == (2, 4, 4)
    assert (age.diff(dim=1) > 0).all() and torch.equal(age[0], age[1])


def test_lags_stand_where_the_configuration_says():
    """The column of lag k at a moment holds the value k steps before it."""
    model = tiny("tst").model
    series = torch.arange(16.0)[None, :, None].expand(1, 16, 2)
    lagged = model.get_lagged_subsequences(series, 12)
    for place, lag in enumerate(TINY.lags):
        assert torch.equal(lagged[0, :, 0, place], torch.arange(16.0)[16 - 12 - lag : 16 - lag])


def test_a_missing_value_behind_its_mask_does_not_change_the_scale():
    given = inputs(batch())
    model = tiny("tst").eval()
    mask = given["past_observed_mask"].clone()
    mask[:, -3] = 0
    wrong = given["past_values"].clone()
    wrong[:, -3] = 1e6
    zeroed = given["past_values"].clone()
    zeroed[:, -3] = 0
    with torch.no_grad():
        outs = [model(**given | {"past_values": x, "past_observed_mask": mask}) for x in (wrong, zeroed)]
    torch.testing.assert_close(outs[0].scale, outs[1].scale)
    torch.testing.assert_close(outs[0].loc, outs[1].loc)


def params_of(model, future):
    torch.manual_seed(0)  # the sampled keys
    given = inputs(batch()) | {"future_values": future}
    with torch.no_grad():
        return torch.stack(model.eval()(**given).params, dim=-1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_does_not_see_its_own_or_a_later_value(kind):
    """Small horizon: the Informer keeps every query, and both decoders are causal."""
    model, future = tiny(kind), batch().future
    changed = future.clone()
    changed[:, 3:] += 100
    before, after = params_of(model, future), params_of(model, changed)
    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])


def test_their_sparse_decoder_lets_the_choice_of_queries_see_later_values():
    """While training: a later value can take an earlier step's place among the chosen (ours has a strict form)."""
    later, moved = slice(12, None), {}
    for kind in KINDS:
        model = tiny(kind, horizon=16, factor=1)
        generator = torch.Generator().manual_seed(0)
        rows, calendar = torch.randn(80, 2, generator=generator).cumsum(0), torch.rand(80, 3, generator=generator)
        given = inputs(Windows(rows, calendar, TINY.lookback, 16).batch(torch.arange(4)))
        found = []
        for shift in (0.0, 5.0):
            torch.manual_seed(0)  # the same sampled keys both times
            future = given["future_values"].clone()
            future[:, later] += shift
            with torch.no_grad():
                found.append(torch.stack(model.eval()(**given | {"future_values": future}).params, dim=-1))
        moved[kind] = (found[0] - found[1])[:, :12].abs().max().item()
    assert moved["tst"] < 1e-5 < 1e-4 < moved["informer"]


def attention(training=False, factor=5, is_decoder=False):
    torch.manual_seed(0)
    theirs = modeling.InformerProbSparseAttention(8, 2, sampling_factor=factor, is_decoder=is_decoder).double()
    ours = ProbSparseHeads(8, 2, factor=1000.0).double()
    names = {"q_proj": ours.query, "k_proj": ours.key, "v_proj": ours.value, "out_proj": ours.output}
    for name, module in names.items():
        module.load_state_dict(getattr(theirs, name).state_dict())
    return ours.train(training), theirs.train(training)


def test_with_every_query_kept_our_attention_is_theirs():
    ours, theirs = attention()
    x = torch.randn(2, 12, 8, dtype=torch.double)
    torch.testing.assert_close(ours(x)[0], theirs(x)[0])


def test_for_the_same_choice_our_attention_is_theirs():
    """Their chosen queries are told from their output: before the last projection the others hold the mean."""
    from attngen.series.probsparse import attend_at

    ours, theirs = attention(factor=1)
    x = torch.randn(1, 40, 8, dtype=torch.double)
    torch.nn.init.eye_(theirs.out_proj.weight)
    torch.nn.init.zeros_(theirs.out_proj.bias)
    out = theirs(x)[0].unflatten(-1, (2, 4)).transpose(1, 2)  # (1, heads, 40, 4)
    query, (key, value) = ours.split(ours.query(x)), ours.keys_values(x)
    lazy = (out - value.mean(-2, keepdim=True)).abs().amax(-1) < 1e-9
    counts = (~lazy).sum(-1)
    assert counts.eq(4).all()  # ceil(log1p(40)) of theirs
    chosen = (~lazy).int().topk(4, dim=-1).indices
    torch.testing.assert_close(attend_at(query, key, value, chosen), out)


def test_their_measure_compares_every_query_with_as_many_keys_as_there_are():
    """Why their ProbSparse attention is no cheaper than full attention: L x L products before anything is left out."""
    from attngen.cost.counter import counted_flops

    _, theirs = attention(factor=5)
    x = torch.randn(1, 400, 8, dtype=torch.double)
    query = torch.randn(2, 400, 4, dtype=torch.double)
    products = counted_flops(torch.bmm, query, query.transpose(1, 2))
    projections = 4 * counted_flops(torch.mm, x[0], torch.randn(8, 8, dtype=torch.double))
    with torch.no_grad():
        whole = counted_flops(theirs, x)
    assert whole - projections > products


def test_full_attention_is_what_they_call_full():
    torch.manual_seed(0)
    full = modeling.InformerAttention(8, 2, config=modeling.InformerConfig(d_model=8, attn_implementation="eager"))
    x = torch.randn(1, 9, 8)
    shape = [part(x).unflatten(-1, (2, 4)).transpose(1, 2) for part in (full.q_proj, full.k_proj, full.v_proj)]
    expected = full.out_proj(F.scaled_dot_product_attention(*shape).transpose(1, 2).flatten(2))
    torch.testing.assert_close(full(x)[0], expected)


def test_bad_configurations_are_refused():
    wrong = ({"kind": "gpt"}, "the kind is"), ({"lags": (0,)}, "lags are"), ({"scaling": "max"}, "is mean")
    for changes, message in wrong:
        with pytest.raises(ValueError, match=message):
            HuggingFaceConfig(**changes)
