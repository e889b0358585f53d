"""A decoder that writes one step after another, trained with a teacher.

Teacher forcing: Williams and Zipser 1989.  Scheduled sampling: Bengio et al. 2015 (arXiv 1506.03099), in two
passes, as transformers need it (Mihaylova and Martins 2019, arXiv 1906.07651).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attngen.nn.attention import causal_mask
from attngen.nn.cache import KVCache
from attngen.nn.positions import sinusoidal_positions
from attngen.series.multistep import Body, check, fold, layer, unfold
from attngen.series.multistep_config import StrategyConfig
from attngen.series.normalise import normalise
from attngen.series.table import SeriesError


def shifted(end: Tensor, future: Tensor) -> Tensor:
    """What the decoder reads at each step: the values just before it.

    end - the past's last values (N, lags);  future - (N, H).  Returns (N, H, lags).
    """
    known = torch.cat([end, future[:, :-1]], dim=1)
    return known.unfold(1, end.shape[1], 1)


class EncoderDecoder(nn.Module):
    """The body reads the past; a decoder writes the future, a step at a time.

    A decoder position looks at the earlier ones and at the body's output.
    scheduled - train with scheduled sampling in place of the truth alone
    """

    def __init__(self, config: StrategyConfig, scheduled: bool = False):
        super().__init__()
        self.config, self.scheduled = config, scheduled
        self.body = Body(config)
        self.embed = nn.Linear(config.lags, config.dim)
        positions = sinusoidal_positions(config.horizon, config.dim)
        self.register_buffer("positions", positions, persistent=False)
        self.layers = nn.ModuleList(
            layer(config, cross=True) for _ in range(config.decoder_layers)
        )
        self.norm = nn.LayerNorm(config.dim)
        self.output = nn.Linear(config.dim, 1)
        self.register_buffer("trained", torch.zeros((), dtype=torch.long))

    def write(self, read: Tensor, memory: Tensor) -> Tensor:
        """All steps in one pass, each from what is read so far.

        read - (N, H, lags);  memory - (N, patches, dim).  Returns (N, H).
        """
        x = self.embed(read) + self.positions[: read.shape[1]]
        mask = causal_mask(read.shape[1], read.device)
        for layer in self.layers:
            x, _ = layer(x, mask, memory, fused=True)
        return self.output(self.norm(x))[..., 0]

    def forward(self, past: Tensor, future: Tensor) -> Tensor:
        """Each step from the true ones before; future and result are (B, H, V)."""
        check(past, self.config.lookback)
        if future.shape[1] > self.config.horizon:
            asked, most = future.shape[1], self.config.horizon
            raise SeriesError(f"{asked} steps, where {most} is the horizon")
        scaled, scale = normalise(past)
        end, memory = fold(scaled)[:, -self.config.lags :], self.body(fold(scaled))
        seen = fold((future - scale.mean) / scale.std)
        if self.training and self.scheduled:
            seen = self.sampled(seen, end, memory)
        written = self.write(shifted(end, seen), memory)
        return scale.restore(unfold(written, past.shape[2]))

    @torch.no_grad()
    def sampled(self, truth: Tensor, end: Tensor, memory: Tensor) -> Tensor:
        """Some true values exchanged for the model's own: scheduled sampling.

        A first pass writes from the truth; a growing share of what it wrote is read
        by the second, which is the one that learns.
        """
        own = self.write(shifted(end, truth), memory)
        grown = min(1.0, self.trained.item() / self.config.ramp)
        share = self.config.sampling * grown
        self.trained += 1
        return torch.where(torch.rand_like(truth) < share, own, truth)

    @torch.no_grad()
    def forecast(self, past: Tensor) -> Tensor:
        """Each step from the model's own steps before it: (B, L, V) -> (B, H, V).

        The past is read once; keys and values of what is written are kept.
        """
        check(past, self.config.lookback)
        scaled, scale = normalise(past)
        read, memory = fold(scaled)[:, -self.config.lags :], self.body(fold(scaled))
        seen = [each.cross_attention.keys_values(memory) for each in self.layers]
        caches = [KVCache(self.config.horizon) for _ in self.layers]
        written = []
        for position in self.positions:
            x = self.embed(read[:, None]) + position  # (N, 1, dim)
            for number, layer in enumerate(self.layers):
                x = layer.step(x, caches[number], seen[number], None)
            value = self.output(self.norm(x))[..., 0]  # (N, 1)
            read = torch.cat([read[:, 1:], value], dim=1)
            written.append(value)
        return scale.restore(unfold(torch.cat(written, dim=1), past.shape[2]))
