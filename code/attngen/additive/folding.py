"""The same function with fewer numbers: value and output maps multiplied together."""

from __future__ import annotations

import torch

from attngen.nn.additive import AdditiveAttention


@torch.no_grad()
def fold_values(module: AdditiveAttention) -> AdditiveAttention:
    """A module without value projections that computes what ``module`` computes.

    A head's output is A X W^V, and its share of the answer A X (W^V W^O): two linear maps in a row are one,
    of (value x output) numbers.  Raises ValueError where there is nothing to fold, or a bias is in the way.
    """
    if module.value is None or module.output is None:
        raise ValueError("folding needs a value projection and an output map to fold it into")
    if module.value.bias is not None:
        raise ValueError("this sketch folds maps without biases only")
    heads, hidden = module.vector.shape
    sizes = module.query.in_features, module.key.in_features, module.value.in_features
    folded = AdditiveAttention(
        *sizes, hidden, heads, module.output.out_features, project_values=False
    )
    folded.query.load_state_dict(module.query.state_dict())
    folded.key.load_state_dict(module.key.state_dict())
    folded.vector.copy_(module.vector)
    # torch keeps transposed matrices: (heads, hidden, value), and (output, heads, hidden)
    values = module.value.weight.unflatten(0, (heads, hidden))
    outputs = module.output.weight.unflatten(1, (heads, hidden))
    folded.output.weight.copy_(torch.einsum("hmv,ohm->ohv", values, outputs).flatten(1))
    return folded
