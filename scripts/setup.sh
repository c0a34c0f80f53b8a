#!/usr/bin/env bash
# Prepares this machine for Tengu: checks the Swift toolchain, installs the Debian packages that are missing, fetches
# NetHack into .deps/nethack and builds .build/release/tengu. Prints nothing if nothing is missing.
#
# Usage: scripts/setup.sh [--no-nethack] [--no-build] [--tests] [--force]
#
#   --no-nethack   do not fetch the game; CaptionGrid and Corridor do not need it
#   --no-build     install packages and fetch the game only
#   --tests        also install what scripts/test.sh needs
#   --force        build even if no source is newer than the program
#   --help         this text
#
# Environment: TENGU_BINARY names a program to use; then nothing is built.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

MINIMUM_SWIFT=6.2
LIBRARIES=(libzmq3-dev libopenblas-dev libprotobuf-c-dev libsqlite3-dev libsodium-dev libzstd-dev
  libcurl4-openssl-dev zlib1g-dev)
# Programs, each with the Debian package that contains it. A program from elsewhere will do.
TOOLS=(git:git)
TEST_TOOLS=(protoc-c:protobuf-c-compiler shellcheck:shellcheck ip:iproute2 ps:procps mpirun:openmpi-bin)
# A build creates this file when it begins and keeps it if it succeeds: sources newer than the file are not built yet. It
# holds the kind of vectors (TENGU_VECTOR) of the build.
STAMP=.build/setup.stamp

check_swift() {
  local printed version
  command -v swift >/dev/null ||
    fail "no Swift toolchain found; install $MINIMUM_SWIFT or newer from https://swift.org/install"
  printed=$(swift --version 2>&1) || fail "swift --version failed: ${printed##*$'\n'}"
  version=$(sed -n 's/.*Swift version \([0-9.]*[0-9]\).*/\1/p' <<<"$printed" | head -n 1)
  if [[ $(printf '%s\n' "$MINIMUM_SWIFT" "$version" | sort -V | head -n 1) != "$MINIMUM_SWIFT" ]]; then
    fail "Swift ${version:-of an unknown version} is too old; $MINIMUM_SWIFT or newer is at https://swift.org/install"
  fi
}

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]; }

has_nethack() {
  [[ -f $NETHACK_DIRECTORY/libnethack.so && -f $NETHACK_DIRECTORY/nhdat && -x $NETHACK_DIRECTORY/levels/lev_comp ]]
}

# Prints the missing packages, one per line.
missing_packages() {
  local package tool
  for package in "${LIBRARIES[@]}"; do
    is_installed "$package" || printf '%s\n' "$package"
  done
  for tool in "${TOOLS[@]}"; do
    command -v "${tool%%:*}" >/dev/null || printf '%s\n' "${tool#*:}"
  done
  if $tests && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then printf '%s\n' python3-venv; fi
  # The game comes through pip. A Python with pip need not be Debian's.
  if $nethack && ! has_nethack && ! python3 -m pip --version >/dev/null 2>&1; then
    printf '%s\n' python3 python3-pip
  fi
}

# Runs a command as root: directly, or through sudo, which may ask for a password only if there is a terminal.
as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]; then
    sudo "$@"
  else
    return 1
  fi
}

install_packages() {
  local missing
  if ! command -v dpkg-query >/dev/null; then
    warn "this is not a Debian system; the build needs these libraries: ${LIBRARIES[*]} ${TOOLS[*]#*:}"
    return
  fi
  mapfile -t missing < <(missing_packages)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  local by_hand="apt-get update && apt-get install -y ${missing[*]}"
  [[ $EUID -eq 0 ]] || command -v sudo >/dev/null || fail "packages are missing; run as root: $by_hand"
  say "installing packages: ${missing[*]}"
  as_root apt-get update -qq || fail "could not refresh the package lists; run as root: $by_hand"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 ||
    fail "could not install packages; run as root: $by_hand"
}

fetch_nethack() {
  if has_nethack; then return; fi
  say "fetching NetHack into $NETHACK_DIRECTORY"
  scripts/get-nethack.sh "$NETHACK_DIRECTORY"
}

# Folders count too: when a file is deleted, only its folder's time changes.
is_built() {
  [[ -x .build/release/tengu && -f $STAMP && $(<"$STAMP") == "${TENGU_VECTOR:-}" ]] &&
    [[ -z $(find Package.swift Sources -newer "$STAMP" -print -quit) ]]
}

build() {
  if ! $force && is_built; then return; fi
  if [[ -x .build/release/tengu ]]; then
    say "building .build/release/tengu, which is older than its sources, or built for other vectors"
  else
    say "building .build/release/tengu (the first time it fetches the Swift packages and takes some minutes)"
  fi
  mkdir -p .build
  printf '%s\n' "${TENGU_VECTOR:-}" >"$STAMP.new"
  swift build -c release --product tengu >&2
  mv "$STAMP.new" "$STAMP"
}

main() {
  nethack=true
  tests=false
  force=false
  local program=true
  while [[ $# -gt 0 ]]; do
    case $1 in
      --no-nethack) nethack=false ;;
      --no-build) program=false ;;
      --tests)
        tests=true
        TOOLS+=("${TEST_TOOLS[@]}")
        ;;
      --force) force=true ;;
      -h | --help) show_help && exit 0 ;;
      *) usage_error "unknown argument \"$1\"" ;;
    esac
    shift
  done
  if [[ -n ${TENGU_BINARY:-} ]]; then
    require_binary
  else
    check_swift
    install_packages
    if $program; then build; fi
  fi
  if $nethack; then fetch_nethack; fi
}

main "$@"
