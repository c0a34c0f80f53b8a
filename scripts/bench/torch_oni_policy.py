#!/usr/bin/env python3
"""Measure how fast PyTorch computes a policy network with ONI's shape on one thread. `tengu-bench inference` and
`tengu-bench train` compare Tengu with it.

usage: torch_oni_policy.py [--threads N]

The network has 28 actions and 2,798,205 parameters: three convolutions over a 3x72x72 picture of the hero's
surroundings, dense layers for the hero's numbers and for the message, a GRU of 512 units, and two linear heads. A train
step is one update from unrolls of 32 steps with V-trace, the clipped loss of PPO, and Adam.

Every line on the standard input requests one short measurement, so that two programs can be measured in turn:

    forward FRAMES SECONDS    FRAMES observations at once, without gradients
    train FRAMES SECONDS      one update from FRAMES frames, a multiple of 32

and is answered with one line of JSON: {"seconds_per_call": ..., "calls": ...}, in CPU seconds of the process. The first
line of all, {"torch": ..., "parameters": ...}, is printed when the program is ready.
"""
import argparse
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional

ACTIONS = 28
HIDDEN = 512
UNROLL = 32
NUMBERS = 27
MESSAGE_BYTES = 256
FEATURES = 512 + 128 + NUMBERS + 128
PARAMETERS = 2_798_205


def dense(*sizes):
    """Linear layers of `sizes`, an ELU after each."""
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ELU()]
    return layers


class Policy(nn.Module):
    """Picture, numbers and message to logits and value, with a memory."""

    def __init__(self):
        super().__init__()
        self.picture = nn.Sequential(
            nn.Conv2d(3, 32, kernel_size=8, stride=4),
            nn.ELU(),
            nn.Conv2d(32, 64, kernel_size=4, stride=2),
            nn.ELU(),
            nn.Conv2d(64, 128, kernel_size=3, stride=2),
            nn.ELU(),
            nn.Flatten(),
            *dense(1152, 512),
        )
        self.numbers = nn.Sequential(*dense(NUMBERS, 128, 128))
        self.message = nn.Sequential(*dense(MESSAGE_BYTES, 128, 128))
        self.memory = nn.GRU(FEATURES, HIDDEN)
        self.value = nn.Linear(HIDDEN, 1)
        self.action = nn.Linear(HIDDEN, ACTIONS)

    def forward(self, observation, state, steps):
        """observation: [steps * batch, ...] each; returns logits [steps * batch, A] and values [steps * batch]."""
        picture, numbers, message = observation
        features = torch.cat([self.picture(picture), self.numbers(numbers), numbers, self.message(message)], dim=-1)
        outputs, _ = self.memory(features.view(steps, -1, FEATURES), state)
        outputs = outputs.reshape(-1, HIDDEN)
        return self.action(outputs), self.value(outputs).squeeze(-1)


def observation(frames):
    """Random observations, as floats in the range the network wants."""
    return torch.rand(frames, 3, 72, 72), torch.rand(frames, NUMBERS), torch.rand(frames, MESSAGE_BYTES)


def vtrace(values, rewards, discounts, ratios, bootstrap):
    """V-trace with both clips at 1 (Espeholt et al. 2018, equation 1); everything [T, B], bootstrap [B]."""
    clipped = ratios.clamp(max=1.0)
    targets = torch.empty_like(values)
    advantages = torch.empty_like(values)
    next_value = next_target = bootstrap
    for step in range(len(values) - 1, -1, -1):
        error = clipped[step] * (rewards[step] + discounts[step] * next_value - values[step])
        advantages[step] = clipped[step] * (rewards[step] + discounts[step] * next_target - values[step])
        targets[step] = values[step] + error + discounts[step] * clipped[step] * (next_target - next_value)
        next_value, next_target = values[step], targets[step]
    return targets, (advantages - advantages.mean()) / advantages.std().clamp(min=1e-3)


class Trainer:
    """One update after another from the same `frames` random frames."""

    def __init__(self, policy, frames):
        self.policy = policy
        self.optimiser = torch.optim.Adam(policy.parameters(), lr=1e-4, betas=(0.9, 0.999), eps=1e-6)
        self.observation = observation(frames)
        self.state = torch.zeros(1, frames // UNROLL, HIDDEN)
        self.actions = torch.randint(0, ACTIONS, (frames, 1))
        self.behaviour = torch.full((frames,), -3.3322)  # log(1 / 28)
        self.old_values = torch.zeros(frames)
        self.rewards = 0.1 * torch.rand(UNROLL, frames // UNROLL)
        self.discounts = torch.full((UNROLL, frames // UNROLL), 0.99)

    def loss(self):
        """The clipped policy loss, half the clipped squared error of the values, and the entropy bonus."""
        logits, values = self.policy(self.observation, self.state, UNROLL)
        log_probabilities = functional.log_softmax(logits, dim=-1)
        chosen = log_probabilities.gather(-1, self.actions).squeeze(-1)
        ratios = (chosen - self.behaviour).exp().clamp(0.05, 20.0)
        with torch.no_grad():
            by_step = values.view(UNROLL, -1)
            targets, advantages = vtrace(
                by_step, self.rewards, self.discounts, ratios.view(UNROLL, -1), by_step[-1]
            )
            targets, advantages = targets.flatten(), advantages.flatten()
        policy = -torch.min(ratios * advantages, ratios.clamp(1 / 1.1, 1.1) * advantages).mean()
        clipped = self.old_values + (values - self.old_values).clamp(-1.0, 1.0)
        value = 0.5 * torch.max((values - targets) ** 2, (clipped - targets) ** 2).mean()
        entropy = -(log_probabilities.exp() * log_probabilities).sum(-1).mean()
        return policy + value - 0.003 * entropy

    def step(self):
        """One update."""
        self.optimiser.zero_grad(set_to_none=True)
        self.loss().backward()
        nn.utils.clip_grad_norm_(self.policy.parameters(), 4.0)
        self.optimiser.step()


def measure(work, seconds):
    """CPU seconds of one call of `work`, called until `seconds` have passed."""
    calls, start = 0, time.process_time()
    while True:
        work()
        calls += 1
        elapsed = time.process_time() - start
        if elapsed >= seconds:
            return {"seconds_per_call": elapsed / calls, "calls": calls}


class Yardstick:
    """Makes each kind of work once, warm, and measures it as often as it is asked to."""

    def __init__(self):
        self.policy = Policy()
        self.work = {}

    def _make(self, kind, frames):
        if kind == "train":
            return Trainer(self.policy, frames).step
        if kind != "forward":
            raise ValueError(f"unknown work {kind!r}")
        inputs, state = observation(frames), torch.zeros(1, frames, HIDDEN)
        return torch.no_grad()(lambda: self.policy(inputs, state, 1))

    def answer(self, line):
        """What a line of the standard input asks for."""
        kind, frames, seconds = line.split()
        key = kind, int(frames)
        if key not in self.work:
            self.work[key] = self._make(*key)
            self.work[key]()
        return measure(self.work[key], float(seconds))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    torch.set_num_threads(parser.parse_args().threads)
    torch.manual_seed(1)
    yardstick = Yardstick()
    parameters = sum(parameter.numel() for parameter in yardstick.policy.parameters())
    assert parameters == PARAMETERS, f"{parameters} parameters"
    print(json.dumps({"torch": torch.__version__, "parameters": parameters}), flush=True)
    for line in sys.stdin:
        print(json.dumps(yardstick.answer(line)), flush=True)


if __name__ == "__main__":
    main()
