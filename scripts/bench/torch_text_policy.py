#!/usr/bin/env python3
"""Measure how fast PyTorch trains the text policy's network, and decodes with it, on one thread. `tengu-bench text` compares
Tengu with it.

usage: torch_text_policy.py [--threads N]

The network is a decoder of 0.35 million weights: 3 blocks of width 96 with 4 heads, RMSNorm, learned positions, a hidden
ReLU layer of 384, tied embedding, 64 tokens. A train step is one update from texts of equal length with cross entropy and
Adam. Decoding appends sampled tokens with a cache of keys and values.

Every line on the standard input requests one short measurement, so that two programs can be measured in turn:

    train TEXTS LENGTH SECONDS     one update from TEXTS texts of LENGTH tokens
    decode TEXTS LENGTH SECONDS    LENGTH tokens for each of TEXTS texts, from one token on

and is answered with one line of JSON: {"seconds_per_call": ..., "calls": ...}, in CPU seconds of the process. The first
line of all, {"torch": ..., "parameters": ...}, is printed when the program is ready.

`Decoder.load` reads what `tengu export text` writes; scripts/export/compare_export.py compares both.
"""
import argparse
import json
import struct
import sys
import time

import torch
from torch import nn
from torch.nn import functional

VOCABULARY, WIDTH, LAYERS, HEADS, CONTEXT = 64, 96, 3, 4, 64


class Block(nn.Module):
    """x += attention(norm(x)); x += network(norm(x))."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.attention_norm, self.hidden_norm = nn.RMSNorm(width, eps=1e-5), nn.RMSNorm(width, eps=1e-5)
        self.projection, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.network = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))

    def forward(self, x, cache=None, position=0):
        """x: [texts, length, width]; with a cache, its keys and values get those of `position`."""
        texts, length, width = x.shape
        parts = self.projection(self.attention_norm(x)).view(texts, length, 3, self.heads, -1)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        if cache is not None:
            cache[0][:, :, position : position + length] = keys
            cache[1][:, :, position : position + length] = values
            keys, values = (part[:, :, : position + length] for part in cache)
        y = functional.scaled_dot_product_attention(queries, keys, values, is_causal=cache is None)
        x = x + self.output(y.transpose(1, 2).reshape(texts, length, width))
        return x + self.network(self.hidden_norm(x))


class Decoder(nn.Module):
    """Tokens to logits of the next ones."""

    def __init__(self, vocabulary=VOCABULARY, width=WIDTH, layers=LAYERS, heads=HEADS, context=CONTEXT):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.RMSNorm(width, eps=1e-5)

    @classmethod
    def load(cls, path):
        """The policy that `tengu export text` wrote to `path`."""
        with open(path, "rb") as file:
            data = bytearray(file.read())
        (length,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + length])
        model = cls(**json.loads(header.pop("__metadata__")["sizes"]))
        body = memoryview(data)[8 + length :]
        model.load_state_dict({
            cls.own_name(name): cls.own_layout(
                name, torch.frombuffer(body[slice(*entry["data_offsets"])], dtype=torch.float32).reshape(entry["shape"]))
            for name, entry in header.items()
        })
        return model

    @staticmethod
    def own_name(name):
        """This program's name of a parameter of Tengu's."""
        for theirs, ours in (
            ("embedding.tokens", "tokens.weight"), ("embedding.positions", "positions.weight"), ("norm.gain", "norm.weight"),
            ("attention.norm", "attention_norm"), ("hidden.norm", "hidden_norm"), ("attention.projection", "projection"),
            ("attention.output", "output"), ("hidden.input", "network.0"), ("hidden.output", "network.2"),
            (".gain", ".weight"), ("block", "blocks."),
        ):
            name = name.replace(theirs, ours)
        return name

    @staticmethod
    def own_layout(name, tensor):
        """Tengu's matrices of layers are [inputs, outputs]."""
        return tensor.T if tensor.dim() == 2 and not name.startswith("embedding.") else tensor

    @torch.no_grad()
    def log_probabilities(self, tokens):
        """The log-probability of each token of `tokens` [texts, length] given those before it; 0 for the first one."""
        logs = self(tokens)[:, :-1].log_softmax(-1).gather(2, tokens[:, 1:, None])[..., 0]
        return functional.pad(logs, (1, 0))

    def forward(self, tokens, caches=None, position=0):
        x = self.tokens(tokens) + self.positions.weight[position : position + tokens.shape[1]]
        for index, block in enumerate(self.blocks):
            x = block(x, None if caches is None else caches[index], position)
        return self.norm(x) @ self.tokens.weight.T


class Trainer:
    """One update after another from the same random texts."""

    def __init__(self, model, texts, length):
        self.model = model
        self.optimiser = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.9, 0.999), eps=1e-6)
        self.tokens = torch.randint(0, VOCABULARY, (texts, length))

    def step(self):
        """One update."""
        self.optimiser.zero_grad(set_to_none=True)
        logits = self.model(self.tokens)[:, :-1].reshape(-1, VOCABULARY)
        functional.cross_entropy(logits, self.tokens[:, 1:].flatten()).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()


@torch.no_grad()
def decode(model, texts, length):
    """Samples `length` tokens for each text."""
    caches = [torch.zeros(2, texts, HEADS, length, WIDTH // HEADS) for _ in range(LAYERS)]
    tokens = torch.zeros(texts, 1, dtype=torch.long)
    for position in range(length):
        logits = model(tokens, caches, position)[:, -1]
        tokens = torch.multinomial(logits.softmax(-1), 1)


def measure(work, seconds):
    """CPU seconds of one call of `work`, called until `seconds` have passed."""
    calls, start = 0, time.process_time()
    while True:
        work()
        calls += 1
        elapsed = time.process_time() - start
        if elapsed >= seconds:
            return {"seconds_per_call": elapsed / calls, "calls": calls}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    torch.set_num_threads(parser.parse_args().threads)
    torch.manual_seed(1)
    model, work = Decoder(), {}
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(json.dumps({"torch": torch.__version__, "parameters": parameters}), flush=True)
    for line in sys.stdin:
        kind, texts, length, seconds = line.split()
        key = kind, int(texts), int(length)
        if key not in work:
            trainer = Trainer(model, *key[1:])
            work[key] = trainer.step if kind == "train" else lambda: decode(model, *key[1:])
            work[key]()
        print(json.dumps(measure(work[key], float(seconds))), flush=True)


if __name__ == "__main__":
    main()
