"""Self-attention distilling: halve the sequence between two layers of the encoder.

Zhou et al. 2021, "Informer" (arXiv 2012.07436), equation (5):  X' = MaxPool(ELU(Conv1d(X))),
with a kernel of 3 and a stride of 2.  As in the authors' program the convolution wraps round the ends
of the window and batch normalisation stands before the ELU.
"""

from __future__ import annotations

from torch import Tensor, nn


def halved(length: int, times: int = 1) -> int:
    """The length after so many distillings: half of it, rounded up, each time."""
    if length < 1 or times < 0:
        raise ValueError(f"a length of at least 1 and times of at least 0 are needed: {length=}, {times=}")
    for _ in range(times):
        length = (length + 1) // 2
    return length


class Distil(nn.Module):
    """Convolution, ELU and max-pool: (B, T, dim) -> (B, ceil(T / 2), dim)."""

    def __init__(self, dim: int):
        super().__init__()
        self.conv = nn.Conv1d(dim, dim, 3, padding=1, padding_mode="circular")
        self.norm = nn.BatchNorm1d(dim)
        self.elu = nn.ELU()
        self.pool = nn.MaxPool1d(kernel_size=3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = x.transpose(1, 2)  # convolutions want (B, dim, T)
        x = self.elu(self.norm(self.conv(x)))
        return self.pool(x).transpose(1, 2)
