#!/usr/bin/env python3
"""Measure how fast PyTorch trains and evaluates ONI's reward models on one thread. `tengu-bench reward` compares Tengu
with it.

usage: torch_reward_models.py [--threads N]

Every line on the standard input requests one short measurement, so that two programs can be measured in turn:

    MODEL train COUNT SECONDS    one update from COUNT captions (classification) or COUNT pairs of them (ranking)
    MODEL score COUNT SECONDS    COUNT captions at once, without gradients

and is answered with one line of JSON: {"seconds_per_call": ..., "calls": ...}, in CPU seconds of the process. The first
line of all, {"torch": ...}, is printed when the program is ready. Captions are padded to 256 bytes.
"""
import argparse
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional

BYTES = 256
HEADS = dict(
    classification=lambda: nn.Sequential(
        nn.Linear(128, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Dropout(0.1), nn.Linear(512, 2)),
    ranking=lambda: nn.Sequential(nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, 1)))
PARAMETERS = dict(classification=471_554, ranking=306_945)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(256, 32, padding_idx=0)
        layers = [nn.Conv1d(32, 64, 7), nn.ReLU(), nn.MaxPool1d(3), nn.Conv1d(64, 64, 7), nn.ReLU(), nn.MaxPool1d(3)]
        for _ in range(4):
            layers += [nn.Conv1d(64, 64, 3), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.MaxPool1d(3), nn.Flatten(), nn.Linear(320, 128), nn.ReLU())

    def forward(self, texts):
        return self.layers(self.embedding(texts).permute(0, 2, 1))


class Work:
    def __init__(self, kind):
        self.kind = kind
        self.model = nn.Sequential(Encoder(), HEADS[kind]())
        count = sum(parameter.numel() for parameter in self.model.parameters())
        assert count == PARAMETERS[kind], f"{kind}: {count} parameters"
        self.adam = torch.optim.Adam(self.model.parameters(), lr=1e-4)

    def texts(self, count):
        texts = torch.zeros(count, BYTES, dtype=torch.long)
        texts[:, :32] = torch.randint(32, 127, (count, 32))
        return texts

    def make(self, task, count):
        if task == "score":
            texts = self.texts(count)
            return torch.no_grad()(lambda: self.model.eval()(texts))
        if task != "train":
            raise ValueError(f"unknown work {task!r}")
        texts = self.texts(count if self.kind == "classification" else 2 * count)
        labels = torch.randint(0, 2, (count,))

        def step():
            outputs = self.model.train()(texts)
            logits = outputs if self.kind == "classification" else outputs.view(count, 2)
            self.adam.zero_grad()
            functional.cross_entropy(logits, labels).backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 10)
            self.adam.step()

        return step


def measure(call, seconds):
    """CPU seconds of one call, made as often as fills `seconds`."""
    calls, start = 0, time.process_time()
    while calls == 0 or time.process_time() - start < seconds:
        call()
        calls += 1
    return {"seconds_per_call": (time.process_time() - start) / calls, "calls": calls}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    torch.set_num_threads(parser.parse_args().threads)
    torch.manual_seed(1)
    models, work = {kind: Work(kind) for kind in HEADS}, {}
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        kind, task, count, seconds = line.split()
        key = kind, task, int(count)
        if key not in work:
            work[key] = models[kind].make(task, int(count))
            work[key]()
        print(json.dumps(measure(work[key], float(seconds))), flush=True)


if __name__ == "__main__":
    main()
