#!/usr/bin/env bash
# The package in clients/template, which depends on Tengu as other packages do: its sources come from the code blocks of
# docs/adding-an-environment.md. Builds and tests it, trains it, and measures the build after a change of its environment.
#
# Usage: scripts/test-template.sh [--help]
#
# TENGU_TEMPLATE_BUILD   build folder (default: .build-testing, where scripts/test.sh has compiled Tengu already)
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

expect_no_arguments "$@"

TEMPLATE=$ROOT/clients/template
BUILD=$(absolute "${TENGU_TEMPLATE_BUILD:-$ROOT/.build-testing}")
# The flags of scripts/test.sh: with others everything is compiled again.
FLAGS=(--scratch-path "$BUILD" --configuration release -Xswiftc -enable-testing)
PROGRAM=$BUILD/release/train-garden
REBUILD_SECONDS=60
export OPENBLAS_NUM_THREADS=1

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

says() { grep -Eq -- "$1" <<<"$LAST_OUTPUT"; }

# Whether every file of the page is the template's.
page_is_template() {
  local path status=0
  while read -r path; do
    diff -u "$TEMPLATE/$path" "$scratch/page/$path" >&2 || status=1
  done < <(python3 scripts/book/extract.py docs/adding-an-environment.md "$scratch/page")
  return "$status"
}

# Prints names that one of the surface's files exports and docs/library.md does not list, or the other way round.
# shellcheck disable=SC2016 # the marks around code in Markdown
surface_is_documented() {
  diff <(sed -nE 's/^@_exported import (struct|enum|class|protocol) [A-Za-z]+\.([A-Za-z]+)$/\2/p' Sources/Tengu*/Surface.swift | sort) \
    <(sed -n '/^## Names/,/^## /p' docs/library.md | grep -oE '^\| `[A-Za-z`, ]+' | grep -oE '[A-Za-z]+' | sort)
}

# The template in a copy, whose sources can change.
make_copy() {
  cp -r "$TEMPLATE" "$scratch/garden"
  sed -i "s#path: \"../..\"#path: \"$ROOT\"#" "$scratch/garden/Package.swift"
}

expect "the code of the page is the template's" page_is_template
expect "docs/library.md lists the names of the library products" surface_is_documented
make_copy
cd "$scratch/garden"
expect_status 0 "the package builds" swift build "${FLAGS[@]}" --build-tests
expect "without warnings" [ "$(grep -c 'garden/.*warning:' <<<"$LAST_OUTPUT")" -eq 0 ]
expect_status 0 "its tests pass" swift test "${FLAGS[@]}" --skip-build
expect_status 0 "its program lists the task" "$PROGRAM" envs
expect "with the tasks of Tengu" says '^Garden .*flower'
expect_status 0 "the task keeps the rules" "$PROGRAM" envs check Garden environment.garden_size=7
expect_status 0 "its speed can be measured" "$PROGRAM" envs speed Garden --seconds 0.1
expect_status 64 "a setting out of range is refused" "$PROGRAM" serial --config configs/garden.toml environment.garden_size=99
expect "and named" says 'environment.garden_size'
expect_status 0 "it trains" "$PROGRAM" serial --config configs/garden.toml --runs runs --name garden --steps 20480
expect_status 0 "its policy is evaluated" "$PROGRAM" eval runs/garden --episodes 2 --record episodes
expect "with the facts of its episodes" says 'bumps into the hedge'
expect_status 0 "an episode is shown" "$PROGRAM" replay episodes/episode-0.json --plain
expect "with the names of the actions" says 'north|east|south|west'
expect_status 0 "it trains in processes of its own" "$PROGRAM" launch configs/garden.toml --name processes --steps 20480

sed -i 's/There is a hedge\./There is a thick hedge./' Sources/GardenWorld/Garden.swift
started=$SECONDS
expect_status 0 "the program with a changed environment is built" swift build "${FLAGS[@]}" --product train-garden
expect "in at most $REBUILD_SECONDS s ($((SECONDS - started)) s)" [ $((SECONDS - started)) -le $REBUILD_SECONDS ]
report_checks
