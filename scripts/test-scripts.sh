#!/usr/bin/env bash
# Tests launch, attach, stop, logs and status with scripts/tests/tengu, a stand-in for learner, workers and annotator:
# every way a run can begin and end, in less than a minute. The launcher is the real one, of .build/release/tengu or
# TENGU_BINARY.
#
# Usage: scripts/test-scripts.sh [--help]
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

expect_no_arguments "$@"

# Longer than anything takes, so that it only ends waits that would never end.
BOUND_SECONDS=30
# How long processes may outlive a launcher that was killed.
ORPHAN_SECONDS=5
SCRIPTS=$ROOT/scripts
LAUNCH=$SCRIPTS/launch.sh

scratch=$(mktemp -d)
processes=()
require_binary
export FAKE_TENGU_REAL=$BINARY TENGU_BINARY=$SCRIPTS/tests/tengu TENGU_RUNS=$scratch/runs FAKE_TENGU=$scratch/meetings
mkdir -p "$TENGU_RUNS"
cd "$scratch"
printf '[environment]\ntask = "CaptionGrid"\n' >grid.toml
printf '[learner]\nlearning_rte = 1e-3\n' >broken.toml

clean_up() {
  local pid file
  for pid in "${processes[@]}"; do end_process "$pid"; done
  for file in "$TENGU_RUNS"/*/*.pid; do
    pid=$(pid_in "$file")
    if is_tengu "$pid" learner || is_tengu "$pid" worker || is_tengu "$pid" annotator; then kill -KILL "$pid"; fi
  done
  # What the processes wrote tells why a check failed.
  [[ $CHECKS_FAILED -eq 0 ]] || tail -n 20 "$scratch"/*.out
  rm -rf "$scratch"
}
trap clean_up EXIT

# background OUTPUT COMMAND...: starts COMMAND; its pid becomes `started`.
background() {
  local output=$1
  shift
  "$@" >"$output" 2>&1 &
  started=$!
  processes+=("$started")
}

# Whether no process of run `$1` is left.
has_no_process() {
  local file pid
  for file in "$TENGU_RUNS/$1"/*.pid; do
    pid=$(pid_in "$file")
    if [[ -n $pid ]] && is_alive "$pid"; then return 1; fi
  done
}

test_run_to_its_end() {
  expect_status 0 "a run ends with the learner's status" "$LAUNCH" grid.toml --name whole --workers 2 --steps 2000
  expect "every worker joined" has_line runs/whole/learner.log 'worker-2 joined'
  expect "the annotator joined" has_line runs/whole/learner.log 'annotator joined'
  expect "no process is left" has_no_process whole
  expect "the workers were told" has_line runs/whole/worker-1.log 'run is over'
  expect_status 1 "a name is used once" "$LAUNCH" grid.toml --name whole --steps 2000
  expect "and the learner says so" grep -q 'exists' <<<"$LAST_OUTPUT"
  expect_status 0 "a run may be resumed" "$LAUNCH" --name whole --resume auto --steps 2500
  expect "from its last step" has_line runs/whole/learner.log 'resumed at step 2[0-9]{3}'
  expect "with as many workers" has_line runs/whole/launch.log '2 local worker'
  expect_status 64 "a misspelt run is not a new one" "$LAUNCH" --name whola --resume auto
  expect "and the right name is told" grep -q 'did you mean "whole"?' <<<"$LAST_OUTPUT"
  expect_status 0 "a run without an annotator" "$LAUNCH" grid.toml --name bare --steps 300 \
    annotator.kind=none reward.model=none
  expect "starts none" [ ! -e runs/bare/annotator.log ]
}

# The options that a text of help names.
options_in() { grep -oE -- '--[a-z][a-z-]+' <<<"$1" | sort -u; }

# The help of a script is there before the program is built, and so it repeats the program's.
test_help() {
  local command
  for command in launch attach stop serve-llm; do
    expect_status 0 "$command.sh explains itself" "$SCRIPTS/$command.sh" --help
    expect "and names the options of tengu $command" test \
      "$(options_in "$LAST_OUTPUT" | grep -v -- --no-nethack)" = \
      "$(options_in "$("$FAKE_TENGU_REAL" "$command" --help)" | grep -v -- --version)"
  done
}

test_mistakes() {
  expect_status 64 "an unknown option is a usage error" "$LAUNCH" --bogus
  expect_status 64 "an option without its value too" "$LAUNCH" --name
  expect_status 64 "a configuration mistake is found first" "$LAUNCH" broken.toml --name broken
  expect "before there is a run directory" [ ! -e runs/broken ]
  expect_status 64 "a configuration that does not exist" "$LAUNCH" missing.toml
  expect_status 64 "two configurations" "$LAUNCH" grid.toml broken.toml
  expect_status 3 "a learner that fails at its start" env FAKE_TENGU_FAIL="learner 3" "$LAUNCH" grid.toml --name dead
  expect_status 3 "also when detached" env FAKE_TENGU_FAIL="learner 3" "$LAUNCH" grid.toml --name dead --detach
  expect "with its last words" grep -q 'learner fails as asked' <<<"$LAST_OUTPUT"
  expect_status 64 "attach wants an address" "$SCRIPTS/attach.sh" somewhere
  mkdir -p runs/stale && touch runs/stale/learner.log && echo $$ >runs/stale/learner.pid
  expect_status 0 "stop does not believe an old pid file" "$SCRIPTS/stop.sh" stale
  expect "and says the run is not going" grep -q 'not going' <<<"$LAST_OUTPUT"
}

test_restarts_and_term() {
  local launcher worker annotator
  background launch.out "$LAUNCH" grid.toml --name long
  launcher=$started
  expect_within $BOUND_SECONDS "the worker works" has_passed_step runs/long 0
  expect_within $BOUND_SECONDS "the annotator joins" has_line runs/long/learner.log 'annotator joined'
  worker=$(pid_in runs/long/worker-1.pid) annotator=$(pid_in runs/long/annotator.pid)
  kill -KILL "$worker" "$annotator"
  expect_within $BOUND_SECONDS "a killed worker is started again" is_replaced runs/long/worker-1.pid "$worker"
  expect_within $BOUND_SECONDS "a killed annotator too" is_replaced runs/long/annotator.pid "$annotator"
  expect "which launch.log tells" has_line runs/long/launch.log 'worker-1 ended with status 137'
  expect_status 1 "a run that is going is not launched again" "$LAUNCH" grid.toml --name long --resume auto
  expect "its learner is in another session than the terminal" is_apart "$(pid_in runs/long/learner.pid)"
  kill -TERM "$launcher"
  expect_exit "$launcher" 0 $BOUND_SECONDS "TERM ends the run"
  expect "with a checkpoint" has_line runs/long/learner.log 'checkpoint at step'
  expect "and leaves no process" has_no_process long
}

session_of() { ps -o sid= -p "$1" | tr -d ' '; }
is_apart() { [[ $(session_of "$1") != "$(session_of $$)" ]]; }

test_hopeless_peers() {
  local launcher log=runs/hopeless/launch.log
  background hopeless.out env FAKE_TENGU_FAIL="worker 3" "$LAUNCH" grid.toml --name hopeless
  launcher=$started
  expect_within $BOUND_SECONDS "a failing worker is tried again" has_line $log 'status 3.* again in 0.25 s'
  expect_within $BOUND_SECONDS "after a longer wait each time" has_line $log 'status 3.* again in 1 s'
  kill -TERM "$launcher"
  expect_exit "$launcher" 0 $BOUND_SECONDS "the run still ends"
  background usage.out env FAKE_TENGU_FAIL="worker 64" "$LAUNCH" grid.toml --name usage
  launcher=$started
  expect_within $BOUND_SECONDS "a run with a misused worker goes" has_line runs/usage/learner.log 'annotator joined'
  expect_within $BOUND_SECONDS "its worker has ended" is_missing runs/usage/worker-1.pid
  kill -TERM "$launcher"
  expect_exit "$launcher" 0 $BOUND_SECONDS "the run ends"
  expect "and did not try the worker again" has_no_line runs/usage/launch.log 'worker-1 .* again in'
  expect "but said so on the terminal" has_line usage.out 'worker-1 ended with status 64: .*; it is not started again'
}

is_missing() { [[ ! -e $1 ]]; }

# GNU timeout signals its child and then the child's group: the child receives one request twice.
test_one_request_in_two_signals() {
  local launcher
  background twice.out "$LAUNCH" grid.toml --name twice
  launcher=$started
  expect_within $BOUND_SECONDS "a run begins" has_passed_step runs/twice 0
  kill -TERM "$launcher"
  kill -TERM "$launcher"
  kill -INT "$launcher"
  expect_exit "$launcher" 0 $BOUND_SECONDS "signals that arrive together are one request to end"
  expect "so there is a checkpoint" has_line runs/twice/learner.log 'checkpoint at step'
}

# A scheduler sends SIGUSR1 to the launcher before it starts the run again.
test_restart_signal() {
  local launcher step
  background again.out "$LAUNCH" grid.toml --name again
  launcher=$started
  expect_within $BOUND_SECONDS "a run begins" has_passed_step runs/again 0
  kill -USR1 "$launcher"
  expect_exit "$launcher" 75 $BOUND_SECONDS "SIGUSR1 to the launcher ends the run for a new start"
  expect "with a checkpoint" has_line runs/again/learner.log 'checkpoint at step'
  expect_within $BOUND_SECONDS "and leaves no process" has_no_process again
  step=$(last_step runs/again)
  background again.out "$LAUNCH" --name again --resume auto
  launcher=$started
  expect_within $BOUND_SECONDS "the new start continues the run" has_passed_step runs/again "$step"
  kill -TERM "$launcher"
  expect_exit "$launcher" 0 $BOUND_SECONDS "which TERM ends for good"
}

test_killed_launcher() {
  local launcher
  background orphans.out "$LAUNCH" grid.toml --name orphans --workers 2
  launcher=$started
  expect_within $BOUND_SECONDS "a run begins" has_line runs/orphans/learner.log 'annotator joined'
  kill -KILL "$launcher"
  expect_exit "$launcher" 137 $BOUND_SECONDS "a launcher is killed"
  expect_within $ORPHAN_SECONDS "no process outlives it" has_no_process orphans
  expect "the learner has written a checkpoint" has_line runs/orphans/learner.log 'the run ended at step'
}

# A launcher and a learner that are killed may leave a peer that hangs.
test_left_peers() {
  local hanging
  expect_status 0 "a run" "$LAUNCH" grid.toml --name left --steps 300
  background hanging.out env TENGU_PEER_OF="$(realpath runs/left)" TENGU_PEER_NAME=worker-1 sleep 600
  hanging=$started
  expect_within $BOUND_SECONDS "a peer that hangs" is_alive "$hanging"
  expect_status 0 "is found by stop" "$SCRIPTS/stop.sh" left
  expect "and named" grep -q "ended what was left: worker-1 (pid $hanging)" <<<"$LAST_OUTPUT"
  expect_within $BOUND_SECONDS "and ended" is_gone "$hanging"
  background hanging.out env TENGU_PEER_OF="$(realpath runs/left)" TENGU_PEER_NAME=worker-1 sleep 600
  hanging=$started
  expect_status 0 "a resumed run" "$LAUNCH" --name left --resume auto --steps 600
  expect "ends it as well" grep -q "had left: worker-1 (pid $hanging)" <<<"$LAST_OUTPUT"
}

test_deaf_learner() {
  local launcher
  background deaf.out env FAKE_TENGU_DEAF=1 "$LAUNCH" grid.toml --name deaf
  launcher=$started
  expect_within $BOUND_SECONDS "a run begins" has_passed_step runs/deaf 0
  kill -TERM "$launcher"
  expect_within $BOUND_SECONDS "the launcher asks the learner" has_line deaf.out '^stopping'
  expect_within $BOUND_SECONDS "later signals are a second request" ends_on_term "$launcher"
  expect_exit "$launcher" 137 $BOUND_SECONDS "which kills the learner"
  expect "before its time is up" has_no_line deaf.out 'did not end within'
  expect "no process is left" has_no_process deaf
}

ends_on_term() {
  kill -TERM "$1" 2>/dev/null || true
  is_gone "$1"
}

test_killed_learner() {
  local launcher
  background killed.out "$LAUNCH" grid.toml --name killed
  launcher=$started
  expect_within $BOUND_SECONDS "a run begins" has_passed_step runs/killed 0
  kill -KILL "$(pid_in runs/killed/learner.pid)"
  expect_exit "$launcher" 137 $BOUND_SECONDS "a killed learner ends the run"
  expect "and leaves no process" has_no_process killed
}

# What a user types: Ctrl-C once `$2...` holds for run `$1`. The terminal must not close before the run has ended.
type_interrupt() {
  local name=$1
  shift
  wait_until $BOUND_SECONDS "$@" && printf '\003'
  wait_until $BOUND_SECONDS has_line "runs/$name/learner.log" 'run ended'
}

# Background jobs ignore SIGINT, which a script cannot undo but `env` can. `exec`, because what `script` starts is
# $SHELL, and not every shell that receives Ctrl-C together with its command ends with the status of the command.
in_terminal() {
  local name=$1
  shift
  type_interrupt "$name" "$@" | env --default-signal=INT script -qefc "exec $LAUNCH grid.toml --name $name" /dev/null
}

test_terminal() {
  local terminal
  background early.out in_terminal early [ -s runs/early/endpoint ]
  terminal=$started
  expect_exit "$terminal" 0 $BOUND_SECONDS "Ctrl-C ends a run that is only starting its workers"
  expect "and leaves no process" has_no_process early
  background terminal.out in_terminal typed has_passed_step runs/typed 0
  terminal=$started
  expect_exit "$terminal" 0 $BOUND_SECONDS "Ctrl-C ends the run"
  expect "with a checkpoint" has_line runs/typed/learner.log 'checkpoint at step'
  expect "the learner told the workers" has_line runs/typed/worker-1.log 'run is over'
  expect "no process is left" has_no_process typed
}

test_detached_and_attached() {
  local endpoint attached worker peers
  expect_status 0 "a detached run returns" "$LAUNCH" grid.toml --name away --detach
  expect_within $BOUND_SECONDS "with its own log" has_line runs/away/launch.log 'local worker'
  endpoint=$(<runs/away/endpoint)
  peers=$FAKE_TENGU/${endpoint##*:}/peers
  background attach.out "$SCRIPTS/attach.sh" "$endpoint" --name late --workers 2 --no-nethack
  attached=$started
  expect_within $BOUND_SECONDS "late workers join" has_line runs/away/learner.log 'late-2 joined'
  expect "their lines bear their names" has_line attach.out '^late-1 \| .*welcome'
  worker=$(pid_in "$peers/late-1")
  kill -KILL "$worker"
  expect_within $BOUND_SECONDS "a crashed one is started again" is_replaced "$peers/late-1" "$worker"
  kill -TERM "$attached"
  expect_exit "$attached" 0 $BOUND_SECONDS "attached workers end on TERM"
  expect_within $BOUND_SECONDS "the learner notices" has_line runs/away/learner.log 'late-2 is gone'
  background again.out "$SCRIPTS/attach.sh" "$endpoint" --name again --no-nethack
  attached=$started
  expect_within $BOUND_SECONDS "and others may come" has_line runs/away/learner.log 'again-1 joined'
  background doomed.out "$SCRIPTS/attach.sh" "$endpoint" --name doomed --no-nethack
  expect_within $BOUND_SECONDS "a third joins" has_line runs/away/learner.log 'doomed-1 joined'
  worker=$(pid_in "$peers/doomed-1")
  kill -KILL "$started"
  expect_exit "$started" 137 $BOUND_SECONDS "whose launcher is killed"
  expect_within $ORPHAN_SECONDS "and it does not outlive its launcher" is_gone "$worker"
  expect_status 0 "status finds the newest run" "$SCRIPTS/status.sh"
  expect "by its directory" grep -q 'runs/away$' <<<"$LAST_OUTPUT"
  expect_status 0 "logs shows a role" "$SCRIPTS/logs.sh" annotator
  expect "that was asked for" grep -q 'welcome, annotator' <<<"$LAST_OUTPUT"
  expect_status 1 "and knows what there is" "$SCRIPTS/logs.sh" worker-9
  expect_status 0 "stop ends the run" "$SCRIPTS/stop.sh"
  expect_exit "$attached" 0 $BOUND_SECONDS "attached workers are dismissed"
  expect_within $BOUND_SECONDS "no process is left" has_no_process away
  expect_status 0 "a detached run is resumed" "$LAUNCH" --resume auto --detach --steps 1000000000
  expect "the newest one" has_line runs/away/learner.log 'resumed at step'
  expect_status 0 "and stopped by name" "$SCRIPTS/stop.sh" away
  expect_within $BOUND_SECONDS "no process is left" has_no_process away
}

test_keys() {
  "$TENGU_BINARY" keys new learner --directory keys
  expect_status 0 "a run with keys" "$LAUNCH" grid.toml --name keyed --key keys/learner.secret --steps 500 \
    transport.listen=0.0.0.0:0
  expect "the local worker has its own" has_line keys/local.secret learner-key
  expect "and attaches with it over loopback" has_line runs/keyed/worker-1.log 'connecting to 127.0.0.1'
  expect_status 64 "--allow alone is a mistake" "$LAUNCH" grid.toml --allow keys
}

test_experiments() {
  expect_status 0 "without a name experiments are listed" "$SCRIPTS/experiment.sh"
  expect "by the program" grep -q '^experiment list$' <<<"$LAST_OUTPUT"
  expect_status 0 "an experiment is run" "$SCRIPTS/experiment.sh" some --smoke --jobs 3 --out here
  expect "with what was asked for" \
    grep -Eq "^experiment run some --smoke --out $scratch/here --nethack .* --jobs 3\$" <<<"$LAST_OUTPUT"
  expect_status 0 "its report is written" "$SCRIPTS/experiment.sh" ./some.toml --report
  expect "of the file" grep -Eq "^experiment report $scratch/./some.toml\$" <<<"$LAST_OUTPUT"
  expect_status 64 "no jobs are a mistake" "$SCRIPTS/experiment.sh" some --jobs 0
  expect_status 64 "and two experiments" "$SCRIPTS/experiment.sh" some other
}

test_help
test_run_to_its_end
test_mistakes
test_experiments
test_restarts_and_term
test_hopeless_peers
test_one_request_in_two_signals
test_restart_signal
test_killed_launcher
test_left_peers
test_deaf_learner
test_killed_learner
test_terminal
test_detached_and_attached
test_keys
report_checks
