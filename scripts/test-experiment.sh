#!/usr/bin/env bash
# A small experiment with real processes on this machine: it is stopped and resumed, one arm is a cluster, one fails, and
# its policies are evaluated.
#
# Usage: scripts/test-experiment.sh [--help]
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

expect_no_arguments "$@"

# Long enough for a machine that builds at the same time; on an idle one everything takes seconds.
BOUND_SECONDS=120
SERIAL_STEPS=60000

scratch=$(mktemp -d)
out=$scratch/out
export TENGU_BINARY=$BINARY TENGU_NETHACK=$scratch/no-game
running=''

clean_up() {
  local status=$?
  if [[ $status -ne 0 ]]; then tail -n 20 "$scratch"/*.out "$out"/logs/*.log 2>/dev/null || true; fi
  end_process "$running"
  rm -rf "$scratch"
}
trap clean_up EXIT

describe() {
  cat >"$scratch/small.toml" <<TOML
title = "small"
text = "A test."
configuration = "$ROOT/cluster/configs/captiongrid.toml"
steps = $SERIAL_STEPS
seeds = 1
window = 20
points = 5

[[arm]]
name = "plain"
reward.model = "none"
annotator.kind = "none"

[[arm]]
name = "paid"

[[arm]]
name = "cluster"
mode = "cluster"
worker.threads = 1
$1
TOML
}

EXPERIMENT=(scripts/experiment.sh "$scratch/small.toml" --out "$out" --jobs 1)

has_begun() { [[ $(last_step "$out/runs/plain-s1") -gt 0 ]]; }

test_stop() {
  describe ''
  "${EXPERIMENT[@]}" >>"$scratch/first.out" 2>&1 &
  running=$!
  WATCHED_PROCESS=$running
  expect_within $BOUND_SECONDS "the first run begins" has_begun
  kill -TERM "$running"
  expect_exit "$running" 1 $BOUND_SECONDS "TERM ends the experiment"
  running=''
  expect "and its run logs it" has_line "$out/logs/plain-s1.log" 'SIGTERM: stopping'
}

test_going_on() {
  expect_status 0 "the same command resumes and finishes it" "${EXPERIMENT[@]}"
  expect "from the run's checkpoint" has_line "$out/logs/plain-s1.log" 'resumed from'
  expect "every arm has a result" [ "$(wc -l <"$out/results.csv")" -eq 4 ]
  expect "and the report a line" has_line "$out/report.md" '^\| cluster +\| +1 '
  local before
  before=$(stat -c %Y "$out"/runs/*/metrics.jsonl)
  expect_status 0 "the same command again has nothing to do" "${EXPERIMENT[@]}"
  expect "and changes nothing" [ "$before" = "$(stat -c %Y "$out"/runs/*/metrics.jsonl)" ]
}

test_failure() {
  describe $'[[arm]]\nname = "game"\nenvironment.task = "NetHackScore"\nreward.model = "none"\nannotator.kind = "none"'
  expect_status 1 "a run that fails sets the exit status" "${EXPERIMENT[@]}"
  expect "and named" grep -q 'game-s1 FAILED with status 1' <<<"$LAST_OUTPUT"
  expect "with the end of its log" grep -q 'libnethack.so' <<<"$LAST_OUTPUT"
}

test_evaluation() {
  local first
  expect_status 0 "a policy is evaluated" "$BINARY" eval "$out/runs/paid-s1" --episodes 40
  first=$LAST_OUTPUT
  expect_status 0 "and again, on one thread" "$BINARY" eval "$out/runs/paid-s1" --episodes 40 --threads 1
  expect "with the same table" [ "$first" = "$LAST_OUTPUT" ]
  expect_status 0 "two policies are compared" \
    "$BINARY" eval "$out/runs/paid-s1" --against "$out/runs/plain-s1" --json "$scratch/comparison.json"
  expect "as JSON too" has_line "$scratch/comparison.json" '"difference"'
}

main() {
  require_binary
  test_stop
  test_going_on
  test_failure
  test_evaluation
  report_checks
}

main
