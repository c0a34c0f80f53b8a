#!/usr/bin/env bash
# Ends a run on this machine: the learner writes a checkpoint, tells every peer to stop and exits. Waits for that.
#
# Usage: scripts/stop.sh [RUN]
#
#   RUN      name or directory of a run (default: the newest)
#   --help   this text
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

# The learner ends within 10 s of being asked.
PATIENCE_SECONDS=15

main() {
  local run='' name pid
  while [[ $# -gt 0 ]]; do
    case $1 in
      -h | --help) show_help && exit 0 ;;
      -*) usage_error "unknown option \"$1\"" ;;
      *)
        [[ -z $run ]] || usage_error "two runs: \"$run\" and \"$1\""
        run=$1
        ;;
    esac
    shift
  done
  run=$(run_directory "$run")
  name=$(basename "$run")
  if ! pid=$(learner_pid "$run"); then
    say "run $name is not going"
    return
  fi
  say "asking the learner of run $name (pid $pid) to write a checkpoint and end"
  kill -TERM "$pid" || fail "may not signal process $pid; it belongs to another user"
  wait_until "$PATIENCE_SECONDS" is_gone "$pid" ||
    fail "still running after $PATIENCE_SECONDS s; see scripts/logs.sh --run $name, end it with kill -KILL $pid"
  say "run $name has ended; go on with: scripts/launch.sh --name $name --resume auto"
}

main "$@"
