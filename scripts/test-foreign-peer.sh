#!/usr/bin/env bash
# A worker and an annotator in Python, written from proto/tengu.proto alone (docs/foreign-peer), take part in a run of the
# real learner: it accepts them, trains from their trajectories, acknowledges them, and stores their labels.
#
# Usage: scripts/test-foreign-peer.sh [--keep]
#
#   --keep    keep the run directory
#   --help    this text
#
# Installs pyzmq and protobuf into a virtual environment under .deps. Ends with status 77 if that is impossible.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"
# shellcheck source=scripts/lib/peer_python.sh
source "$ROOT/scripts/lib/peer_python.sh"

BOUND_SECONDS=120
TRAJECTORIES=40

keep=false
while [[ $# -gt 0 ]]; do
  case $1 in
    --keep) keep=true ;;
    -h | --help) show_help && exit 0 ;;
    *) usage_error "unknown option \"$1\"" ;;
  esac
  shift
done

scratch=$(mktemp -d)
run=$scratch/runs/foreign
learner='' annotator=''

clean_up() {
  local status=$?
  if [[ $status -ne 0 ]]; then tail -n 20 "$run"/*.log "$scratch"/*.out 2>/dev/null || true; fi
  end_process "$annotator"
  end_process "$learner"
  if $keep; then say "kept: $scratch"; else rm -rf "$scratch"; fi
}
trap clean_up EXIT

prepare() {
  prepare_peer_python "$scratch/tengu.desc"
  cp docs/foreign-peer/{peer,messages}.py "$scratch/"
}

peer() { "$PEER_PYTHON" "$scratch/peer.py" "$@"; }

prepare
"$BINARY" learner --config cluster/configs/captiongrid.toml --name foreign --runs "$scratch/runs" \
  --steps 100000000000 transport.listen=127.0.0.1:0 telemetry.interval_seconds=0.5 \
  "annotator.expected_origin=foreign 1" >"$scratch/learner.out" 2>&1 &
learner=$!
WATCHED_PROCESS=$learner
expect_within $BOUND_SECONDS "the learner binds its address" test -s "$run/endpoint"
address=$(<"$run/endpoint")

peer annotator "$address" >"$scratch/annotator.out" 2>&1 &
annotator=$!
expect "the learner acknowledges every trajectory of the worker" \
  peer worker "$address" --trajectories $TRAJECTORIES
expect "which the learner knew by its name" has_line "$run/learner.log" 'worker foreign-worker joined from python'
expect "and which said goodbye" has_line "$run/learner.log" 'worker foreign-worker left: the unrolls are sent'
expect_within $BOUND_SECONDS "the learner has trained from them" has_passed_step "$run" 1
expect_within $BOUND_SECONDS "the annotator's labels are on disk" has_line "$scratch/annotator.out" 'are on disk'
kill -TERM "$learner"
expect_exit "$learner" 0 $BOUND_SECONDS "the learner ends"
expect_exit "$annotator" 0 $BOUND_SECONDS "its goodbye ends the annotator"
expect "which heard it" has_line "$scratch/annotator.out" 'the learner ended the session'
report_checks
