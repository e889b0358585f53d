"""The experiment ``heads-policy``: can reinforcement learning choose the heads, and is it worth it?"""

from __future__ import annotations

import statistics
from itertools import pairwise

from attngen import results
from attngen.experiments import Context, Outcome
from attngen.heads.words import policy_known
from attngen.heads.words.equal_budget import POLICIES, budget_metrics, known_budgets
from attngen.heads.words.examples import Words, sample_pairs
from attngen.heads.words.heads_run import identity, model_of
from attngen.heads.words.policy_config import PolicyConfig
from attngen.heads.words.policy_full import all_heads
from attngen.heads.words.worlds import Table, begins_with_vowel, states


def run_policy(config: PolicyConfig, context: Context) -> Outcome:
    """Learn, choose and judge; see ``PolicyConfig``.

    What a row of the history is, its ``what`` says: frontier, price, curve, shapley,
    full, kept, full budget or full curve (see ``policy_known`` and ``policy_full``), or
    budget (see ``equal_budget``).
    """
    model = model_of(config.model, config.shape)
    learn_on = Words(model, sample_pairs(config.data, "validation", config.words), batch=64)
    judge_on = Words(model, sample_pairs(config.data, "test", config.judge), batch=64)
    tables = Table(learn_on), Table(judge_on)
    known = (states(learn_on), states(judge_on)), (begins_with_vowel(learn_on), begins_with_vowel(judge_on))
    rows = policy_known.frontier(*tables)
    priced, curves = [], []
    for price in config.prices:
        found, learned = policy_known.one_price(
            *tables, *known, price, config.table, config.known, context.seeds
        )
        priced, curves = priced + found, curves + learned
    shares, metrics = policy_known.shapley_metrics(tables[0])
    middle = config.prices[len(config.prices) // 2]
    metrics |= policy_known.noise(tables[0], middle, config.table, config.samples)
    metrics |= policy_known.price_metrics(priced, config.prices)
    budgets = known_budgets(rows, priced)
    for number, price in enumerate(config.prices, 1):
        metrics[f"price_{number}"] = price
        at = [row for row in budgets if row["price"] == price]
        for policy in POLICIES:
            metrics |= budget_metrics(at, policy, "", f"_{number}")
    masks, count = len(tables[0].masks), tables[0].heads
    metrics |= {
        "masks": masks, "words": len(learn_on), "judged": len(judge_on), "vowels": known[1][1].float().mean().item(),
        "tried_exhaustive": masks * len(learn_on), "tried_greedy": count * (count + 1) // 2 * len(learn_on),
        "tried_one_shot": count * len(learn_on), "tried_bandit": config.table.evaluations,
        "tried_known": config.known.evaluations,
    }  # fmt: skip
    choosing = Words(model, sample_pairs(config.data, "validation", config.choose, seed=1))
    full, full_curves, asked = all_heads(
        learn_on, choosing, judge_on, config.full_price, config.full, config.full_known, context.seeds
    )
    metrics |= asked | full_metrics(full)
    history = rows + priced + budgets + shares + full + thinned(curves) + thinned(full_curves)
    return Outcome(metrics, history, {}, identity((config.model,), config.data))


def full_metrics(rows: list[dict]) -> dict[str, float]:
    """Of every method on all heads: ``full_KEY_METHOD``, mean over seeds, and the spread."""
    metrics, mine = {}, [row for row in rows if row["what"] == "full"]
    for method in dict.fromkeys(row["method"] for row in mine):
        for key in ("reward", "heads", "right"):
            values = [row[key] for row in mine if row["method"] == method]
            metrics[f"full_{key}_{method}"] = statistics.fmean(values)
            if len(values) > 1:
                metrics[f"full_{key}_{method}_std"] = statistics.stdev(values)
    budgets = [row for row in rows if row["what"] == "full budget"]
    for policy in POLICIES:
        metrics |= budget_metrics(budgets, policy, "full_")
    return metrics


def thinned(curves: list[dict], every: int = 20) -> list[dict]:
    """Learning curves with the means of every so many steps in one row; a curve begins where steps do."""
    starts = [place for place, row in enumerate(curves) if row["step"] == 0] + [len(curves)]
    found = []
    for begin, end in pairwise(starts):
        for first in range(begin, end, every):
            some = curves[first : min(first + every, end)]
            means = {key: round(statistics.fmean(row[key] for row in some), 5) for key in ("reward", "share")}
            found.append(some[0] | means)
    return found


def check_policy(result: results.Result) -> dict[str, float]:
    """The whole model on the judging words again, for ``attngen verify``."""
    config = result.config
    model = model_of(config["model"], None)
    words = Words(model, sample_pairs(config["data"], "test", config["judge"]), batch=64)
    return {"full_right_all": words.whole()[:, 0].mean().item()}
