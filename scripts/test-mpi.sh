#!/usr/bin/env bash
# Several learners of one run with real processes, under mpirun: two learners with a worker each train, labels reach both, and
# both have the same parameters; the run is stopped and resumed by one learner and by two; one of the learners is killed,
# which ends the run with its name; and a run of a launch with --learners ends by itself.
#
# Usage: scripts/test-mpi.sh [--keep]
#
#   --keep    keep the run directories
#   --help    this text
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

# For a machine that builds at the same time; on an idle one everything happens within a few seconds.
BOUND_SECONDS=120
STOP_BOUND_SECONDS=45
# What each part of the run adds.
PROGRESS_STEPS=20000
ENDLESS_STEPS=100000000000
FINAL_STEPS=30000
NAME=shared
SETTINGS=(worker.threads=1 checkpoint.interval_seconds=2 telemetry.interval_seconds=0.5 learner.batch_size=1024)

keep=false
while [[ $# -gt 0 ]]; do
  case $1 in
    --keep) keep=true ;;
    -h | --help) show_help && exit 0 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
  shift
done
command -v mpirun >/dev/null || {
  say "skipped: several learners need mpirun (Debian package openmpi-bin)"
  exit "$EXIT_SKIPPED"
}

scratch=$(mktemp -d)
export TENGU_RUNS=$scratch/runs TENGU_BINARY=$BINARY
run=$TENGU_RUNS/$NAME
launcher=''

clean_up() {
  local status=$?
  if [[ $status -ne 0 && -d $run ]]; then tail -n 20 "$run"/*.log "$run"/rank-*/*.log "$scratch"/*.out 2>/dev/null || true; fi
  end_process "$launcher"
  if $keep; then say "kept: $scratch"; else rm -rf "$scratch"; fi
}
trap clean_up EXIT

# start_run OPTION...: launches in the background and waits for the address.
start_run() {
  scripts/launch.sh captiongrid --name "$NAME" "$@" "${SETTINGS[@]}" >>"$scratch/launch.out" 2>&1 &
  launcher=$!
  WATCHED_PROCESS=$launcher
  expect_within $BOUND_SECONDS "the learner binds its address" test -s "$run/endpoint"
}

expect_progress() {
  expect_within $BOUND_SECONDS "$1" has_passed_step "$run" $(($(last_step "$run") + PROGRESS_STEPS))
}

# stop_run: ends the run as users do.
stop_run() {
  kill -TERM "$launcher"
  expect_exit "$launcher" 0 $STOP_BOUND_SECONDS "the run stops"
  expect "with a checkpoint" has_line "$run/learner.log" "the run was stopped"
}

# metric FOLDER NAME: the newest value of a metric; 0 if there is none.
metric() {
  local value
  value=$(tail -n 1 "$1/metrics.jsonl" 2>/dev/null | grep -Eo "\"$2\": *[0-9.e+-]+" | grep -Eo '[0-9.e+-]+$') || true
  printf '%s\n' "${value:-0}"
}
# Whether nearly all captions of both learners' unrolls have a label: those of one learner are half of them.
is_labelled() {
  awk -v labelled="$(metric "$1" reward/labelled_share)" -v captioned="$(metric "$1" reward/captioned_share)" \
    'BEGIN { exit !(captioned > 0 && labelled > 0.9 * captioned) }'
}
has_workers() { [[ $(metric "$run" peer/workers) -ge $1 ]]; }

two_learners_train() {
  start_run --learners 2 --steps $ENDLESS_STEPS
  expect "each learner has an address" [ "$(grep -c : "$run/endpoint")" -eq 2 ]
  expect_within $BOUND_SECONDS "a worker joins the second learner" has_line "$run/rank-1/learner.log" 'worker .* joined'
  expect_within $BOUND_SECONDS "the first learner knows of both workers" has_workers 2
  expect_progress "two learners train"
  expect_within $BOUND_SECONDS "labels reach both learners" is_labelled "$run"
  expect "and both have the same statistics" is_labelled "$run/rank-1"
  expect "the second learner has no labels of its own" [ ! -e "$run/rank-1/labels.sqlite" ]
}

an_annotator_is_sent_to_the_first() {
  local second
  second=$(tail -n 1 "$run/endpoint")
  expect_status 64 "an annotator is refused by the second learner" timeout 30 "$BINARY" annotator --connect "$second"
  expect "which names the first one" grep -q "annotators attach to" <<<"$LAST_OUTPUT"
}

workers_are_spread() {
  scripts/attach.sh "$(tr '\n' ',' <"$run/endpoint")" --workers 2 --threads 1 --name more --no-nethack \
    >"$scratch/attach.out" 2>&1 &
  local attached=$!
  expect_within $BOUND_SECONDS "an attached worker joins the first learner" has_line "$run/learner.log" 'more-1 joined'
  expect_within $BOUND_SECONDS "the next one joins the second" has_line "$run/rank-1/learner.log" 'more-2 joined'
  kill -TERM "$attached"
  expect_exit "$attached" 0 $STOP_BOUND_SECONDS "the attached workers leave"
}

resumed_by() {
  local before
  before=$(last_step "$run")
  start_run --resume auto --learners "$1" --workers "$1" --steps $ENDLESS_STEPS
  expect_within $BOUND_SECONDS "resumed by $1 learner(s), the run continues" \
    has_passed_step "$run" $((before + PROGRESS_STEPS))
}

a_learner_dies() {
  local pid status=0
  pid=$(pid_in "$run/rank-1/learner.pid")
  kill -KILL "$pid"
  expect_within $STOP_BOUND_SECONDS "a learner that is killed ends the run" is_gone "$launcher"
  WATCHED_PROCESS=''
  wait "$launcher" || status=$?
  expect "the launch reports it (status $status)" [ "$status" -ne 0 ]
  expect "the log names it" has_line "$run/learner.log" "rank 1 \(process $pid on .*\) has ended"
  expect "and no learner is left" [ -z "$(pgrep -f -- "--name $NAME" || true)" ]
}

a_run_ends_by_itself() {
  NAME=complete
  run=$TENGU_RUNS/$NAME
  start_run --learners 2 --steps $FINAL_STEPS
  expect_exit "$launcher" 0 $((BOUND_SECONDS + STOP_BOUND_SECONDS)) "a run of two learners completes"
  expect "as its log tells" has_line "$run/learner.log" 'the run is complete'
  expect "on both ranks" has_line "$run/rank-1/learner.log" 'the run is complete'
}

two_learners_train
an_annotator_is_sent_to_the_first
workers_are_spread
stop_run
resumed_by 1
stop_run
resumed_by 2
a_learner_dies
resumed_by 2
stop_run
a_run_ends_by_itself
report_checks
