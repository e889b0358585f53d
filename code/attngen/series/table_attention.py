"""Attention between the variables of ETTh1, beside how alike they are and what the forecast needs."""

from __future__ import annotations

import torch
from torch import Tensor

from attngen import results
from attngen.experiments import Context, Outcome
from attngen.series import forecast_run
from attngen.series.attention_config import TableAttentionConfig
from attngen.series.attention_run import keep_pairs, rows_of
from attngen.series.models import Forecaster
from attngen.series.variable_attention import alone, mean_attention, rises
from attngen.series.variable_correlation import agreement, correlations
from attngen.series.windows import Windows

ETTH1 = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")  # its columns, for pictures without the data


def model_of(config: TableAttentionConfig, context: Context) -> tuple[Forecaster, dict, Windows, bool]:
    """The recorded model (or one trained now), its data's record, test windows, whether it is recorded."""
    try:
        result = results.load(config.source)
        about, model, recorded = forecast_run.recorded_config(result), forecast_run.load_model(result), True
        parts = forecast_run.parts_of(about)
    except results.UnknownResult:
        about, recorded = config.instead, False
        parts = forecast_run.parts_of(about, context.accelerator.device)
        model, _ = forecast_run.train(about, parts, context, context.seeds[0])
    test = forecast_run.thin(parts["test"], config.windows)
    return model, forecast_run.data_record(about.data), test, recorded


def measure(model: Forecaster, windows: Windows) -> tuple[dict[str, float], dict[str, Tensor]]:
    """Numbers, and (V, V) tables: ``layer1``, ``layer2`` ... , ``rise`` and four correlations.

    The rows of a layer's map sum to less than one: the rest goes to the calendar's tokens.  A variable's
    partner is the other one it is most correlated with inside the past of the windows.
    """
    variables = windows.values.shape[1]
    maps = mean_attention(model, windows).mean(dim=1)  # (layers, N, N)
    shown = {f"layer{i}": each[:variables, :variables] for i, each in enumerate(maps, 1)}
    alike, rise = correlations(windows), rises(model, windows)
    together, apart = forecast_run.errors(model, windows).mse, alone(model, windows)
    off = ~torch.eye(variables, dtype=torch.bool)
    found = {
        "windows": len(windows), "variables": variables, "mse": together, "alone_mse": apart,
        "alone_rise": apart / together - 1, "uniform": 1 / maps.shape[-1],
        "rise_mean": rise[off].mean().item() / together, "rise_largest": rise[off].max().item() / together,
    }  # fmt: skip
    partner = partners(alike["past"])
    each = torch.arange(variables)
    found["partner_correlation"] = alike["past"][each, partner].abs().mean().item()
    found["rise_partner"] = rise[each, partner].mean().item() / together
    for layer, attention in shown.items():
        found[f"{layer}_partner_hits"] = int((partners(attention) == partner).sum())
        found[f"{layer}_partner"] = attention[each, partner].mean().item()
        found[f"{layer}_self"] = attention.diagonal().mean().item()
        found[f"{layer}_others"] = attention[off].sum().item() / variables
        found[f"{layer}_calendar"] = 1 - attention.sum().item() / variables
        for name, table in alike.items():
            found |= _flat(f"{layer}_{name}", agreement(attention, table))
        # a negative rise is no use at all, whatever its size
        found |= _flat(f"{layer}_rise", agreement(attention, rise.clamp_min(0)))
    return found, shown | {"rise": rise} | alike


def partners(table: Tensor) -> Tensor:
    """(V,): for each variable the other one with the largest value in its row, whatever the sign."""
    return table.abs().clone().fill_diagonal_(-1).argmax(dim=1)


def _flat(name: str, found) -> dict[str, float]:
    interval = {f"{name}_low": found.low, f"{name}_high": found.high}
    return {name: found.value, f"{name}_share": found.share} | interval


def run_table(config: TableAttentionConfig, context: Context) -> Outcome:
    """The maps of the recorded forecaster, or of one that is trained briefly where none is recorded."""
    model, data, windows, recorded = model_of(config, context)
    found, tables = measure(model, windows)
    found["recorded_weights"] = int(recorded)
    return Outcome(found, files=keep_pairs(context.folder, rows_of({}, tables)), data=data)


def check_table(result: results.Result) -> dict[str, float]:
    """Everything again from the recorded forecaster, for ``attngen verify``; nothing if trained here."""
    if not result.metrics["recorded_weights"]:
        return {}
    source = results.load(result.config["source"])
    windows = forecast_run.parts_of(forecast_run.recorded_config(source))["test"]
    forecast_run.thin(windows, result.config["windows"])
    return measure(forecast_run.load_model(source), windows)[0]
