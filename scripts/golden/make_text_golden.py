#!/usr/bin/env python3
"""Writes Tests/TextPolicyTests/Golden/transformer.json: logits, loss and gradients of the text policy's network in PyTorch.

usage: make_text_golden.py; needs torch and numpy
"""
import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from namednumbers import floats, integers

GOLDEN = Path(__file__).resolve().parents[2] / "Tests/TextPolicyTests/Golden/transformer.json"
SIZES = dict(vocabulary=11, width=24, layers=2, heads=3, context=10)
TEXTS, LENGTH = 3, 7
SAMPLES = 12


def shapes(vocabulary, width, layers, heads, context):
    """Names and shapes of all parameters, in Tengu's order."""
    yield "embedding.tokens", (vocabulary, width)
    yield "embedding.positions", (context, width)
    for block in range(layers):
        yield f"block{block}.attention.norm.gain", (width,)
        yield f"block{block}.attention.projection.weight", (width, 3 * width)
        yield f"block{block}.attention.projection.bias", (3 * width,)
        yield f"block{block}.attention.output.weight", (width, width)
        yield f"block{block}.attention.output.bias", (width,)
        yield f"block{block}.hidden.norm.gain", (width,)
        yield f"block{block}.hidden.input.weight", (width, 4 * width)
        yield f"block{block}.hidden.input.bias", (4 * width,)
        yield f"block{block}.hidden.output.weight", (4 * width, width)
        yield f"block{block}.hidden.output.bias", (width,)
    yield "norm.gain", (width,)


def scale(shape):
    """Large enough that attention weights differ."""
    return 1.0 if len(shape) == 1 else 2.0 / shape[0] ** 0.5 if shape[0] >= 24 else 0.7


def forward(p, tokens, layers, heads):
    """Logits [texts, length, vocabulary] of tokens [texts, length]."""
    texts, length = tokens.shape
    norm = lambda x, name: functional.rms_norm(x, x.shape[-1:], p[f"{name}.gain"], eps=1e-5)
    x = p["embedding.tokens"][tokens] + p["embedding.positions"][:length]
    for block in range(layers):
        dense = lambda y, name: y @ p[f"block{block}.{name}.weight"] + p[f"block{block}.{name}.bias"]
        parts = dense(norm(x, f"block{block}.attention.norm"), "attention.projection").chunk(3, -1)
        q, k, v = (part.view(texts, length, heads, -1).transpose(1, 2) for part in parts)
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + dense(y.transpose(1, 2).reshape(texts, length, -1), "attention.output")
        x = x + dense(dense(norm(x, f"block{block}.hidden.norm"), "hidden.input").relu(), "hidden.output")
    return norm(x, "norm") @ p["embedding.tokens"].T


def main():
    parameters = {}
    for name, shape in shapes(**SIZES):
        values = torch.from_numpy(floats(name, int(np.prod(shape)), scale(shape))).double().view(shape)
        parameters[name] = values.requires_grad_()
    tokens = torch.from_numpy(integers("tokens", TEXTS * LENGTH, 0, SIZES["vocabulary"])).view(TEXTS, LENGTH)
    slopes = torch.from_numpy(floats("slopes", TEXTS * LENGTH * SIZES["vocabulary"], 1)).double()
    logits = forward(parameters, tokens, SIZES["layers"], SIZES["heads"])
    loss = (logits.flatten() * slopes).sum()
    loss.backward()
    described = []
    for name, values in parameters.items():
        gradient = values.grad.flatten()
        indices = sorted(set(integers(f"{name} indices", SAMPLES, 0, len(gradient)).tolist()))
        described.append(
            dict(name=name, scale=scale(values.shape), norm=gradient.norm().item(), indices=indices,
                 samples=gradient[indices].tolist()))
    golden = dict(
        sizes=SIZES, texts=TEXTS, length=LENGTH, logits=logits.detach().flatten().tolist(), loss=loss.item(),
        parameters=described)
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")
    print(f"loss {loss.item():.6f}, {sum(v.numel() for v in parameters.values())} parameters")


if __name__ == "__main__":
    main()
