#!/usr/bin/env bash
# Shows the logs of a run's processes.
#
# Usage: scripts/logs.sh [ROLE] [-f] [-n LINES] [--run RUN]
#
#   ROLE        learner, worker (all local workers), worker-2, annotator, launch (restarts of local peers) or all
#               (default: learner)
#   -f          keep showing new lines
#   -n LINES    how much of the end to show (40)
#   --run RUN   name or directory of a run (default: the newest)
#   --help      this text
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

# Prints the log files of role `$2` in run directory `$1`, one per line.
log_files() {
  local file
  for file in "$1"/*.log; do
    case $2:$(basename "$file" .log) in
      all:* | worker:worker-* | "$2:$2") printf '%s\n' "$file" ;;
    esac
  done
}

main() {
  local role=learner run_name='' lines=40 options=() files file run
  while [[ $# -gt 0 ]]; do
    case $1 in
      -f) options+=(-F) ;;
      -n) lines=$(option_value "$@"); shift; require_count -n "$lines" 0 ;;
      --run) run_name=$(option_value "$@"); shift ;;
      -h | --help) show_help && exit 0 ;;
      -*) usage_error "unknown option \"$1\"" ;;
      *) role=$1 ;;
    esac
    shift
  done
  run=$(run_directory "$run_name")
  mapfile -t files < <(log_files "$run" "$role")
  [[ ${#files[@]} -gt 0 && -e ${files[0]} ]] || fail "run $(basename "$run") has no log of \"$role\""
  for file in "${files[@]}"; do require_readable "$file"; done
  exec tail -n "$lines" "${options[@]}" "${files[@]}"
}

main "$@"
