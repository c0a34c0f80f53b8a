"""Reads a run's event files with TensorBoard's own reader and compares the last values with metrics.jsonl.

Usage: read_with_tensorboard.py FOLDER METRICS
"""
import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

reader = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "histograms": 0, "tensors": 0}).Reload()
tags = reader.Tags()
last = json.loads(open(sys.argv[2]).read().splitlines()[-1])
names = [name for name, value in last.items() if "/" in name and value is not None]
for name in names:
    event = reader.Scalars(name)[-1]
    assert event.step == last["step"], f"{name}: step {event.step}, not {last['step']}"
    assert abs(event.value - last[name]) <= 1e-6 * max(1, abs(last[name])), f"{name}: {event.value}, not {last[name]}"
assert "episode/returns" in tags["histograms"], tags["histograms"]
assert any("labels/newest" in tag for tag in tags["tensors"]), tags["tensors"]
print(f"{len(names)} scalars, {len(reader.Histograms('episode/returns'))} histograms, texts: {tags['tensors']}")
