"""A distribution for every step of the horizon in one pass: an Informer with a Student-t head.

It has no paths: each step's distribution stands alone.  That is quick, and enough for a question about one
step ("how hot at noon?"), not for one about several ("how hot on average?"), whose errors hang together.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attngen.series.informer import Informer, InformerConfig
from attngen.series.normalise import normalise
from attngen.series.probabilistic import StudentT, StudentTHead
from attngen.series.windows import Batch


class OneShot(nn.Module):
    """past (B, L, V), calendars (B, L, C), (B, H, C) -> StudentT of (B, H, V)"""

    def __init__(self, config: InformerConfig):
        super().__init__()
        self.config, self.body = config, Informer(config)
        self.body.head = StudentTHead(config.dim, config.variables)

    def forward(self, past: Tensor, past_calendar: Tensor, future_calendar: Tensor) -> StudentT:
        if not self.config.normalise:
            return self.body(past, past_calendar, future_calendar)
        scaled, scale = normalise(past)
        found = self.body(scaled, past_calendar, future_calendar)
        return StudentT(found.df, scale.restore(found.loc), found.scale * scale.std)


def likelihood_loss(model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    """Negative log likelihood of a step, all variables together, summed over windows; and their count."""
    found = model(batch.past, batch.past_calendar, batch.future_calendar)
    loss = found.nll(batch.future).sum(dim=2).mean(dim=1)
    return loss.sum(), torch.tensor(float(len(loss)), device=loss.device)


@torch.no_grad()
def sampled(model: nn.Module, batch: Batch, paths: int, generator: torch.Generator | None = None) -> Tensor:
    """(B, paths, H, V): every step drawn on its own."""
    model.eval()
    found = model(batch.past, batch.past_calendar, batch.future_calendar)
    wide = [each[:, None].expand(-1, paths, -1, -1) for each in (found.df, found.loc, found.scale)]
    return StudentT(*wide).sample(generator)
