#!/usr/bin/env bash
# A whole run with real processes on this machine, through the scripts people use: workers attach late and are killed, the
# annotator is killed, the run is stopped and resumed, its learner is killed, then its launcher, it is stopped for a new
# start, both are killed at once, and each time the run is resumed until it has done its steps.
#
# Usage: scripts/test-cluster.sh [--keep] [CONFIG]
#
#   CONFIG    configuration to run (default: captiongrid, which needs no game)
#   --keep    keep the run directory
#   --help    this text
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

# How soon a worker that attaches late is in the learner's log.
ATTACH_BOUND_SECONDS=5
# For a machine that builds at the same time; on an idle one everything happens within a few seconds.
BOUND_SECONDS=120
# How long a run may take to end: the learner's 10 s, its peers' 10 s, and some for the machine.
STOP_BOUND_SECONDS=45
# More than the run can do, for the parts of the test that end it themselves.
ENDLESS_STEPS=100000000000
# Several batches, with what the queues hold.
PROGRESS_STEPS=10000
# What the last part of the run adds.
FINAL_STEPS=20000
NAME=cluster
# Short intervals, so that much happens in a short test.
SETTINGS=(worker.threads=1 checkpoint.interval_seconds=2 telemetry.interval_seconds=0.5)

keep=false config=captiongrid
while [[ $# -gt 0 ]]; do
  case $1 in
    --keep) keep=true ;;
    -h | --help) show_help && exit 0 ;;
    -*) usage_error "unknown option \"$1\"" ;;
    *) config=$1 ;;
  esac
  shift
done

scratch=$(mktemp -d)
export TENGU_RUNS=$scratch/runs TENGU_BINARY=$BINARY
run=$TENGU_RUNS/$NAME
launcher='' attached=''

