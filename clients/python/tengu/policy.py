"""A trained policy, played with numpy."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

import numpy as np
from numpy.typing import NDArray

from .layers import Layers
from .networks import Encoder, Field
from .tensors import Floats, FormatError, PathLike, read_tensors

Action = Any  # int, or an array [A] of factors (int64) or numbers (float32)

_FORMAT = "tengu-policy 1"
_LOG_DEVIATIONS = (np.float32(-5), np.float32(2))


class Outputs(NamedTuple):
    """What a network computes for N observations: `logits` [N, P], `values` [N, V] and the next `state` [N, S].

    Logits of illegal actions are minus infinity. Of a continuous space, logits are means, then logarithms of deviations.
    """
    logits: Floats
    values: Floats
    state: Floats


class Policy:
    """The policy of a checkpoint. The state is zero at the beginning of an episode; `initial_state` makes it."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str], source: str = "the policy"):
        if metadata.get("format") != _FORMAT:
            raise FormatError(f"{source}: its format is {metadata.get('format', 'not named')!r}, not {_FORMAT!r}; "
                              "resume the run with this version of Tengu, or export the policy to ONNX")
        try:
            self.task = metadata["task"]
            self.network = metadata["network"]
            self.recurrent = metadata["recurrent"]
            self.fields: List[Field] = [Field.parse(facts) for facts in json.loads(metadata["observation"])]
            self.actions: Dict[str, Any] = json.loads(metadata["actions"])
            self.state_size = int(metadata["state_size"])
            standardises = metadata["normalise_observations"] == "true"
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"{source}: its description lacks a part or cannot be read: {error!r}") from None
        prefix = "policy."
        self._layers = Layers({name[len(prefix):] if name.startswith(prefix) else name: np.asarray(values, np.float32)
                               for name, values in tensors.items() if not name.startswith("adam.")})
        self._encoder = Encoder(self.network, self.fields, standardises, self._layers)
        self._mask = next((field.name for field in self.fields if field.encoding == "action_mask"), None)
        # Actions of each factor; empty if actions are numbers.
        self.counts: List[int] = (
            [int(self.actions["discrete"])] if "discrete" in self.actions
            else [int(count) for count in self.actions.get("factored", [])])
        # For each factor the set of things that it chooses from; None of other factors.
        self._sets: List[Optional[str]] = list(self.actions.get("sets", []))
        if not self._sets and any(f"policy.{f.set}.{f.name}.table" in self._layers.parameters for f in self.fields if f.set):
            raise FormatError(f"{source}: its actions point at things, and its description does not say how; "
                              "resume the run with this version of Tengu, or export the policy to ONNX")

    @staticmethod
    def load(path: PathLike) -> "Policy":
        """The policy of a checkpoint's folder, of a run's folder (its newest checkpoint), or of a safetensors file."""
        place = Path(path)
        if (place / "checkpoints").is_dir():
            from .run import Run
            place = Path(Run(place).newest_checkpoint)
        if place.is_dir():
            place = place / "state.safetensors"
        tensors, metadata = read_tensors(place)
        return Policy(tensors, metadata, str(place))

    def initial_state(self, batch: Optional[int] = None) -> Floats:
        """The state at the beginning of an episode: [S], or [batch, S]."""
        return np.zeros((self.state_size,) if batch is None else (batch, self.state_size), np.float32)

    def forward(self, observations: Mapping[str, NDArray[Any]], state: Floats) -> Outputs:
        """The network's outputs for a batch: each field [N, ...], the state [N, S]."""
        fields = {field.name: self._checked(field, observations) for field in self.fields if field.encoding != "hidden"}
        h = self._encoder(fields)
        if self.recurrent == "gru":
            h, state = self._layers.gru(h, state, "recurrent")
        elif self.recurrent == "lstm":
            h, state = self._layers.lstm(h, state, "recurrent")
        elif self.recurrent == "min_gru":
            h, state = self._layers.min_gru(h, state, "recurrent")
        logits = self._layers.dense(h, "policy")
        if any(self._sets):
            keys = {name: self._keys(name, fields) for name in self._sets if name is not None}
            logits = self._layers.pointed(logits, self.counts, [keys[name] if name else None for name in self._sets])
        if self._mask is not None:
            logits = self._masked(logits, fields[self._mask])
        if "policy.floor" in self._layers.parameters:
            logits = self._floored(logits, self._layers.parameter("policy.floor")[0])
        return Outputs(logits, self._layers.values(h), state)

    def act(
        self, observation: Mapping[str, Any], state: Floats, generator: Optional[np.random.Generator] = None
    ) -> Tuple[Action, Floats]:
        """The action for one observation, and the next state [S].

        Takes the most probable action, or draws one if a generator is given. Without several factors an action is an int;
        numbers are squashed into their range where it has two bounds.
        """
        batch = {name: np.asarray(values)[None] for name, values in observation.items()}
        outputs = self.forward(batch, state[None])
        return self._choose(outputs.logits[0], generator), outputs.state[0]

    def log_probabilities(self, logits: Floats) -> NDArray[np.float64]:
        """Of each action of each factor: [N, P]. Not for a continuous space."""
        if not self.counts:
            raise ValueError("a continuous space has densities and no probabilities of actions")
        parts = []
        for part in np.split(logits.astype(np.float64), np.cumsum(self.counts)[:-1], axis=-1):
            shifted = part - part.max(-1, keepdims=True)
            parts.append(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)))
        return np.concatenate(parts, -1)

    def _checked(self, field: Field, observations: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        if field.name not in observations:
            raise ValueError(f"the observation has no field {field.name!r}; the policy reads "
                             f"{', '.join(f'{f.name} {list(f.shape)} {f.type}' for f in self.fields)}")
        values = np.asarray(observations[field.name])
        if values.shape[1:] != field.shape:
            raise ValueError(f"{field.name} has shape {list(values.shape[1:])}, not {list(field.shape)}")
        return values

    def _keys(self, name: str, fields: Mapping[str, NDArray[Any]]) -> Floats:
        """The vectors [N, things, K] that actions point at; zero where there is no thing."""
        vectors, is_there = self._layers.things(*self._encoder.members(name, fields, "policy"))
        return vectors * is_there

    def _floored(self, logits: Floats, floor: np.float32) -> Floats:
        """The logits with a floor under the probabilities of the first factor's n legal choices: (1 - n e) p + e."""
        if not floor > 0:
            return logits
        first = logits[:, :self.counts[0]]
        is_legal = first > -np.inf
        legal = is_legal.sum(1, keepdims=True).astype(np.float32)
        least = np.minimum(floor, np.float32(1) / legal)
        chances = np.exp(first - first.max(1, keepdims=True))
        mixed = (1 - legal * least) * chances / chances.sum(1, keepdims=True) + least
        logs = np.where(is_legal, np.log(mixed), np.float32(-np.inf)).astype(np.float32)
        return np.concatenate([logs, logits[:, self.counts[0]:]], 1)

    def _masked(self, logits: Floats, legal: NDArray[Any]) -> Floats:
        """Minus infinity for illegal actions, in each factor that has a legal one."""
        parts = []
        ends = np.cumsum(self.counts)[:-1]
        for part, allowed in zip(np.split(logits, ends, 1), np.split(legal.reshape(len(logits), -1) != 0, ends, 1)):
            allowed = allowed | ~allowed.any(1, keepdims=True)
            parts.append(np.where(allowed, part, np.float32(-np.inf)))
        return np.concatenate(parts, 1)

    def _choose(self, logits: Floats, generator: Optional[np.random.Generator]) -> Action:
        if not self.counts:
            return self._numbers(logits, generator)
        if generator is None:
            choices = [int(part.argmax()) for part in np.split(logits, np.cumsum(self.counts)[:-1])]
        else:
            chances = np.exp(self.log_probabilities(logits[None])[0])
            choices = [int(generator.choice(len(part), p=part / part.sum()))
                       for part in np.split(chances, np.cumsum(self.counts)[:-1])]
        if "uses" in self.actions:
            # A verb decides which other factors count; the others are 0.
            used = self.actions["uses"][choices[0]]
            choices = [choice if factor == 0 or factor in used else 0 for factor, choice in enumerate(choices)]
        return choices[0] if "discrete" in self.actions else np.array(choices)

    def _numbers(self, logits: Floats, generator: Optional[np.random.Generator]) -> Floats:
        means: NDArray[Any]
        means, logs = np.split(logits, 2)
        if generator is not None:
            noise = generator.standard_normal(len(means)).astype(np.float32)
            means = means + np.exp(np.clip(logs, *_LOG_DEVIATIONS)) * noise
        result = means.astype(np.float32)
        for index, (lower, upper) in enumerate(self.actions["continuous"]):
            if lower is not None and upper is not None:
                result[index] = lower + (upper - lower) * (np.tanh(result[index]) + 1) / 2
        return result
