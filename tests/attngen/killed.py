"""A run that is killed (SIGKILL) in the middle of an epoch; test_experiments.py starts and resumes it.

Run as a script it does ``attngen run`` of the longer smoke run below and kills itself while the epoch named by
its argument is being evaluated, when that epoch's training is done and its checkpoint is not yet written.
"""
import os
import signal
import sys
from dataclasses import replace

from attngen import experiments
from attngen.piglatin import train

NAME = "pig-latin-small-h32"


def lengthen() -> experiments.Experiment:
    """The smoke preset with more epochs, and with all that a checkpoint has to bring back."""
    known = experiments.get(NAME)
    smoke = known.presets["smoke"]
    smoke = replace(
        smoke, model=replace(smoke.model, dropout=0.2), train=replace(smoke.train, epochs=4, average=0.9), seeds=(0, 1)
    )
    return replace(known, presets=known.presets | {"smoke": smoke})


def main(epoch: int) -> None:
    measured, mean_loss = [], train.mean_loss

    def deadly(*arguments):
        measured.append(1)
        if len(measured) == epoch:
            os.kill(os.getpid(), signal.SIGKILL)
        return mean_loss(*arguments)

    train.mean_loss = deadly
    experiments._REGISTRY[NAME] = lengthen()
    experiments.run(NAME, "smoke", device="cpu")


if __name__ == "__main__":
    main(int(sys.argv[1]))
