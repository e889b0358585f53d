"""The exercise's module, and the other readings of its text."""

from __future__ import annotations

from dataclasses import replace

from attngen.additive.counting import Shape, count

POSITIONS = 64
SHEET = Shape(query=20, key=10, value=30, hidden=100, heads=3, output=50)


def readings() -> dict[str, Shape]:
    """Ways to read the exercise, by name; ``plain`` is the one that its answer follows."""
    return {
        "plain": SHEET,
        "biases": replace(SHEET, bias=True),
        "raw_values": replace(SHEET, project_values=False),
        "raw_values_biases": replace(SHEET, project_values=False, bias=True),
        "no_output": replace(SHEET, output=None),
        "shared_out": replace(SHEET, hidden=33),
        "dot": replace(SHEET, score="dot"),
        "general": replace(SHEET, score="general"),
    }


def counts() -> dict[str, int]:
    """How many numbers each reading learns."""
    return {name: int(count(shape)) for name, shape in readings().items()}


def useful_biases(shape: Shape = SHEET) -> int:
    """Biases that change what the module computes: of three in each head one, and the last.

    Queries and keys are added, so only the sum of their biases counts; weights sum to one, so that a bias of
    the values passes through every head unchanged and could stand in the output's.
    """
    return int(shape.heads * shape.hidden) + int(shape.output or 0)
