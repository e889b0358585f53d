"""The clock of the benchmarks: what it calls, what it hands back, when it waits for a graphics card."""
import pytest
import torch
from attngen import benchmark
from attngen.benchmark import timed


def test_the_call_is_timed_and_its_answer_comes_back(monkeypatch):
    monkeypatch.setattr(benchmark.time, "perf_counter", iter([10.0, 12.5]).__next__)
    assert timed(sorted, [2, 1, 3], reverse=True) == (2.5, [3, 2, 1])


def test_an_error_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        timed(lambda: 1 / 0)


def test_a_graphics_card_is_waited_for_before_and_after(monkeypatch):
    steps = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: steps.append("wait"))
    monkeypatch.setattr(benchmark.time, "perf_counter", lambda: steps.append("clock") or 0.0)
    timed(steps.append, "work")
    assert steps == ["wait", "clock", "work", "wait", "clock"]
