#!/usr/bin/env bash
# The tarball of scripts/package.sh on a bare Debian 12: a chroot made by debootstrap, with the libraries of libraries.txt
# and nothing else. Checks the checksums, the man pages, the completions, `tengu doctor` and a short run.
#
# Usage: scripts/test-package.sh [--tarball FILE]
#
#   --tarball FILE   test this one instead of packaging the program that is built
#   --help           this text
#
# Needs root, debootstrap and Debian's mirror; ends with status 77 without them.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

SUITE=bookworm
# Keeps the bare system for the next test.
CACHE=$ROOT/.deps/debian-$SUITE.tar

skip() {
  say "skipped: $*"
  exit "$EXIT_SKIPPED"
}

tarball=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --tarball) tarball=$(absolute "$(option_value "$@")"); shift ;;
    -h | --help) show_help && exit 0 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
  shift
done
[[ $EUID -eq 0 ]] || skip "a chroot needs root"
command -v debootstrap >/dev/null || skip "debootstrap is not installed (Debian package debootstrap)"

scratch=$(mktemp -d)
system=$scratch/system
trap 'umount "$system/proc" 2>/dev/null || true; rm -rf --one-file-system "$scratch"' EXIT
inside() { chroot "$system" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root OPENBLAS_NUM_THREADS=1 "$@"; }

if [[ -z $tarball ]]; then
  require_binary
  expect_status 0 "the package is made" scripts/package.sh --output "$scratch/package" --binary "$BINARY"
  tarball=$(echo "$scratch"/package/*.tar.gz)
fi
expect "its checksums are right" sh -c "cd '$(dirname "$tarball")' && sha256sum --quiet -c ./*.sha256"
expect "its list of parts is JSON" python3 -m json.tool "${tarball%.tar.gz}.spdx.json" "$scratch/parts.json"

mkdir "$system"
if [[ ! -f $CACHE ]]; then
  debootstrap --variant=minbase $SUITE "$system" >"$scratch/debootstrap.log" 2>&1 || skip "debootstrap failed: $(tail -n 1 "$scratch/debootstrap.log")"
  mkdir -p "$(dirname "$CACHE")"
  tar -C "$system" -cf "$CACHE.new" . && mv "$CACHE.new" "$CACHE"
else
  tar -C "$system" -xf "$CACHE"
fi
mkdir -p "$system/opt/tengu"
tar -xzf "$tarball" -C "$system/opt/tengu" --strip-components=1
mount -t proc proc "$system/proc"
# Words of a list.
# shellcheck disable=SC2046
inside sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"' sh $(cat "$system/opt/tengu/libraries.txt") \
  >"$scratch/apt.log" 2>&1 || skip "the libraries cannot be installed: $(tail -n 1 "$scratch/apt.log")"
expect_status 0 "the program runs" inside /opt/tengu/bin/tengu --version
expect_status 0 "doctor finds nothing wrong" inside env TENGU_HOME=/opt/tengu /opt/tengu/bin/tengu doctor
expect_status 0 "a short run" inside sh -c 'cd /opt/tengu && bin/tengu launch captiongrid --name first --steps 20000 worker.environments_per_group=8'
expect "is complete" grep -q 'the run is complete' "$system/opt/tengu/runs/first/learner.log"
expect_status 0 "its policy can be evaluated" inside sh -c 'cd /opt/tengu && bin/tengu eval runs/first --episodes 4'
expect_status 0 "the completions of bash are a script" bash -n "$system/opt/tengu/share/completions/tengu"
if command -v mandoc >/dev/null; then
  expect_status 0 "the man pages have no errors" sh -c "mandoc -T lint -W error '$system'/opt/tengu/share/man/man1/*.1"
fi
report_checks
