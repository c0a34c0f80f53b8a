#!/usr/bin/env bash
# Shows the state of a run: its learner, its peers, its captions.
#
# Usage: scripts/status.sh [RUN|HOST:PORT] [--key FILE] [--json] [--phases] [--watch]
#
#   RUN          name or directory of a run (default: the newest)
#   HOST:PORT    the address of a learner on any machine
#   --key FILE   secret key, if the learner asks for one
#   --json       print the answer as JSON, for programs
#   --phases     print where the time goes, and what limits the run
#   --watch      follow the run on a full screen
#   --help       this text
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

# Shows what is known of run `$1` without its learner, and fails.
report_ended() {
  require_readable "$1/learner.log" "run $(basename "$1") is not going, and"
  say "run $(basename "$1") is not going; the end of its learner.log:"
  tail -n 2 "$1/learner.log" >&2
  exit 1
}

main() {
  local target='' options=() key
  while [[ $# -gt 0 ]]; do
    case $1 in
      --key)
        key=$(option_value "$@"); shift
        options+=(--key "$(absolute "$key")")
        ;;
      --json | --phases | --watch) options+=("$1") ;;
      -h | --help) show_help && exit 0 ;;
      -*) usage_error "unknown option \"$1\"" ;;
      *)
        [[ -z $target ]] || usage_error "two runs: \"$target\" and \"$1\""
        target=$1
        ;;
    esac
    shift
  done
  require_binary
  if [[ ! $target =~ .:[0-9]+$ ]]; then
    target=$(run_directory "$target")
    learner_pid "$target" >/dev/null || report_ended "$target"
  fi
  exec "$BINARY" status "$target" "${options[@]}"
}

main "$@"
