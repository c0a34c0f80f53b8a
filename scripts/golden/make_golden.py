#!/usr/bin/env python3
"""Writes Tests/ActorCriticTests/Golden/*.json: what PyTorch makes of Tengu's networks, losses and gradients.

usage: make_golden.py [NETWORK ...]        all of them if none is named; needs torch and numpy

Weights, states and observations are computed from their names by `namednumbers.py`, so that a file holds the outputs and
64 elements of every gradient only. PyTorch computes in Float64; a Swift test compares to 1e-4.
"""
import sys
from pathlib import Path

import torch

import networks
from goldenfile import write_all
from layers import Parameters, linear, recurrent
from loss import TERMINATED, TRUNCATED, loss
from namednumbers import floats, integers

GOLDEN = Path(__file__).resolve().parents[2] / "Tests/ActorCriticTests/Golden"
STEPS, COLUMNS, ACTIONS, SAMPLES = 4, 2, 28, 64
TEXTS = [
    "Hello Agent, welcome to NetHack!", "", "You kill the newt!", "You see here 5 gold pieces.", "The door opens.",
    "You kill the jackal! The newt bites!", "$ - 12 gold pieces.", "It's a wall.", "You hear a door open.", "What?"]
# Integers of a field lie in low ..< high; those from the limit on become 0, which is the most common one in a game.
FIELDS = dict(
    tile_crop=dict(name="tile_crop", count=144, low=0, high=3010, limit=1505),
    glyph_crop=dict(name="glyph_crop", count=81, low=0, high=5977, limit=5977),
    glyphs=dict(name="glyphs", count=21 * 79, low=0, high=11954, limit=5977),
    status=dict(name="status", count=27, low=-30, high=120, limit=120),
    picture=dict(name="picture", count=12 * 10 * 3, low=0, high=256, limit=256),
    message=dict(name="message", texts=TEXTS))
# Kind, fields, recurrent cell with its size, and the sizes that a network's description holds.
NETWORKS = dict(
    oni=(["tile_crop", "status", "message"], "gru", 512, dict(hiddenSize=512)),
    compact=(["glyph_crop", "status", "message"], "gru", 128, {}),
    wide=(["glyphs", "status", "message"], "lstm", 128, {}),
    impala=(["picture", "status"], "gru", 32, dict(hiddenSize=64)),
    mlp=(["glyph_crop", "status", "message"], "lstm", 32, dict(hiddenSize=64)),
    mlp_min_gru=(["glyph_crop", "status", "message"], "min_gru", 32, dict(hiddenSize=64)))
SIZES = dict(embeddingSize=16, textSize=32, hiddenSize=128)


def observations(names):
    rows, fields = (STEPS + 1) * COLUMNS, {}
    for field in (FIELDS[name] for name in names):
        if "texts" in field:
            encoded = [text.encode().ljust(256, b"\0") for text in field["texts"]]
            fields[field["name"]] = torch.tensor([list(line) for line in encoded])
            fields[field["name"] + "_texts"] = field["texts"]
        else:
            values = integers(field["name"], rows * field["count"], field["low"], field["high"])
            values[values >= field["limit"]] = 0
            fields[field["name"]] = torch.from_numpy(values).view(rows, -1)
    return fields


def batch():
    """One environment dies, the other is cut; some ratios and values leave their clips. Float32 numbers."""
    count = STEPS * COLUMNS
    shaped = lambda values: torch.from_numpy(values).double().view(STEPS, COLUMNS)
    flags = torch.zeros(STEPS, COLUMNS, dtype=torch.int64)
    flags[1, 0], flags[2, 1] = TERMINATED, TRUNCATED
    cut = shaped(floats("truncation values", count, 1)) * ((flags & TRUNCATED) != 0)
    return dict(
        actions=torch.from_numpy(integers("actions", count, 0, ACTIONS)).view(STEPS, COLUMNS), flags=flags,
        rewards=shaped(floats("rewards", count, 1)),
        behaviourLogProbabilities=shaped(floats("behaviour log-probabilities", count, 0.5) - 3.25),
        behaviourValues=shaped(floats("behaviour values", count, 2)), truncationValues=cut)


def make(name):
    keys, cell, size, changed = NETWORKS[name]
    sizes, parameters, inputs = SIZES | changed, Parameters(), batch()
    x = getattr(networks, name.split("_")[0])(parameters, observations(keys), sizes).view(STEPS + 1, COLUMNS, -1)
    ends = (inputs["flags"] & (TERMINATED | TRUNCATED)) != 0
    resets = torch.cat([torch.zeros(1, COLUMNS), ends.double()]).double()
    state_size = size * (2 if cell == "lstm" else 1)
    state = torch.from_numpy(floats("initial state", COLUMNS * state_size, 0.5)).double().view(COLUMNS, -1)
    h = recurrent(parameters, cell, x, state, resets, size)
    logits, values = linear(parameters, "policy", h, ACTIONS), linear(parameters, "value", h, 1).squeeze(-1)
    total, parts = loss(logits, values, inputs)
    total.backward()
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
        kind=name.split("_")[0], torch=torch.__version__, description=dict(recurrent=cell, recurrentSize=size, **sizes),
        steps=STEPS, columns=COLUMNS, actionCount=ACTIONS, fields=[FIELDS[key] for key in keys],
        batch={key: value.flatten().tolist() for key, value in inputs.items()},
        logits=logits.flatten().tolist(), values=values.flatten().tolist(), loss=total.item(),
        parts={key: value.item() for key, value in parts.items()}, parameters=gradients)


def main():
    write_all(GOLDEN, sys.argv[1:] or NETWORKS, make)


if __name__ == "__main__":
    main()
