"""Going on with a text: several prompts of any lengths at once, cached or not.

Every model of the chapters is used in the same way, the one that counts n-grams
like the trained ones: ``model.begin(tokens, room)`` reads a text,
``model.step(token, state)`` reads one token more.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from numbers import Integral

import torch
from torch import Tensor

from attngen.nn import Decoder
from attngen.persian.sampling import Sampling, uniform_noise
from attngen.persian.windows import END

_SPACES_AT_THE_ENDS = re.compile(r"\A[^\S\n]+|[^\S\n]+\Z")


def trimmed(prompt: str) -> str:
    """The prompt without spaces at its ends; newlines stay.

    A word's token brings the space before it along.  After a prompt that ends in a
    space, the next word would have to be one without, which training never showed.
    """
    return _SPACES_AT_THE_ENDS.sub("", prompt)


def longest(model) -> int | None:
    """How many tokens the model can be given at most; None where there is no end.

    The transformer was trained on windows of one length.  An n-gram model looks at
    its last few tokens by itself, a recurrent one at none but the newest.
    """
    return model.context if isinstance(model, Decoder) else None


class Reader:
    """Reads a growing text, and gives the logits of the next token.

    When the model's window is full, it moves so far that half of it is free again,
    and is read anew.  (To move by one token would change what every position has
    seen, and so cost a whole pass for each token.)

    cached - keep what the model has computed; else each token costs a whole pass
    """

    def __init__(self, model, cached: bool = True):
        self.model, self.cached = model, cached
        self.limit = longest(model)
        self.start, self.state = 0, None

    def logits(self, text: Tensor, room: int = 0) -> Tensor:
        """(B, V), given all tokens so far (B, T): one more than at the last call.

        room - how many more tokens will come after these
        """
        length = text.shape[1]
        if self.limit is not None and length - self.start > self.limit:
            self.start, self.state = length - max(1, self.limit // 2), None
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

    prompts - without the END that begins a document; of a prompt longer than the
              model's window the last part is read
    noise   - (B, tokens) random numbers in [0, 1): one for each token to write
    stop_at_end - an END ends a row, and is not returned; else END is never drawn

    All prompts begin in the first column, and what is not known yet is drawn,
    column by column: where a row's prompt goes on, the drawn token is dropped for
    it.  So no row is padded, and none reads anything that it would not read alone.
    """
    if getattr(model, "training", False):
        raise ValueError("the model's dropout is at work: call model.eval() first")
    tokens = noise.shape[1]
    if len(prompts) == 0 or tokens == 0:
        return [[] for _ in prompts]
    reader, device = Reader(model, cached), device_of(model)
    rows = [[END, *prompt][-(reader.limit or 0) :] for prompt in prompts]
    lengths = torch.tensor([len(row) for row in rows], device=device)
    columns = int(lengths.max()) + tokens
    text = [row + [END] * (columns - len(row)) for row in rows]
    text, noise = torch.tensor(text, device=device), noise.to(device)
    ends = lengths + tokens  # the column at which each row is done
    for column in range(int(lengths.min()), columns):
        logits = reader.logits(text[:, :column], columns - column)
        if not stop_at_end:
            logits[:, END] = -torch.inf
        recent = text[:, max(0, column - sampling.window) : column]
        recent = recent.masked_fill(recent == END, -1)
        number = (column - lengths).clamp(0, tokens - 1)  # of the token to draw
        uniform = noise.gather(1, number[:, None]).squeeze(1)
        drawn = sampling.draw(logits, uniform, recent)
        own = column >= lengths  # past the prompt
        text[:, column] = torch.where(own, drawn, text[:, column])
        ends = torch.where(own & (drawn == END), ends.clamp(max=column), ends)
        if (ends <= column + 1).all():
            break
    bounds = zip(text.tolist(), lengths.tolist(), ends.tolist(), strict=True)
    return [row[length:end] for row, length, end in bounds]


def device_of(model) -> torch.device:
    """Where a network's weights lie; a model that counts works on the processor."""
    if isinstance(model, torch.nn.Module):
        return next(model.parameters()).device
    return torch.device("cpu")


def prompt_noise(prompts: Sequence[str], tokens: int, seed: int = 0) -> Tensor:
    """(B, tokens) random numbers, by seed, prompt, and how often it came before.

    So a prompt goes on in the same way alone and among others, and twice the same
    one in two ways.
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

    An empty prompt stands for the beginning of a document.  Spaces at a prompt's
    ends are dropped (see ``trimmed``), so that ``trimmed(prompt) + answer`` is the
    whole text.  Of a prompt longer than the model's window the last part is read.

    Raises ValueError where the arguments make no sense, or tokenizer and model are
    not of one run.
    """
    if isinstance(prompts, str):
        raise ValueError("prompts is a list: write [prompt] for a single one")
    if bad := [prompt for prompt in prompts if not isinstance(prompt, str)]:
        raise ValueError(f"a prompt is a string, not {bad[0]!r:.40}")
    if not isinstance(tokens, Integral) or tokens < 0:
        raise ValueError(f"the number of tokens to write cannot be {tokens}")
    vocabulary = getattr(getattr(model, "config", model), "vocabulary", None)
    if vocabulary not in (None, tokenizer.size):
        sizes = f"{vocabulary} tokens, the tokenizer {tokenizer.size}"
        raise ValueError(f"they are not of one run: the model has {sizes}")
    prompts = [trimmed(prompt) for prompt in prompts]
    read = [tokenizer.encode(prompt) for prompt in prompts]
    noise = prompt_noise(prompts, tokens, seed)
    written = continue_tokens(model, read, noise, sampling, cached, stop_at_end)
    return [readable(tokenizer, ids, cut=len(ids) == tokens) for ids in written]


def readable(tokenizer, ids: Sequence[int], cut: bool = False) -> str:
    """The text of some tokens; where it was ``cut`` off, without half a letter."""
    text = tokenizer.decode(ids)
    return text.rstrip("\ufffd") if cut else text
