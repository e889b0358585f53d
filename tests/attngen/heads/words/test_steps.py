"""Where the letters of a translation come from."""
import pytest
from attngen.heads.words.steps import COPY, ENDING, MOVE, STOP, clear_pairs, steps
from attngen.piglatin.rules import pig_latin
from hypothesis import example, given
from hypothesis import strategies as st

words = st.text("abcdehioqsuy-", min_size=1, max_size=12)


def test_the_example_of_the_module():
    found = steps("street", "eetstray")
    assert [step.phase for step in found] == [COPY] * 3 + [MOVE] * 3 + [ENDING] * 2 + [STOP]
    assert [step.source for step in found] == [3, 4, 5, 0, 1, 2, None, None, None]


@given(words, st.booleans())
@example("quick", True)
@example("quick", False)
@example("half-space", True)
@example("--", True)
@example("bbc", True)
@example("yes", True)
def test_every_letter_of_the_word_is_used_once_and_spells_the_translation(word, qu_block):
    target = pig_latin(word, qu_block)
    found = steps(word, target)
    assert len(found) == len(target) + 1 and found[-1].phase == STOP
    sources = [step.source for step in found if step.source is not None]
    assert sorted(sources) == list(range(len(word)))
    for letter, step in zip(target, found, strict=False):
        assert (step.source is None) == (step.phase == ENDING)
        assert letter == (word[step.source] if step.source is not None else letter)
        assert step.source is not None or letter in "way"


@given(words)
def test_what_moves_comes_after_what_is_copied_within_a_part(word):
    if "-" in word:
        return
    phases = [step.phase for step in steps(word, pig_latin(word))]
    assert phases == sorted(phases)
    if word[0] in "aeiou":
        assert MOVE not in phases


def test_pairs_that_no_rule_explains():
    with pytest.raises(ValueError, match="no rule makes 'streetay' of 'street'"):
        steps("street", "streetay")
    pairs = [("my", "ymay"), ("quick", "ickquay"), ("quick", "uickqay"), ("odd", "odday"), ("so", "osay")]
    assert clear_pairs(pairs) == [("my", "ymay"), ("so", "osay")]
