#!/usr/bin/env bash
# A text policy on real processes, without policy lag: workers are killed, then the learner, and the resumed run ends with the
# weights, bit for bit, of a serial run that nothing happened to. The same holds for a run whose annotator, which judges the
# answers, is killed, and for one whose workers are behind a relay and of which one is killed. The policy is evaluated, a recorded answer shown, and its export compared if a Python has PyTorch.
#
# Usage: scripts/test-text.sh [--keep]
#
#   --keep    keep the run directories
#   --help    this text
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

BOUND_SECONDS=180
END_BOUND_SECONDS=600
ANSWERS_OF_UPDATE=128
UPDATES=240
JUDGED_UPDATES=120
# Enough that both workers have written many units.
PROGRESS=$((20 * ANSWERS_OF_UPDATE))
SHARED=(
  text.difficulty=1 text.start_updates=200 text.held_out=0.2 learner.maximum_policy_lag=0
  "learner.batch_size=$ANSWERS_OF_UPDATE" worker.environments_per_group=16
  "checkpoint.interval_steps=$((10 * ANSWERS_OF_UPDATE))" telemetry.interval_seconds=0.5
)
SETTINGS=("${SHARED[@]}" "run.steps=$((UPDATES * ANSWERS_OF_UPDATE))")
# An annotator that is wrong about a tenth of the texts judges.
JUDGED=(
  "${SHARED[@]}" "run.steps=$((JUDGED_UPDATES * ANSWERS_OF_UPDATE))" text.reward=annotator annotator.kind=oracle
  annotator.stub=flip_rate=0.1 text.loss=nft
)

keep=false
while [[ $# -gt 0 ]]; do
  case $1 in
    --keep) keep=true ;;
    -h | --help) show_help && exit 0 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
  shift
done

scratch=$(mktemp -d)
export TENGU_RUNS=$scratch/runs TENGU_BINARY=$BINARY
run=$TENGU_RUNS/cluster
judged=$TENGU_RUNS/judged
launcher=''
relayed_peers=()

