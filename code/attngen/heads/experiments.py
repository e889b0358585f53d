"""The recorded experiments of the chapter on heads."""

from __future__ import annotations

from attngen.experiments import Experiment, register
from attngen.heads.learn_gates import GateLearning
from attngen.heads.reinforce import Learning
from attngen.heads.words.gates_run import GatesConfig, check_gates, run_gates
from attngen.heads.words.heads_run import HeadsConfig, check_heads, run_heads
from attngen.heads.words.policy_config import PolicyConfig
from attngen.heads.words.policy_run import check_policy, run_policy

# "smoke" asks fresh weights; all presets but the last two take words that every reader has.
_FEW = GateLearning(steps=4, batch_size=8)
_SHORT = Learning(steps=10, inputs=4)
HEADS_PRESETS = {
    "smoke": HeadsConfig("", "", "offline", 16, 4, 8, 2, 20, _FEW, 1, (16, 4, 8), seeds=(0,)),
    "minute": HeadsConfig(
        data="offline", words=150, choose=30, judge=60, random=3, draws=500, gates=GateLearning(steps=40),
        repeats=3, seeds=(0,),
    ),
    "cpu": HeadsConfig(),
    "gpu": HeadsConfig(),
}  # fmt: skip
GATES_PRESETS = {
    "smoke": GatesConfig("", "offline", learning=GateLearning(steps=3, batch_size=8, lr=1e-3),
                         sizes=(14, 9, 6, 4), choose=4, judge=8, seeds=(0, 1)),
    "minute": GatesConfig(data="offline", learning=GateLearning(steps=20, batch_size=32, lr=1e-3), choose=20,
                          judge=100, seeds=(0,)),
    "cpu": GatesConfig(),
    "gpu": GatesConfig(),
}  # fmt: skip
POLICY_PRESETS = {
    "smoke": PolicyConfig("", "offline", 8, 8, table=_SHORT, known=_SHORT, full=_SHORT, full_known=_SHORT,
                          choose=4, samples=20, seeds=(0, 1)),
    "minute": PolicyConfig(
        data="offline", words=40, judge=40, table=Learning(steps=200), known=Learning(steps=200, lr=0.02),
        full=Learning(steps=20), full_known=Learning(steps=20, lr=0.02), choose=20, samples=100, seeds=(0, 1),
    ),
    "cpu": PolicyConfig(),
    "gpu": PolicyConfig(),
}  # fmt: skip
_RUNS = (
    ("heads-pig-latin", "every head of a translator: left out, kept alone, by gradient, gate and sharpness; "
     "orders of dropping; heads cut out", HEADS_PRESETS, run_heads, check_heads),
    ("heads-gates", "gates that learn to close, and what a little more training mends", GATES_PRESETS,
     run_gates, check_gates),
    ("heads-policy", "reinforcement learning that chooses heads, against every other way to choose",
     POLICY_PRESETS, run_policy, check_policy),
)  # fmt: skip
for _name, _summary, _presets, _function, _check in _RUNS:
    register(Experiment(_name, _summary, _presets, _function, _check))
