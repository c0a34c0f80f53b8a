#!/usr/bin/env bash
# Checks the commands of the documentation with the real program: every command and option that a code block names exists,
# every configuration and script that it names is there, and the quick start works in a short form. Then makes the book.
#
# Usage: scripts/check-docs.sh [--help]
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

expect_no_arguments "$@"
require_binary
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export OPENBLAS_NUM_THREADS=1

expect "the documents name commands, options and files that exist" python3 scripts/book/commands.py "$BINARY"
expect_status 0 "a first run, in a short form" "$BINARY" serial --config cluster/configs/captiongrid.toml --runs "$scratch" --name first \
  --steps 2048 worker.environments_per_group=8 learner.batch_size=256
expect_status 0 "its labels" "$BINARY" labels stats "$scratch/first"
expect_status 0 "its evaluation" "$BINARY" eval "$scratch/first" --episodes 2 --record "$scratch/episodes"
expect_status 0 "a replay of an episode" "$BINARY" replay "$scratch/episodes/episode-0.json" --plain
expect_status 0 "its rewards" "$BINARY" rewards top "$scratch/first"
status=0
scripts/book.sh --output "$scratch/book" >"$scratch/book.log" 2>&1 || status=$?
if [[ $status -eq $EXIT_SKIPPED ]]; then say "skip  the book: $(tail -n 1 "$scratch/book.log")"; else
  expect "the book has no broken links: $(tail -n 1 "$scratch/book.log")" [ $status -eq 0 ]
fi
report_checks
