#!/usr/bin/env python3
"""Writes Tests/IntrinsicRewardTests/Golden/*.json: what PyTorch makes of Tengu's reward networks, losses and gradients.

usage: make_reward_golden.py [NETWORK ...]        all of them if none is named; needs torch and numpy

Weights are computed from their names by `namednumbers.py`, so that a file holds the outputs and 64 elements of every
gradient only. PyTorch computes in Float64, without dropout, and every column of every text; a Swift test compares to 1e-4.
"""
import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

from goldenfile import write_all
from layers import Parameters
from namednumbers import integers

GOLDEN = Path(__file__).resolve().parents[2] / "Tests/IntrinsicRewardTests/Golden"
SAMPLES, BYTES, CHANNELS = 64, 256, 64
# Of every length that matters: none, a pool's edge, a screen's line, all that is read, and more.
TEXTS = [
    "You kill the newt!", "", "$", "You see here 5 gold pieces.", "It is written here: " + "Elbereth " * 10,
    "x" * 83, "The door opens.", "It's a wall " * 30]
LABELS = [1.0, 0.0, 0.25, 1.0, 0.0, 0.5, 0.75, 0.0]
# First and second caption, and how probably the first is better.
PAIRS = [(0, 1, 1.0), (2, 3, 0.25), (4, 5, 0.5), (6, 0, 0.1), (7, 3, 0.0), (0, 7, 0.9)]


def weight(p, name, inputs, outputs):
    """He's scale: through nine ReLUs a smaller one would leave texts alike."""
    return p.get(f"{name}.weight", [inputs, outputs], math.sqrt(6 / inputs))


def linear(p, name, x, outputs):
    return x @ weight(p, name, x.shape[-1], outputs) + p.bias(f"{name}.bias", outputs)


def dense(p, name, x, outputs):
    return F.relu(linear(p, name, x, outputs))


def convolution(p, name, x, kernel):
    """x [texts, channels, columns]"""
    channels = x.shape[1]
    taps = weight(p, name, kernel * channels, CHANNELS).view(kernel, channels, CHANNELS).permute(2, 1, 0)
    return F.relu(F.conv1d(x, taps, p.bias(f"{name}.bias", CHANNELS)))


def embedding(p, texts):
    name = "encoder.1.embedding"
    table = p.get(name, [256, 32], 1.0)
    with torch.no_grad():
        table[0] = 0
    return F.embedding(texts, table, padding_idx=0).permute(0, 2, 1)


def encoder(p, texts):
    x = F.max_pool1d(convolution(p, "encoder.1", embedding(p, texts), 7), 3)
    x = F.max_pool1d(convolution(p, "encoder.2", x, 7), 3)
    for layer in range(3, 7):
        x = convolution(p, f"encoder.{layer}", x, 3)
    x = F.max_pool1d(x, 3)
    # Tengu keeps the channels of a column together.
    return dense(p, "encoder.dense", x.permute(0, 2, 1).flatten(1), 128)


def classifier(p, texts):
    x = dense(p, "head.2", dense(p, "head.1", encoder(p, texts), 512), 512)
    logits = linear(p, "head.3", x, 2)
    labels = torch.tensor(LABELS, dtype=torch.float64)
    return logits, F.cross_entropy(logits, torch.stack([1 - labels, labels], 1))


def ranking(p, texts):
    x = dense(p, "head.2", dense(p, "head.1", encoder(p, texts), 256), 512)
    rewards = linear(p, "head.3", x, 1)
    first, second, target = (torch.tensor(column) for column in zip(*PAIRS))
    both = torch.stack([rewards[first, 0], rewards[second, 0]], 1)
    return rewards, F.cross_entropy(both, torch.stack([target, 1 - target], 1).double())


NETWORKS = dict(classifier=classifier, ranking=ranking)


def make(name):
    parameters = Parameters()
    encoded = [text.encode()[:BYTES].ljust(BYTES, b"\0") for text in TEXTS]
    outputs, loss = NETWORKS[name](parameters, torch.tensor([list(text) for text in encoded]))
    loss.backward()
    gradients = []
    for key, tensor in parameters.tensors.items():
        gradient = tensor.grad.flatten()
        # Where a table is hardly read, most elements are zero: those that are not say more.
        candidates = gradient.nonzero().flatten()
        assert len(candidates) > 0, f"{name}: the gradient of {key} is zero"
        index = candidates[torch.from_numpy(integers(f"{key} samples", SAMPLES, 0, len(candidates)))]
        gradients.append(dict(
            name=key, shape=list(tensor.shape), scale=parameters.scales[key], norm=gradient.norm().item(),
            indices=index.tolist(), samples=gradient[index].tolist()))
    return dict(
        torch=torch.__version__, texts=TEXTS, labels=LABELS,
        pairs=[dict(first=a, second=b, target=p) for a, b, p in PAIRS],
        outputs=outputs.flatten().tolist(), loss=loss.item(), parameters=gradients)


def main():
    write_all(GOLDEN, sys.argv[1:] or NETWORKS, make, lambda golden: f", outputs {golden['outputs'][:4]}")


if __name__ == "__main__":
    main()
