#!/usr/bin/env bash
# Plays the NetHack tasks with tengu and replays them with Python's nle: every array, reward and end must be the same.
set -euo pipefail

readonly ALL_TASKS="NetHackScore NetHackStaircase NetHackStaircasePet NetHackOracle NetHackGold NetHackEat NetHackScout \
NetHackChallenge minihack:Room-15x15 minihack:Room-Ultimate-5x5 minihack:Corridor-R3 minihack:MazeWalk-9x9 \
minihack:MazeWalk-Mapped-45x19 minihack:River-MonsterLava minihack:HideNSeek-Lava minihack:Quest-Easy minihack:Eat minihack:Wear-Distr \
minihack:Wield-Fixed minihack:Zap"

usage() {
  cat <<TEXT
usage: scripts/compare-nle.sh [--steps N] [--seed N] [--tasks "TASK ..."] [--keep]

Plays N steps (default 5000) of each task with random actions seeded by N, N + 1, ... ("tengu trace"), replays them with Python's nle
1.3.0, and compares all sixteen observation arrays, the reward and the end of every step bit for bit. Prints one line
a task; the exit status is 1 if a task differs. --keep leaves the traces in .deps/traces.

The tasks are: $ALL_TASKS.
TENGU_BINARY names the tengu to use (default .build/release/tengu). Python's nle is installed into .deps/nle-venv.
TEXT
}

fail() {
  echo "compare-nle: $*" >&2
  exit 1
}

STEPS=5000
SEED=1
TASKS=$ALL_TASKS
KEEP=false

parse() {
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --steps) STEPS="${2:?--steps needs a number}" && shift 2 ;;
      --seed) SEED="${2:?--seed needs a number}" && shift 2 ;;
      --tasks) TASKS="${2:?--tasks needs names}" && TASKS="${TASKS//,/ }" && shift 2 ;;
      --keep) KEEP=true && shift ;;
      -h | --help) usage && exit 0 ;;
      *) usage >&2 && exit 64 ;;
    esac
  done
}

# Python's nle in a virtual environment of its own; pip runs only when something is missing.
install_nle() {
  PYTHON=".deps/nle-venv/bin/python"
  if [[ -x "$PYTHON" ]] && "$PYTHON" -c 'import nle, numpy, gymnasium' 2>/dev/null; then return; fi
  command -v python3 >/dev/null || fail "python3 was not found; install it (Debian: apt-get install python3 python3-venv)"
  echo "Installing Python's nle 1.3.0 into .deps/nle-venv ..."
  python3 -m venv .deps/nle-venv || fail "python3 has no venv (Debian: apt-get install python3-venv)"
  "$PYTHON" -m pip install --quiet --disable-pip-version-check nle==1.3.0 numpy gymnasium \
    || fail "pip could not install nle 1.3.0"
}

# compare TASK FOLDER SEED
compare() {
  local trace="$2/$1.trace"
  "$TENGU" trace --task "$1" --seed "$3" --steps "$STEPS" --out "$trace" || return 1
  "$PYTHON" scripts/compare_nle.py "$trace" || return 1
  $KEEP || rm -f "$trace"
}

main() {
  cd "$(dirname "$0")/.."
  parse "$@"
  TENGU="${TENGU_BINARY:-.build/release/tengu}"
  [[ -x "$TENGU" ]] || fail "$TENGU was not found; run scripts/setup.sh"
  scripts/get-nethack.sh >/dev/null
  install_nle
  mkdir -p .deps/traces
  local failed=0 seed=$SEED
  # Another seed for each task: most tasks share their actions, and would otherwise play the same games.
  for task in $TASKS; do
    compare "$task" .deps/traces "$seed" || failed=1
    seed=$((seed + 1))
  done
  $KEEP || rmdir --ignore-fail-on-non-empty .deps/traces
  [[ $failed == 0 ]] || fail "tengu and Python's nle differ"
}

main "$@"
