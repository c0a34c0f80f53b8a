#!/usr/bin/env bash
# Ends a run on this machine: the learner writes a checkpoint, tells every peer to stop and exits. Waits up to 15 seconds
# for that.
#
# Usage: scripts/stop.sh [RUN] [--restart]
#
#   RUN         name or directory of a run (default: the newest)
#   --restart   the learner will be started again: attached peers wait for it instead of ending
#   --help      this text
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

main() {
  if asks_for_help "$@"; then show_help && exit 0; fi
  require_binary
  exec_tengu stop "$@"
}

main "$@"
