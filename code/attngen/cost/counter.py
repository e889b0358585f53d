"""Floating-point operations that torch itself counts while a function runs.

``torch.utils.flop_counter`` watches every operation that reaches the dispatcher and adds up two for each
multiply-add of the matrix products among them.  It leaves out sums, softmax and Fourier transforms, and, on a
CPU, the fused attention kernel, which it does not know: that one is added here.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count


def _fused_on_cpu(query_shape, key_shape, value_shape, *_, out_shape=None, **__) -> int:
    return sdpa_flop_count(query_shape, key_shape, value_shape)


_KNOWN = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _fused_on_cpu}


@torch.no_grad()
def counted_flops(function: Callable, *arguments, **options) -> int:
    """What the call costs, without gradients.

    On tensors and modules of the device ``meta``, which have shapes and no numbers, it costs no time at all.
    """
    with FlopCounterMode(display=False, custom_mapping=_KNOWN) as counter:
        function(*arguments, **options)
    return counter.get_total_flops()
