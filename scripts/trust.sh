#!/usr/bin/env bash
# The trust table: twenty ways in which a distributed trainer breaks, each tried on real processes and measured against a
# mark. Prints a verdict for each row with its figures.
#
# Usage: scripts/trust.sh [--keep] [ROW...]
#
#   ROW       numbers of rows (default: all, which take less than half an hour)
#   --keep    keep the runs' folders and print where they are
#   --help    this text
#
# Needs the release build, the build for tests (scripts/test.sh build), and python3. Row 17 mounts a small disk and
# therefore needs root. Exit status 1: a row failed.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/peer_python.sh
source "$ROOT/scripts/lib/peer_python.sh"

case ${1:-} in
  -h | --help) show_help && exit 0 ;;
esac
require_binary
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prepare_peer_python "$scratch/tengu.desc"
export TENGU_BINARY=$BINARY TENGU_DESCRIPTOR=$scratch/tengu.desc PYTHONDONTWRITEBYTECODE=1
# Other kernels than the processor's own would only make the runs slower.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
"$PEER_PYTHON" "$ROOT/scripts/trust/main.py" "$@"
