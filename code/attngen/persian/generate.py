"""Going on with a text: several prompts of different lengths at once, with a cache or without.

Every model of the chapters is used in the same way, the one that counts n-grams like the trained ones:
``model.begin(tokens, room)`` reads a text, ``model.step(token, state)`` reads one token more.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from attngen.nn import Decoder
from attngen.persian.sampling import Sampling, uniform_noise
from attngen.persian.windows import END

_SPACES_AT_THE_ENDS = re.compile(r"\A[^\S\n]+|[^\S\n]+\Z")


def trimmed(prompt: str) -> str:
    """The prompt without spaces at its ends; newlines stay.

    A word's token brings the space before it along.  After a prompt that ends in a space the next
    word would have to be one without, which training never showed there.
    """
    return _SPACES_AT_THE_ENDS.sub("", prompt)


def longest(model) -> int | None:
    """How many tokens the model can be given at most; None where there is no end.

    The transformer was trained on windows of one length.  An n-gram model looks at its last few
    tokens by itself, a recurrent one at none but the newest.
    """
    return model.context if isinstance(model, Decoder) else None


class Reader:
    """Reads columns of a growing text (B, T), and gives the logits of the next token.

    A text that is longer than the model's window is read from where the window begins; when the
    window is full, it moves so far that half of it is free again, and is read anew.  (To move by
    one token would change every position in the cache, and so cost a whole pass each time.)

    cached - keep what the model has computed; otherwise every token costs a pass over the window
    """

    def __init__(self, model, cached: bool = True):
        self.model, self.cached = model, cached
        self.limit = longest(model)
        self.start, self.state = 0, None

    def logits(self, text: Tensor, room: int = 0) -> Tensor:
        """(B, V), given all tokens so far, (B, T): since the last call there came one more.

        room - how many more tokens will come after these
        """
        if self.limit is not None and text.shape[1] - self.start > self.limit:
            self.start, self.state = text.shape[1] - max(1, self.limit // 2), None
        if self.cached and self.state is not None:
            return self.model.step(text[:, -1], self.state)
        logits, self.state = self.model.begin(text[:, self.start :], room)
        return logits


@torch.no_grad()
def continue_tokens(
    model,
    prompts: Sequence[Sequence[int]],
    noise: Tensor,
    sampling: Sampling = Sampling(),
    cached: bool = True,
    stop_at_end: bool = True,
) -> list[list[int]]:
    """What the model writes after each prompt, in tokens.

    prompts - tokens without the END that begins a document; of a prompt longer than the model's
              window the last part is read
    noise   - (B, tokens) random numbers in [0, 1): one for each token to write
    stop_at_end - an END ends a row, and is not returned; otherwise END is never drawn

    All prompts begin in the first column, and what is not known yet is drawn, column by column:
    where a row's prompt goes on, the drawn token is dropped for the prompt's.  So no row is
    padded, and none has anything before it that it would not have alone.
    """
    if getattr(model, "training", False):
        raise ValueError("the model is in training mode, its dropout at work: call model.eval() first")
    if len(prompts) == 0 or noise.shape[1] == 0:
        return [[] for _ in prompts]
    device = next((p.device for p in getattr(model, "parameters", list)()), torch.device("cpu"))
    noise = noise.to(device)
    reader = Reader(model, cached)
    rows = [[END, *prompt] if reader.limit is None else [END, *prompt][-reader.limit :] for prompt in prompts]
    lengths = torch.tensor([len(row) for row in rows], device=device)
    columns = int(lengths.max()) + noise.shape[1]
    text = torch.tensor([row + [END] * (columns - len(row)) for row in rows], device=device)
    ends = lengths + noise.shape[1]  # the column at which each row is done
    for column in range(int(lengths.min()), columns):
        logits = reader.logits(text[:, :column], columns - column)
        if not stop_at_end:
            logits = logits.index_fill(1, torch.tensor([END], device=device), -torch.inf)
        recent = text[:, max(0, column - sampling.window) : column]
        number = (column - lengths).clamp(0, noise.shape[1] - 1)
        uniform = noise.gather(1, number[:, None]).squeeze(1)
        drawn = sampling.draw(logits, uniform, recent.masked_fill(recent == END, -1))
        own = column >= lengths  # past the prompt
        text[:, column] = torch.where(own, drawn, text[:, column])
        ends = torch.where(own & (drawn == END), ends.clamp(max=column), ends)
        if (ends <= column + 1).all():
            break
    bounds = zip(text.tolist(), lengths.tolist(), ends.tolist(), strict=True)
    return [row[length:end] for row, length, end in bounds]


def prompt_noise(prompts: Sequence[str], tokens: int, seed: int = 0) -> Tensor:
    """(B, tokens) random numbers, by the seed, the prompt, and how often it stood in the list before.

    So a prompt goes on in the same way alone and among others, and twice the same one in two ways.
    """
    before, rows = Counter(), []
    for prompt in prompts:
        name = f"{seed} {before[prompt]} {prompt}".encode("utf-8", "surrogatepass")
        before[prompt] += 1
        number = int.from_bytes(hashlib.sha256(name).digest()[:8])
        rows.append(uniform_noise(1, tokens, torch.Generator().manual_seed(number)))
    return torch.cat(rows) if rows else torch.empty(0, tokens)


def generate(
    model,
    tokenizer,
    prompts: list[str],
    tokens: int = 100,
    sampling: Sampling = Sampling(),
    seed: int = 0,
    cached: bool = True,
    stop_at_end: bool = True,
) -> list[str]:
    """What the model writes after each prompt: at most ``tokens`` tokens, as text.

    An empty prompt stands for the beginning of a document.  Spaces at a prompt's ends are dropped
    (see ``trimmed``), so that ``trimmed(prompt) + answer`` is the whole text.  Of a prompt longer than
    the model's window, the last tokens that fit are read.

    Raises ValueError where the arguments make no sense, or tokenizer and model are not of one kind.
    """
    if isinstance(prompts, str):
        raise ValueError("prompts is a list of texts: write [prompt] for a single one")
    if tokens < 0:
        raise ValueError(f"the number of tokens to write cannot be {tokens}")
    vocabulary = getattr(getattr(model, "config", None), "vocabulary", tokenizer.size)
    if vocabulary != tokenizer.size:
        raise ValueError(f"the model has {vocabulary} tokens and the tokenizer {tokenizer.size}: not of one run")
    prompts = [trimmed(prompt) for prompt in prompts]
    written = continue_tokens(
        model, [tokenizer.encode(prompt) for prompt in prompts],
        prompt_noise(prompts, tokens, seed), sampling, cached, stop_at_end,
    )  # fmt: skip
    texts = [tokenizer.decode(ids) for ids in written]
    # The limit may have cut the last letter's bytes in two; a text that has ended by itself is left as it is.
    return [
        text.rstrip("\ufffd") if len(ids) == tokens else text
        for text, ids in zip(texts, written, strict=True)
    ]
