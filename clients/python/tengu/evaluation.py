"""Evaluations by the `tengu` program: seeded episodes with intervals."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from .tensors import PathLike


class EvaluationError(RuntimeError):
    """`tengu eval` failed. The text is what it said; `status` is its exit status."""

    def __init__(self, text: str, status: int):
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Evaluation:
    """The report of `tengu eval`, as its JSON has it."""
    report: Mapping[str, Any]

    @property
    def episodes(self) -> List[Dict[str, float]]:
        """The measures of each episode by name: return, success, length, and facts of the game."""
        return [{measure["name"]: float(measure["value"]) for measure in episode["measures"] if measure.get("value") is not None}
                for episode in self.report["episodes"]]

    def mean(self, measure: str) -> float:
        values = [episode[measure] for episode in self.episodes if measure in episode]
        if not values:
            raise KeyError(f"no episode has the measure {measure!r}")
        return sum(values) / len(values)


def evaluate(
    target: PathLike, *, episodes: int = 100, seed: int = 1, greedy: bool = False, record: Optional[PathLike] = None,
    nethack: Optional[PathLike] = None, program: Optional[PathLike] = None
) -> Evaluation:
    """Plays seeded episodes with the policy of a run or checkpoint.

    `program` is the `tengu` to use (default: TENGU_BINARY, else the one in PATH). The same seed gives the same report.
    """
    found = os.fspath(program) if program is not None else os.environ.get("TENGU_BINARY") or shutil.which("tengu")
    if not found:
        raise FileNotFoundError("there is no program tengu in PATH; give program=, or set TENGU_BINARY")
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "report.json"
        command = [found, "eval", os.fspath(target), "--episodes", str(episodes), "--seed", str(seed), "--json", str(result)]
        command += ["--greedy"] if greedy else []
        command += ["--record", os.fspath(record)] if record is not None else []
        command += ["--nethack", os.fspath(nethack)] if nethack is not None else []
        # OpenBLAS needs no threads of its own: the program shares out the work.
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, check=False)
        if done.returncode != 0:
            raise EvaluationError(done.stderr.strip() or f"{found} ended with status {done.returncode}", done.returncode)
        return Evaluation(json.loads(result.read_text(encoding="utf-8")))
