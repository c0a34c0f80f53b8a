#!/usr/bin/env bash
# Trains a policy of every network for a moment, exports it, and compares what onnxruntime, the Python client (and PyTorch)
# compute with what Tengu's own network computed for 1,000 recorded steps with resets. Prints a table in Markdown.
#
# Usage: scripts/export-check.sh [--steps N] [--torch PYTHON] [NETWORK ...]
#
#   --steps N        recorded steps of each of four environments (default 250: 1,000 in all)
#   --torch PYTHON   a Python with PyTorch and numpy, to compare the exported module, and a text policy, as well
#   --help           this text
#
# Networks: compact, mlp, wide, oni, full (default: all; the last three need NetHack). "full" is compact on NetHackFull: actions
# of a verb, a thing and a direction, and sets of things; all its cells but gru read trigrams and have a floor of choices.
# Installs onnxruntime and onnx into a virtual environment under .deps; ends with status 77 if that is impossible.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

VENV=$ROOT/.deps/export
LIMIT=1e-5
TEXT_LIMIT=1e-4
TRAINED_STEPS=2048

steps=250 torch='' networks=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --steps) steps=$(option_value "$@"); shift ;;
    --torch) torch=$(absolute "$(option_value "$@")"); shift ;;
    -h | --help) show_help && exit 0 ;;
    -*) usage_error "unknown option \"$1\"" ;;
    *) networks+=("$1") ;;
  esac
  shift
done
[[ ${#networks[@]} -gt 0 ]] || networks=(compact mlp wide oni full)
require_binary

if ! "$VENV/bin/python" -c 'import onnxruntime, onnx' 2>/dev/null; then
  if ! { python3 -m venv "$VENV" && "$VENV/bin/python" -m pip install --quiet onnxruntime onnx numpy; } >&2; then
    say "skipped: onnxruntime cannot be installed into $VENV"
    exit "$EXIT_SKIPPED"
  fi
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

# The task on which network `$1` is trained: all of its encoders read something there.
task() {
  case $1 in
    mlp) echo CaptionGrid ;;
    full) echo NetHackFull ;;
    *) echo NetHackScoreExtended ;;
  esac
}

# compare KIND FILE STEPS: a cell of the table; fails if the difference is too large.
compare() {
  local python=$VENV/bin/python
  [[ $1 != torch ]] || python=$torch
  "$python" scripts/export/compare_export.py "$1" "$2" "$3" "$LIMIT"
}

# row NETWORK CELL NORMALISES (observations and values): one line of the table.
row() {
  local name=$1-$2 network=$1 cells=() switches=() kind file result size
  if [[ $1 == full ]]; then
    network=compact
    [[ $2 == gru ]] || switches=(network.trigram_size=16 network.choice_floor=0.005)
  fi
  "$BINARY" serial --name "$name" --runs "$scratch/runs" --steps "$TRAINED_STEPS" "environment.task=$(task "$1")" \
    "network.kind=$network" "${switches[@]}" "network.recurrent=$2" "network.normalise_observations=$3" "network.normalise_values=$3" annotator.kind=none reward.model=none \
    network.policy_gain=1 reward.extrinsic_coefficient=1 worker.environments_per_group=8 learner.batch_size=256 learner.unroll_length=32 \
    --arm >"$scratch/$name.log" 2>&1 || { tail -n 3 "$scratch/$name.log" >&2 && return 1; }
  "$BINARY" export steps "$scratch/runs/$name" --steps "$steps" --output "$scratch/$name.steps"
  "$BINARY" export onnx "$scratch/runs/$name" --output "$scratch/$name.onnx"
  "$VENV/bin/python" -c 'import onnx, sys; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)' \
    "$scratch/$name.onnx"
  size=$(stat -c %s "$scratch/$name.onnx")
  "$BINARY" export torch "$scratch/runs/$name" --output "$scratch/${name//-/_}.py"
  for kind in onnx numpy torch; do
    file=$scratch/$name.onnx
    [[ $kind != numpy ]] || file=$scratch/runs/$name
    if [[ $kind == torch ]]; then
      [[ -n $torch ]] || { cells+=("not compared") && continue; }
      file=$scratch/${name//-/_}.py
    fi
    result=$(compare "$kind" "$file" "$scratch/$name.steps") || { status=1 && result="FAILED: $result"; }
    cells+=("${result#*: }")
  done
  printf '| %s | %s | %s | %d kB | %s | %s | %s |\n' "$1" "$2" "$3" $((size / 1024)) "${cells[@]}"
}

# text_policy: exports a text policy and compares the decoder in PyTorch with it; nothing without PyTorch.
text_policy() {
  local run=$scratch/runs/text result
  [[ -n $torch ]] || return 0
  "$BINARY" serial --name text --runs "$scratch/runs" --config cluster/configs/text-chain.toml --steps 2560 \
    text.start_updates=400 >"$scratch/text.log" 2>&1 || { tail -n 3 "$scratch/text.log" >&2 && return 1; }
  "$BINARY" export text "$run" --output "$scratch/text.safetensors"
  "$BINARY" export answers "$run" --count "$steps" --output "$scratch/text.answers"
  result=$("$torch" scripts/export/compare_export.py text "$scratch/text.safetensors" "$scratch/text.answers" "$TEXT_LIMIT") ||
    { status=1 && result="FAILED: $result"; }
  printf '\nText policy in PyTorch: %s\n' "$result"
}

printf '| network | cell | standardises | model | onnxruntime: largest difference | tengu in numpy | PyTorch: largest difference |\n'
printf '|---|---|---|---|---|---|---|\n'
for network in "${networks[@]}"; do
  for cell in gru lstm min_gru none; do
    normalises=false
    [[ $cell != lstm ]] || normalises=true
    row "$network" "$cell" "$normalises" || status=1
  done
done
text_policy || status=1
exit "$status"
