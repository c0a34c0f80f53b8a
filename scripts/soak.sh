#!/usr/bin/env bash
# A long run with churn and faults: workers and annotators are killed and stopped, connections are cut, held and damaged,
# strangers send garbage. Follows memory, descriptors and threads of a learner, a worker and an annotator that are left
# alone, and checks the books.
#
# Usage: scripts/soak.sh HOURS [--config NAME] [--seed N] [SECTION.FIELD=VALUE ...]
#
#   HOURS     how long, such as 8 or 0.05
#   --config  a configuration in cluster/configs (default: captiongrid)
#   --seed    of the events (default: 1)
#   SECTION.FIELD=VALUE  of the learner, such as environment.step_microseconds=2000: a soak while other work runs
#   --help    this text
#
# Needs the release build and python3. Exit status 1: something grew, leaked, ended or did not balance.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

case ${1:-} in
  '' | -h | --help) show_help && exit 0 ;;
esac
require_binary
export TENGU_BINARY=$BINARY PYTHONDONTWRITEBYTECODE=1
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
exec python3 "$ROOT/scripts/trust/soak.py" "$@"
