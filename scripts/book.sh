#!/usr/bin/env bash
# Makes the documentation a static site: a page for each chapter, with contents, search and the generated references.
#
# Usage: scripts/book.sh [--output DIR]
#
#   --output DIR   where the pages go (default: .build/book)
#   --help         this text
#
# Installs Python's markdown into a virtual environment under .deps; ends with status 77 if that is impossible.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

VENV=$ROOT/.deps/book

output=$ROOT/.build/book
while [[ $# -gt 0 ]]; do
  case $1 in
    --output) output=$(absolute "$(option_value "$@")"); shift ;;
    -h | --help) show_help && exit 0 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
  shift
done
if ! "$VENV/bin/python" -c 'import markdown' 2>/dev/null; then
  if ! { python3 -m venv "$VENV" && "$VENV/bin/python" -m pip install --quiet markdown; } >&2; then
    say "skipped: Python's markdown cannot be installed into $VENV"
    exit "$EXIT_SKIPPED"
  fi
fi
"$VENV/bin/python" scripts/book/book.py "$output"