clean_up() {
  local status=$?
  if [[ $status -ne 0 && -d $run ]]; then tail -n 20 "$run"/*.log "$scratch"/*.out 2>/dev/null || true; fi
  end_process "$attached"
  end_process "$launcher"
  if $keep; then say "kept: $run"; else rm -rf "$scratch"; fi
}
trap clean_up EXIT

# start_run OPTION...: launches in the background and waits for the processes.
start_run() {
  scripts/launch.sh --name "$NAME" "$@" "${SETTINGS[@]}" >>"$scratch/launch.out" 2>&1 &
  launcher=$!
  WATCHED_PROCESS=$launcher
  expect_within $BOUND_SECONDS "the learner binds its address" test -s "$run/endpoint"
  expect_within $BOUND_SECONDS "a worker starts" test -s "$run/worker-1.pid"
}

# The number of lines of learner.log that name peer `$1`.
lines_naming() { grep -c -- "$1" "$run/learner.log" 2>/dev/null || true; }
is_named_again() { [[ $(lines_naming "$1") -gt $2 ]]; }

# The step of the newest checkpoint; 0 when there is none.
checkpoint_step() {
  local newest
  newest=$(find "$run/checkpoints" -maxdepth 1 -name 'step-*' -printf '%f\n' 2>/dev/null | sort | tail -n 1)
  printf '%d\n' "$((10#${newest#step-}))"
}
has_checkpoint_past() { [[ $(checkpoint_step) -gt $1 ]]; }

metric_lines() { grep -c '' "$run/metrics.jsonl" 2>/dev/null || true; }

# The first step that the metrics name after their line `$1`.
step_after_line() {
  tail -n "+$(($1 + 1))" "$run/metrics.jsonl" | head -n 1 | grep -Eo '"step": *[0-9]+' | grep -Eo '[0-9]+$'
}
has_more_lines() { [[ $(metric_lines) -gt $1 ]]; }

# expect_progress WHAT: the run trains more steps than the queues may have held.
expect_progress() {
  expect_within $BOUND_SECONDS "$1" has_passed_step "$run" $(($(last_step "$run") + PROGRESS_STEPS))
}

attach_worker() {
  scripts/attach.sh "$(<"$run/endpoint")" --name "$1" --threads 1 --no-nethack >"$scratch/attach.out" 2>&1 &
  attached=$!
  expect_within $ATTACH_BOUND_SECONDS "$1-1 attaches" has_line "$run/learner.log" "worker $1-1 joined"
  expect_progress "and the run continues"
}

# Afterwards the run depends on the worker that was started again.
detach_worker() {
  kill -TERM "$attached"
  expect_exit "$attached" 0 $STOP_BOUND_SECONDS "the attached worker leaves"
  expect "as requested" has_line "$scratch/attach.out" 'received SIGTERM'
  expect "which the learner logs" has_line "$run/learner.log" 'worker late-1 left: received SIGTERM'
  expect_progress "and the run continues without it"
}

# kill_peer NAME: kills a local peer; the launcher starts it again, and its messages reach the learner again.
kill_peer() {
  local pid named
  expect_within $BOUND_SECONDS "$1 is known to the learner" has_line "$run/learner.log" "$1"
  pid=$(pid_in "$run/$1.pid")
  named=$(lines_naming "$1")
  kill -KILL "$pid"
  expect_within $BOUND_SECONDS "$1, killed, is started again" is_replaced "$run/$1.pid" "$pid"
  expect "as launch.log tells" has_line "$run/launch.log" "$1 ended with status 137"
  expect_within $BOUND_SECONDS "the learner receives messages from it again" is_named_again "$1" "$named"
  expect_progress "and the run continues"
}

# GNU timeout signals the launcher and then its group: two signals are one request to end.
test_stop() {
  kill -TERM "$launcher"
  kill -TERM "$launcher"
  expect_exit "$launcher" 0 $STOP_BOUND_SECONDS "TERM ends the run"
  expect_exit "$attached" 0 $STOP_BOUND_SECONDS "the attached worker is dismissed"
  expect "there is a checkpoint" has_checkpoint_past 0
}

# resume_run OPTION...: resumes the run, whose first metrics must not be behind its checkpoint.
resume_run() {
  local checkpoint lines step
  checkpoint=$(checkpoint_step)
  lines=$(metric_lines)
  start_run --resume auto "$@"
  expect_within $BOUND_SECONDS "the resumed run trains" has_more_lines "$lines"
  step=$(step_after_line "$lines")
  expect "it continues from step $checkpoint (at $step)" [ "$step" -ge "$checkpoint" ]
}

test_killed_learner() {
  expect_within $BOUND_SECONDS "checkpoints are written on the way" has_checkpoint_past "$(checkpoint_step)"
  kill -KILL "$(pid_in "$run/learner.pid")"
  expect_exit "$launcher" 137 $STOP_BOUND_SECONDS "a killed learner ends the run"
}

# The process ids in the pid files of the run.
processes_of_run() { cat "$run"/*.pid 2>/dev/null || true; }

are_gone() {
  local pid
  for pid in "$@"; do
    if is_alive "$pid"; then return 1; fi
  done
}

test_killed_launcher() {
  local processes checkpoint
  expect_progress "the run trains"
  checkpoint=$(checkpoint_step)
  mapfile -t processes < <(processes_of_run)
  expect "learner, worker and annotator have pid files" [ "${#processes[@]}" -eq 3 ]
  kill -KILL "$launcher"
  expect_exit "$launcher" 137 $STOP_BOUND_SECONDS "the launcher is killed"
  expect_within $STOP_BOUND_SECONDS "no process outlives it" are_gone "${processes[@]}"
  expect "the learner ended in order" has_line "$run/learner.log" 'received SIGTERM'
  expect "with a checkpoint" has_checkpoint_past "$checkpoint"
  # A launcher that is killed cannot remove them.
  rm -f "$run"/*.pid
}

# The learner ends for a new start: an attached worker waits for it.
test_restart() {
  local joined
  attach_worker waiting
  joined=$(lines_naming 'waiting-1 joined')
  expect "stop --restart ends the learner" scripts/stop.sh "$NAME" --restart
  expect_exit "$launcher" 75 $STOP_BOUND_SECONDS "and with it the launcher, which says that it can be started again"
  expect "the attached worker waits" has_line "$scratch/attach.out" 'restarts; trying again'
  resume_run --steps $ENDLESS_STEPS
  expect_within $BOUND_SECONDS "and joins the resumed run" is_named_again 'waiting-1 joined' "$joined"
}

# Launcher and learner die at once, so nobody dismisses the peers.
test_killed_together() {
  local processes joined
  joined=$(lines_naming 'waiting-1 joined')
  mapfile -t processes < <(processes_of_run)
  kill -KILL "$launcher" "$(pid_in "$run/learner.pid")"
  expect_exit "$launcher" 137 $STOP_BOUND_SECONDS "launcher and learner are killed"
  expect_within $STOP_BOUND_SECONDS "no local process outlives them" are_gone "${processes[@]}"
  expect_status 0 "stop looks for others" scripts/stop.sh "$NAME"
  expect "and finds none" grep -q 'is not going' <<<"$LAST_OUTPUT"
  rm -f "$run"/*.pid
  resume_run --steps $ENDLESS_STEPS
  expect_within $BOUND_SECONDS "the attached worker comes back" is_named_again 'waiting-1 joined' "$joined"
  test_stop
}

test_end() {
  local target=$(($(checkpoint_step) + FINAL_STEPS))
  resume_run --steps "$target"
  expect_exit "$launcher" 0 $BOUND_SECONDS "the run does its steps"
  expect "with a last checkpoint at step $target or a little later" has_checkpoint_past $((target - 1))
  expect "no process is left" [ -z "$(find "$run" -name 'worker-*.pid' -o -name annotator.pid)" ]
}

main() {
  require_binary
  start_run "$config" --steps $ENDLESS_STEPS
  expect_progress "the run trains"
  attach_worker late
  kill_peer worker-1
  detach_worker
  kill_peer annotator
  attach_worker later
  test_stop
  resume_run --steps $ENDLESS_STEPS
  test_killed_learner
  resume_run --steps $ENDLESS_STEPS
  test_killed_launcher
  resume_run --steps $ENDLESS_STEPS
  test_restart
  test_killed_together
  test_end
  report_checks
}

main
