"""Compares the last record of an event file with the record of metrics.jsonl at the same step.

Usage: compare_events.py EVENTS METRICS
"""
import json
import os
import subprocess
import sys

reader = os.path.join(os.path.dirname(os.path.abspath(__file__)), "read_events.py")
lines = subprocess.run([sys.executable, reader, sys.argv[1]], check=True, capture_output=True, text=True).stdout.split("\n")
scalars = {}
for line in lines:
    step, tag, *rest = line.split(" ", 2) if line else ("0", "", "text")
    if rest and rest[0][:1] in "-0123456789.":
        scalars[int(step), tag] = float(rest[0])
records = [json.loads(line) for line in open(sys.argv[2])]
last = records[-1]
names = [name for name, value in last.items() if "/" in name and value is not None]
assert len(names) > 50, f"only {len(names)} metrics"
for name in names:
    found = scalars[last["step"], name]
    assert abs(found - last[name]) <= 1e-6 * max(1, abs(last[name])), f"{name}: {found}, not {last[name]}"
print(f"{len(names)} scalars of step {last['step']} agree")
