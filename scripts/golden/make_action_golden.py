#!/usr/bin/env python3
"""Writes Tests/ActorCriticTests/Golden/actions.json: what torch.distributions makes of factored and continuous actions.

usage: make_action_golden.py; needs torch and numpy
"""
import json
from pathlib import Path

import torch
from torch.distributions import Categorical, Normal

from namednumbers import floats

GOLDEN = Path(__file__).resolve().parents[2] / "Tests/ActorCriticTests/Golden/actions.json"
ROWS, FACTORS, NUMBERS = 6, [4, 1, 7], 3
# Weights of the log-probability and the entropy in the loss that the gradients belong to.
LOG_WEIGHT, ENTROPY_WEIGHT = 0.7, -0.3


def factored(outputs):
    parts = [Categorical(logits=part) for part in outputs.split(FACTORS, -1)]
    choices = torch.stack([part.logits.argsort(-1)[:, len(part.logits[0]) // 2] for part in parts], -1)
    logs = sum(part.log_prob(choices[:, i]) for i, part in enumerate(parts))
    return choices, logs, sum(part.entropy() for part in parts)


def continuous(outputs):
    mean, deviation = outputs[:, :NUMBERS], outputs[:, NUMBERS:].clamp(-5, 2).exp()
    numbers = torch.from_numpy(floats("numbers", ROWS * NUMBERS, 2)).double().view(ROWS, NUMBERS)
    normal = Normal(mean, deviation)
    return numbers, normal.log_prob(numbers).sum(-1), normal.entropy().sum(-1)


def make(name, size, distribution, scale):
    outputs = torch.from_numpy(floats(name, ROWS * size, scale)).double().view(ROWS, size).requires_grad_()
    actions, logs, entropies = distribution(outputs)
    (LOG_WEIGHT * logs + ENTROPY_WEIGHT * entropies).sum().backward()
    flat = lambda tensor: tensor.detach().flatten().tolist()
    return dict(
        outputs=flat(outputs), actions=flat(actions), logProbabilities=flat(logs), entropies=flat(entropies),
        gradients=flat(outputs.grad))


def main():
    golden = dict(
        factored=make("factored outputs", sum(FACTORS), factored, 3),
        continuous=make("continuous outputs", 2 * NUMBERS, continuous, 1.5))
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
