"""Tengu's layers in PyTorch, with parameters named and shaped as Tengu's. Images are [rows, height, width, channels]."""
import math
import re

import torch
import torch.nn.functional as F

from namednumbers import floats, fnv1a

TEXT_ROWS = 4096


class Parameters:
    """Makes parameters as they are asked for, from their names, and remembers them."""

    def __init__(self):
        self.tensors, self.scales = {}, {}

    def get(self, name, shape, scale):
        if name not in self.tensors:
            values = torch.from_numpy(floats(name, math.prod(shape), scale)).double().view(shape)
            self.tensors[name], self.scales[name] = values.requires_grad_(), scale
        return self.tensors[name]

    def weight(self, name, inputs, outputs):
        return self.get(name, [inputs, outputs], math.sqrt(3 / inputs))

    def bias(self, name, outputs):
        return self.get(name, [outputs], 0.1)


def linear(p, name, x, outputs):
    return x @ p.weight(f"{name}.weight", x.shape[-1], outputs) + p.bias(f"{name}.bias", outputs)


def dense(p, name, x, outputs):
    return F.elu(linear(p, name, x.flatten(1), outputs))


def convolution(p, name, x, outputs, kernel, stride=1, padding=0):
    channels = x.shape[-1]
    weight = p.weight(f"{name}.weight", kernel * kernel * channels, outputs)
    weight = weight.view(kernel, kernel, channels, outputs).permute(3, 2, 0, 1)
    y = F.conv2d(x.permute(0, 3, 1, 2), weight, p.bias(f"{name}.bias", outputs), stride, padding)
    return F.elu(y).permute(0, 2, 3, 1)


def max_pool(x, window):
    return F.max_pool2d(x.permute(0, 3, 1, 2), window).permute(0, 2, 3, 1)


def embedding(p, name, symbols, cardinality, size):
    return p.get(name, [cardinality, size], 1.0)[symbols]


def text(p, name, texts, size):
    """The mean of the rows of hashed words and pairs of neighbouring words, then ELU."""
    table = p.get(f"{name}.table", [TEXT_ROWS, size], 1.0)
    means = []
    for line in texts:
        found = [word.lower() for word in re.findall(r"[A-Za-z0-9]+", line)]
        found += [f"{a} {b}" for a, b in zip(found, found[1:])]
        hashes = [fnv1a(word.encode()) for word in found]
        rows = [((value >> 16) ^ value) % TEXT_ROWS for value in hashes]
        means.append(table[rows].mean(0) if rows else table.new_zeros(size))
    return F.elu(torch.stack(means))


def gru_step(p, x, state, size):
    """PyTorch's own cell, with Tengu's matrices the other way round."""
    return torch._VF.gru_cell(
        x, state, p.weight("recurrent.input_weight", x.shape[-1], 3 * size).T,
        p.weight("recurrent.recurrent_weight", size, 3 * size).T, p.bias("recurrent.input_bias", 3 * size),
        p.bias("recurrent.recurrent_bias", 3 * size))


def lstm_step(p, x, state, size):
    hidden, cell = state.split(size, -1)
    bias = p.bias("recurrent.bias", 4 * size)
    return torch.cat(torch._VF.lstm_cell(
        x, (hidden, cell), p.weight("recurrent.input_weight", x.shape[-1], 4 * size).T,
        p.weight("recurrent.recurrent_weight", size, 4 * size).T, bias, torch.zeros_like(bias)), -1)


def min_gru_step(p, x, state, size):
    sums = x @ p.weight("recurrent.input_weight", x.shape[-1], 2 * size) + p.bias("recurrent.bias", 2 * size)
    z, n = sums.split(size, -1)
    return torch.lerp(state, n, torch.sigmoid(z))


def recurrent(p, kind, x, state, resets, size):
    """x [steps, batch, inputs]; the state is zeroed before the steps that `resets` marks. Returns [steps, batch, size]."""
    step = {"gru": gru_step, "lstm": lstm_step, "min_gru": min_gru_step}[kind]
    outputs = []
    for inputs, reset in zip(x, resets):
        state = step(p, inputs, state * (1 - reset)[:, None], size)
        outputs.append(state[:, :size])
    return torch.stack(outputs)
