"""Compares an exported policy with what Tengu's own network computed for the same recorded steps.

Usage: compare_export.py onnx MODEL.onnx STEPS.safetensors [LIMIT]
       compare_export.py torch MODULE.py STEPS.safetensors [LIMIT]
       compare_export.py numpy CHECKPOINT STEPS.safetensors [LIMIT]     (the module of clients/python)
       compare_export.py text POLICY.safetensors ANSWERS.safetensors [LIMIT]

STEPS.safetensors is what `tengu export steps` writes. The state is carried from step to step by the exported policy itself
and set to zero where an episode begins. A text policy of `tengu export text` is read by scripts/bench/torch_text_policy.py and
compared, token by token, with the answers of `tengu export answers`. Prints the largest absolute differences of log-probabilities, values and states,
and ends with status 1 if one of the first two exceeds LIMIT (default 1e-5).
"""
import importlib.util
import json
import os
import struct
import sys

import numpy as np

KINDS = {"F32": np.float32, "F64": np.float64, "U8": np.uint8, "I32": np.int32, "I64": np.int64}


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    body = data[8 + length:]
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], KINDS[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
    }


def log_softmax(logits, counts):
    """Log-probabilities of each factor; of a continuous space, whose counts are empty, the numbers themselves."""
    if not len(counts):
        return logits.astype(np.float64)
    parts = []
    for part in np.split(logits.astype(np.float64), np.cumsum(counts)[:-1], axis=-1):
        shifted = part - part.max(-1, keepdims=True)
        # An illegal action has no probability on both sides.
        parts.append(np.maximum(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)), -1e4))
    return np.concatenate(parts, -1)


def most_probable(logits, counts, uses):
    """The action [N], or [N, A] with several factors; those that the first one's choice does not use are 0."""
    choices = np.stack([part.argmax(-1) for part in np.split(logits, np.cumsum(counts)[:-1], axis=-1)], -1)
    return choices[:, 0] if len(counts) == 1 else choices if uses is None else choices * uses[choices[:, 0]]


class Onnx:
    TYPES = {"tensor(uint8)": np.uint8, "tensor(int8)": np.int8, "tensor(int16)": np.int16, "tensor(int32)": np.int32,
             "tensor(int64)": np.int64, "tensor(float)": np.float32}

    counts, uses = [], None

    def __init__(self, path):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.types = {field.name: self.TYPES[field.type] for field in self.session.get_inputs()}
        self.outputs = [output.name for output in self.session.get_outputs()]

    def __call__(self, observations, state):
        given = {name: observations[name].astype(kind) for name, kind in self.types.items() if name in observations}
        if "state_in" in self.types:
            given["state_in"] = state
        results = dict(zip(self.outputs, self.session.run(None, given)))
        if "means" in results:
            logits = np.concatenate([results["means"], results["log_deviations"]], -1)
        else:
            logits = results["logits"]
            assert (results["action"] == most_probable(logits, self.counts, self.uses)).all(), "wrong action"
        return logits, results["values"], results.get("state_out", state)


class Torch:
    def __init__(self, path):
        import torch
        torch.set_num_threads(1)
        spec = importlib.util.spec_from_file_location("policy", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.torch, self.policy = torch, module.Policy()

    def __call__(self, observations, state):
        tensor = self.torch.from_numpy
        with self.torch.no_grad():
            given = {name: tensor(values.copy()) for name, values in observations.items()}
            return tuple(part.numpy() for part in self.policy(given, tensor(state)))


class Numpy:
    def __init__(self, path):
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "clients", "python"))
        from tengu import Policy
        self.policy = Policy.load(path)

    def __call__(self, observations, state):
        return tuple(self.policy.forward(observations, state))


def compare_text(model, answers, limit):
    """Compares log-probabilities of tokens; returns whether they differ by more than `limit`."""
    import torch
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
    from torch_text_policy import Decoder
    recorded = read(answers)
    logs = Decoder.load(model).log_probabilities(torch.from_numpy(recorded["tokens"].astype(np.int64))).numpy()
    is_token = np.arange(logs.shape[1])[None] < recorded["lengths"][:, None]
    differences = np.abs(logs - recorded["log_probabilities"])[is_token]
    print(f"{len(logs)} texts, {differences.size} tokens: log_probabilities {differences.max():.1e}")
    return not differences.max() <= limit


def main():
    kind, model, steps = sys.argv[1:4]
    limit = float(sys.argv[4]) if len(sys.argv) > 4 else 1e-5
    if kind == "text":
        sys.exit(compare_text(model, steps, limit))
    policy = {"onnx": Onnx, "torch": Torch, "numpy": Numpy}[kind](model)
    recorded = read(steps)
    resets = recorded["resets"]
    length, batch = resets.shape
    prefix = "observation."
    fields = {name[len(prefix):]: values for name, values in recorded.items() if name.startswith(prefix)}
    states, counts = recorded.get("states"), recorded.get("counts", [])
    policy.counts, policy.uses = counts, recorded.get("uses")
    state = np.zeros((batch, states.shape[2] if states is not None else 0), np.float32)
    worst = {"log_probabilities": 0.0, "values": 0.0, "state": 0.0}
    for step in range(length):
        state = np.where(resets[step][:, None] != 0, np.float32(0), state).astype(np.float32)
        logits, values, state = policy({name: values[step] for name, values in fields.items()}, state)
        differences = {
            "log_probabilities": np.abs(log_softmax(logits, counts) - log_softmax(recorded["logits"][step], counts)).max(),
            "values": np.abs(values - recorded["values"][step]).max(),
            "state": np.abs(state - states[step]).max() if states is not None else 0,
        }
        worst = {name: max(worst[name], float(differences[name])) for name in worst}
    print(f"{length} steps of {batch} environments, {int(resets.sum())} resets: "
          + ", ".join(f"{name} {value:.1e}" for name, value in worst.items()))
    sys.exit(worst["log_probabilities"] > limit or worst["values"] > limit)


if __name__ == "__main__":
    main()