clean_up() {
  local status=$?
  if [[ $status -ne 0 && -d $run ]]; then tail -n 20 "$TENGU_RUNS"/*/*.log "$scratch"/*.out 2>/dev/null || true; fi
  end_process "$launcher"
  for peer in "${relayed_peers[@]}"; do end_process "$peer"; done
  if $keep; then say "kept: $scratch"; else rm -rf "$scratch"; fi
}
trap clean_up EXIT

# start_run OPTION...: launches two workers and a learner, and waits until they train.
start_run() {
  scripts/launch.sh text-chain --name cluster --workers 2 "$@" worker.threads=1 "${SETTINGS[@]}" >>"$scratch/launch.out" 2>&1 &
  launcher=$!
  WATCHED_PROCESS=$launcher
  expect_within $BOUND_SECONDS "the run trains" has_passed_step "$run" $(($(last_step "$run") + PROGRESS))
}

# expect_progress WHAT: some more updates are made.
expect_progress() {
  expect_within $BOUND_SECONDS "$1" has_passed_step "$run" $(($(last_step "$run") + PROGRESS))
}

kill_worker() {
  local pid
  pid=$(pid_in "$run/$1.pid")
  kill -KILL "$pid"
  expect_within $BOUND_SECONDS "$1, killed, is started again" is_replaced "$run/$1.pid" "$pid"
  expect_progress "and the run continues"
}

kill_learner() {
  kill -KILL "$(pid_in "$run/learner.pid")"
  expect_within $BOUND_SECONDS "the launcher ends with its learner" is_gone "$launcher"
  wait "$launcher" || true
  WATCHED_PROCESS=''
}

# A run whose annotator judges, and is killed, ends with the weights of a serial run.
check_judged() {
  local pid
  "$BINARY" serial --config cluster/configs/text-chain.toml --name judged-serial --runs "$TENGU_RUNS" "${JUDGED[@]}" \
    >"$scratch/judged-serial.out" 2>&1
  scripts/launch.sh text-chain --name judged --workers 2 worker.threads=1 "${JUDGED[@]}" >>"$scratch/launch.out" 2>&1 &
  launcher=$!
  WATCHED_PROCESS=$launcher
  expect_within $BOUND_SECONDS "answers are judged" has_passed_step "$judged" "$PROGRESS"
  pid=$(pid_in "$judged/annotator.pid")
  kill -KILL "$pid"
  expect_within $BOUND_SECONDS "the annotator, killed, is started again" is_replaced "$judged/annotator.pid" "$pid"
  expect_exit "$launcher" 0 $END_BOUND_SECONDS "the judged run does its steps"
  expect "its weights are those of the judged serial run" [ "$(weights judged)" = "$(weights judged-serial)" ]
  expect "they are not those of the verifier" [ "$(weights judged)" != "$(weights serial)" ]
}

# start_peer ROLE NAME ADDRESS OPTION...: starts a peer of the run behind a relay.
start_peer() {
  "$BINARY" "$1" --name "$2" --connect "$3" "${@:4}" >"$scratch/$2.out" 2>&1 &
  relayed_peers+=($!)
}

# Two workers behind a relay, one of which is killed, write what the serial run writes.
check_relayed() {
  local relayed=$TENGU_RUNS/relayed learner address
  "$BINARY" learner --config cluster/configs/text-chain.toml --name relayed --runs "$TENGU_RUNS" \
    transport.listen=127.0.0.1:0 worker.threads=1 "${SETTINGS[@]}" >"$scratch/relayed.out" 2>&1 &
  learner=$!
  relayed_peers+=("$learner")
  WATCHED_PROCESS=$learner
  expect_within $BOUND_SECONDS "a learner listens" test -s "$relayed/endpoint"
  start_peer relay near "$(<"$relayed/endpoint")" --listen 127.0.0.1:0
  expect_within $BOUND_SECONDS "so does its relay" has_line "$scratch/near.out" 'workers connect to'
  address=$(sed -n 's/.*workers connect to \(.*\)$/\1/p' "$scratch/near.out" | head -n 1)
  start_peer worker behind-1 "$address"
  start_peer worker behind-2 "$address"
  expect_within $BOUND_SECONDS "workers behind it train" has_passed_step "$relayed" "$PROGRESS"
  kill -KILL "${relayed_peers[2]}"
  expect_exit "$learner" 0 $END_BOUND_SECONDS "one of them, killed, does not keep the run from its end"
  expect "its weights are those of the serial run" [ "$(weights relayed)" = "$(weights serial)" ]
}

# A policy that was trained answers, and leaves Tengu.
check_uses() {
  local python=${TENGU_TORCH_PYTHON:-python3} policy=$scratch/policy.safetensors answers=$scratch/answers.safetensors
  expect_status 0 "it answers the held-out questions" \
    "$BINARY" eval "$TENGU_RUNS/serial" --record "$scratch/answers" --recorded 1
  expect "with an interval of the share that is right" \
    grep -Eq '^\| success +\|[ 0-9.]+\| +0\.[0-9]+ \.\.\. ' <<<"$LAST_OUTPUT"
  expect_status 0 "a recorded answer is judged as it was" "$BINARY" replay "$scratch/answers/episode-0.json"
  expect_status 0 "its weights are exported" "$BINARY" export text "$TENGU_RUNS/serial" --output "$policy"
  expect_status 0 "so are answers" "$BINARY" export answers "$TENGU_RUNS/serial" --output "$answers"
  if "$python" -c 'import torch, numpy' 2>/dev/null; then
    expect_status 0 "PyTorch gives the same log-probabilities" \
      "$python" scripts/export/compare_export.py text "$policy" "$answers" 1e-4
  else
    say "skip  $python has no PyTorch to compare the export with (TENGU_TORCH_PYTHON)"
  fi
}

# The newest value of counter `run/$1` of the run.
newest_count() { tail -n 1 "$run/metrics.jsonl" | grep -o "\"run/$1\":[0-9]*" | cut -d : -f 2; }

# The digest of the tensors of a run's last checkpoint.
weights() { find "$TENGU_RUNS/$1/checkpoints" -name '*.safetensors' | sort | tail -n 1 | xargs sha256sum | cut -d ' ' -f 1; }

main() {
  "$BINARY" serial --config cluster/configs/text-chain.toml --name serial --runs "$TENGU_RUNS" "${SETTINGS[@]}" \
    >"$scratch/serial.out" 2>&1
  passed "the serial run ends"
  start_run
  kill_worker worker-1
  kill_worker worker-2
  kill_learner
  start_run --resume auto
  expect_exit "$launcher" 0 $END_BOUND_SECONDS "the resumed run does its steps"
  expect "it resumed" has_line "$run/learner.log" 'resumed from'
  expect "no answer was discarded but those in flight when the learner was killed" \
    [ "$(newest_count steps_discarded)" = "$(newest_count steps_discarded_by_restart)" ]
  expect "its weights are those of the serial run" [ "$(weights cluster)" = "$(weights serial)" ]
  check_relayed
  check_judged
  check_uses
  report_checks
}

main
