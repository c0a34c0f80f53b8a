"""What a run has left: metrics, labels, rewards, recorded episodes and checkpoints."""
from __future__ import annotations

import hashlib
import json
import math
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Union

import numpy as np
from numpy.typing import NDArray

from .tensors import FormatError, PathLike

# A pandas DataFrame if pandas is installed, else numpy arrays by name.
Table = Any

_LABEL_STORE = 0x546E_674C  # application_id: "TngL"


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint's folder and the number of steps that the run had trained."""
    path: Path
    step: int

    def __fspath__(self) -> str:
        return str(self.path)

    @property
    def is_intact(self) -> bool:
        """Whether its tensors and its manifest have the digests that were written with them."""
        try:
            digest = (self.path / "manifest.sha256").read_text().split()[0]
            manifest = (self.path / "manifest.json").read_bytes()
            if hashlib.sha256(manifest).hexdigest() != digest:
                return False
            files = {str(file["name"]): file["sha256"] for file in json.loads(manifest)["files"]}
            return bool(files) and all(
                hashlib.sha256((self.path / Path(name).name).read_bytes()).hexdigest() == digest
                for name, digest in files.items())
        except (OSError, IndexError, KeyError, TypeError, ValueError):
            return False


@dataclass(frozen=True)
class Episode:
    """A recorded episode: its task and seed, and for each step action, reward and intrinsic reward."""
    path: Path
    task: str
    seed: int
    actions: List[Any]
    rewards: NDArray[np.float64]
    intrinsic_rewards: NDArray[np.float64]

    @property
    def episode_return(self) -> float:
        return float(self.rewards.sum())


class Run:
    """A run's folder. Everything is read when it is asked for, so a run that goes may be followed."""

    def __init__(self, path: PathLike):
        self.path = Path(os.fspath(path))
        if not (self.path / "config.toml").is_file() and not (self.path / "metrics.jsonl").is_file():
            raise FileNotFoundError(f"{self.path} is no run: it has neither config.toml nor metrics.jsonl")

    @property
    def name(self) -> str:
        return self.path.resolve().name

    @property
    def metrics(self) -> Table:
        """A row for each record of metrics.jsonl: `time`, `step`, `session`, and docs/metrics.md's names. Unknown is NaN.

        Rows of a session replace those of earlier sessions from its first step on.
        """
        rows = self._records()
        names: List[str] = list(dict.fromkeys(name for row in rows for name in row))
        columns: Dict[str, NDArray[Any]] = {}
        for name in names:
            values = [row.get(name) for row in rows]
            if name in ("step", "session"):
                columns[name] = np.array([int(value or 0) for value in values], np.int64)
            elif all(value is None or isinstance(value, (int, float)) for value in values):
                columns[name] = np.array([math.nan if value is None else value for value in values], np.float64)
            else:
                columns[name] = _objects(values)
        return _table(columns)

    def _records(self) -> List[Dict[str, Any]]:
        kept: List[Dict[str, Any]] = []
        for row in self._lines():
            # A resumed run returns to the step of its checkpoint.
            while kept and kept[-1].get("session") != row.get("session") and kept[-1]["step"] >= row["step"]:
                kept.pop()
            kept.append(row)
        return kept

    def _lines(self) -> Iterator[Dict[str, Any]]:
        file = self.path / "metrics.jsonl"
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                int(row["step"])
            except (ValueError, KeyError, TypeError, RecursionError):
                if number == len(lines):  # The learner is writing it.
                    return
                raise FormatError(f"{file}: line {number} is no record of metrics") from None
            yield row

    @property
    def labels(self) -> Table:
        """The latest valid answer for each caption: `text`, `label` (NaN: abstained), `kind`, `version`, `annotator`, ..."""
        file = self.path / "labels.sqlite"
        if not file.exists():
            raise FileNotFoundError(f"{file} does not exist: the run has no labels")
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        try:
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            if owner != _LABEL_STORE:
                raise FormatError(f"{file} is not a label store")
            cursor = connection.execute("SELECT * FROM label ORDER BY sequence")
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
        except sqlite3.DatabaseError as error:
            raise FormatError(f"{file}: {error}") from None
        finally:
            connection.close()
        return _table({name: _column([row[index] for row in rows]) for index, name in enumerate(names)})

    @property
    def rewards(self) -> Table:
        """What was paid for each caption: rewards.tsv, the most paid first. Unknown scores and labels are NaN."""
        file = self.path / "rewards.tsv"
        lines = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
        if not lines or any(len(line) != len(lines[0]) for line in lines):
            raise FormatError(f"{file}: its lines have different numbers of columns")
        columns = {name: [line[index] for line in lines[1:]] for index, name in enumerate(lines[0])}
        return _table({name: _objects(values) if name == "caption" else np.array([_number(value) for value in values])
                       for name, values in columns.items()})

    @property
    def checkpoints(self) -> List[Checkpoint]:
        """From the oldest to the newest."""
        found = [Checkpoint(place, int(place.name[5:])) for place in (self.path / "checkpoints").glob("step-*")
                 if place.name[5:].isdigit()]
        return sorted(found, key=lambda checkpoint: checkpoint.step)

    @property
    def newest_checkpoint(self) -> Checkpoint:
        """The newest one that is intact."""
        for checkpoint in reversed(self.checkpoints):
            if checkpoint.is_intact:
                return checkpoint
        raise FileNotFoundError(f"{self.path} has no intact checkpoint")

    def episodes(self, folder: Optional[PathLike] = None) -> List[Episode]:
        """Episodes that were recorded: those in the run's folder, or those of `tengu eval --record FOLDER`."""
        places = [Path(os.fspath(folder))] if folder is not None else [self.path, self.path / "episodes"]
        files = sorted((file for place in places for file in place.glob("*.json") if "episode" in file.name),
                       key=lambda file: (len(file.name), file.name))
        return [_episode(file) for file in files]


def _episode(file: Path) -> Episode:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        rewards = np.array(record["rewards"], np.float64)
        paid = np.array(record["intrinsicRewards"], np.float64)
        return Episode(file, record["task"], int(record["seed"]), record["actions"], rewards,
                       paid if len(paid) else np.full(len(rewards), np.nan))
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError(f"{file} is not a recorded episode: {error!r}") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _objects(values: List[Any]) -> NDArray[Any]:
    result = np.empty(len(values), object)
    result[:] = values
    return result


def _column(values: List[Any]) -> NDArray[Any]:
    if values and all(value is None or isinstance(value, (int, float)) for value in values):
        return np.array([math.nan if value is None else value for value in values], np.float64)
    return _objects(values)


def _table(columns: Dict[str, NDArray[Any]]) -> Union[Any, Dict[str, NDArray[Any]]]:
    try:
        import pandas  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        return columns
    return pandas.DataFrame(columns)
