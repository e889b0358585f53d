"""Two language models that came before the transformer: the neural n-gram and the recurrent network.

Both take tokens (B, T) and give logits of the next token at every position, as ``nn.Decoder`` does, and
both share one table between input and output (Press and Wolf 2017, arXiv 1608.05859).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class NeuralNGramConfig:
    """order - tokens of an n-gram: order - 1 that are seen, and the one that is predicted"""

    vocabulary: int = 4096
    dim: int = 192
    order: int = 9
    hidden: int = 512
    dropout: float = 0.1

    def __post_init__(self):
        if self.order < 2:
            raise ValueError(f"an n-gram model that sees something has order 2 or more, not {self.order}")


class NeuralNGram(nn.Module):
    """Embeddings of the last order - 1 tokens side by side, one hidden layer, a softmax.

    Bengio et al. 2003, "A Neural Probabilistic Language Model", equation (1), without the direct
    connections; the hidden layer is brought back to the embeddings' width to share their table.
    """

    def __init__(self, config: NeuralNGramConfig):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.dim)
        self.hidden = nn.Linear((config.order - 1) * config.dim, config.hidden)
        self.narrow = nn.Linear(config.hidden, config.dim)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))
        self.dropout = nn.Dropout(config.dropout)
        nn.init.normal_(self.embedding.weight, std=0.05)

    @property
    def context(self) -> int:
        return self.config.order - 1

    def windows(self, tokens: Tensor) -> Tensor:
        """(B, T) -> (B, T, context): each position with what is before it, the first token repeated."""
        before = tokens[:, :1].expand(-1, self.context - 1)
        return torch.cat([before, tokens], dim=1).unfold(1, self.context, 1)

    def forward(self, tokens: Tensor, scored: Tensor | None = None) -> Tensor:
        """tokens (B, T) -> logits (B, T, vocabulary) of each position's next token.

        tokens - they begin with the end-of-document token, or with a whole context
        scored - boolean (B, T): logits of these K positions only, (K, vocabulary)
        """
        windows = self.windows(tokens)
        return self.logits(windows if scored is None else windows[scored])

    def logits(self, windows: Tensor) -> Tensor:
        """(..., context) -> (..., vocabulary)"""
        x = self.dropout(self.embedding(windows).flatten(-2))  # (..., context * dim)
        x = self.narrow(self.dropout(torch.tanh(self.hidden(x))))  # (..., dim)
        return self.dropout(x) @ self.embedding.weight.T + self.bias

    def begin(self, tokens: Tensor, room: int = 0) -> tuple[Tensor, list[Tensor]]:
        """The logits of the next token, and the state: the last tokens, in a list that ``step`` renews."""
        window = self.windows(tokens)[:, -1]
        return self.logits(window), [window]

    def step(self, token: Tensor, state: list[Tensor]) -> Tensor:
        state[0] = torch.cat([state[0][:, 1:], token[:, None]], dim=1)
        return self.logits(state[0])


@dataclass(frozen=True)
class RecurrentConfig:
    """kind - "gru" or "lstm";  hidden - width of the state;  layers - recurrent layers"""

    vocabulary: int = 4096
    dim: int = 192
    hidden: int = 512
    layers: int = 1
    kind: str = "gru"
    dropout: float = 0.1

    def __post_init__(self):
        if self.kind not in ("gru", "lstm"):
            raise ValueError(f"the kind is 'gru' or 'lstm', not '{self.kind}'")


class RecurrentModel(nn.Module):
    """Embedding, a recurrent network, a softmax.

    Cho et al. 2014 (GRU), Hochreiter and Schmidhuber 1997 (LSTM).  The state
    carries everything that was read: the context has no fixed end.
    """

    context = None

    def __init__(self, config: RecurrentConfig):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.dim)
        network = {"gru": nn.GRU, "lstm": nn.LSTM}[config.kind]
        between = config.dropout if config.layers > 1 else 0.0
        shape = config.dim, config.hidden, config.layers
        self.network = network(*shape, batch_first=True, dropout=between)
        self.narrow = nn.Linear(config.hidden, config.dim)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))
        self.dropout = nn.Dropout(config.dropout)
        nn.init.normal_(self.embedding.weight, std=0.05)

    def read(self, tokens: Tensor, state=None):
        """tokens (B, T), the state before -> (B, T, hidden), the state after."""
        return self.network(self.dropout(self.embedding(tokens)), state)

    def logits(self, x: Tensor) -> Tensor:
        """(..., hidden) -> (..., vocabulary)"""
        x = self.narrow(self.dropout(x))
        return self.dropout(x) @ self.embedding.weight.T + self.bias

    def forward(self, tokens: Tensor, scored: Tensor | None = None) -> Tensor:
        """tokens (B, T) -> logits (B, T, vocabulary) of each position's next token.

        scored - boolean (B, T): logits of these K positions only, (K, vocabulary)
        """
        x, _ = self.read(tokens)
        return self.logits(x if scored is None else x[scored])

    def begin(self, tokens: Tensor, room: int = 0) -> tuple[Tensor, list]:
        """Logits of the next token, and the state: a list that ``step`` renews."""
        x, state = self.read(tokens)
        return self.logits(x[:, -1]), [state]

    def step(self, token: Tensor, state: list) -> Tensor:
        x, state[0] = self.read(token[:, None], state[0])
        return self.logits(x[:, -1])
