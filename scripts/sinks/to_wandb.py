"""Writes a run's metrics as an offline run of Weights & Biases, to be sent with `wandb sync` where there is a network.

Usage: to_wandb.py RUN [--project NAME] [--folder DIR]

Needs the package wandb, and no account: nothing leaves this machine. Reads RUN/metrics.jsonl and RUN/config.toml. The command may be
given while the run still writes; each call writes an offline run of its own. Prints its folder.
"""
import argparse
import json
from pathlib import Path

import wandb


def records(path):
    """The whole lines of metrics.jsonl, one for each step: the latest session wins where a resumed run repeats steps."""
    by_step = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:  # the last line of a run that is writing
            continue
        by_step[record["step"]] = record
    return [by_step[step] for step in sorted(by_step)]


def main():
    parser = argparse.ArgumentParser(description="Metrics of a run as an offline run of Weights & Biases.")
    parser.add_argument("run", type=Path)
    parser.add_argument("--project", default="tengu")
    parser.add_argument("--folder", type=Path, default=Path("."))
    options = parser.parse_args()
    configuration = options.run / "config.toml"
    options.folder.mkdir(parents=True, exist_ok=True)
    with wandb.init(mode="offline", project=options.project, name=options.run.resolve().name, dir=options.folder,
                    config={"config.toml": configuration.read_text(encoding="utf-8")} if configuration.exists() else {},
                    settings=wandb.Settings(silent=True, disable_git=True, x_disable_stats=True)) as run:
        count = 0
        for record in records(options.run / "metrics.jsonl"):
            step = record.pop("step")
            run.log({name: value for name, value in record.items() if value is not None}, step=step)
            count += 1
    print(f"{count} records in {Path(run.dir).parent}; send them with: wandb sync {Path(run.dir).parent}")


if __name__ == "__main__":
    main()
