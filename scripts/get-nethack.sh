#!/usr/bin/env bash
# Fetches NetHack (libnethack.so and nhdat) from the pinned NLE wheel on PyPI. Nothing of it is part of this repository:
# NetHack has its own licence, the NetHack General Public License.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/get-nethack.sh [DIRECTORY]

Leaves libnethack.so and nhdat of NLE 1.3.0 in DIRECTORY (default .deps/nethack) and verifies their SHA-256.
Does nothing when both are there already. Needs python3 with pip, and PyPI once.
TEXT
}

fail() {
  echo "get-nethack: $*" >&2
  exit 1
}

readonly NLE_VERSION=1.3.0
# The data file is the same for every machine; the wheel and the library differ.
readonly DATA_SHA256=3647741836ad48e3348017eb359c4403255a8ba41100700d07c5cadf9500200c

# Sets PLATFORM, WHEEL_SHA256 and LIBRARY_SHA256 for this machine.
choose_wheel() {
  case "$(uname -s) $(uname -m)" in
    "Linux x86_64")
      PLATFORM=manylinux2014_x86_64
      WHEEL_SHA256=68b151d2b114f44dd4b8bf044bcb73e6f7e4e9e7e7a93c4a8310792a91967b8f
      LIBRARY_SHA256=becf6478c75e40cf9488d6127892951f28ef8736b7b71ce22c37af006b280027
      ;;
    "Linux aarch64")
      PLATFORM=manylinux2014_aarch64
      WHEEL_SHA256=b2e4b705e822ca305da6314e93522031e01c094f6736ff46e90e5e7c0c9442e8
      LIBRARY_SHA256=020237902b5c5540c89720d2a7bf2fca3c95e51df19bdc3100e3fe705ec26403
      ;;
    *) fail "there is no NetHack wheel for $(uname -s) $(uname -m); the NetHack tasks need Linux on x86_64 or aarch64" ;;
  esac
}

# has FILE SHA256: true when FILE exists with that content.
has() {
  [[ -f "$1" ]] && echo "$2  $1" | sha256sum --check --status -
}

complete() {
  has "$1/libnethack.so" "$LIBRARY_SHA256" && has "$1/nhdat" "$DATA_SHA256"
}

find_pip() {
  command -v python3 >/dev/null || fail "python3 was not found; install it (Debian: apt-get install python3 python3-pip)"
  python3 -m pip --version >/dev/null 2>&1 \
    || fail "python3 has no pip; install it (Debian: apt-get install python3-pip)"
}

# download FOLDER: the wheel, checked by pip against the pinned hash.
download() {
  echo "nle==$NLE_VERSION --hash=sha256:$WHEEL_SHA256" >"$1/requirements.txt"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --python-version 3.11 --implementation cp --abi cp311 --platform "$PLATFORM" \
    --dest "$1" --requirement "$1/requirements.txt" \
    || fail "pip could not download nle $NLE_VERSION (no network, or the hash differs: see above)"
}

# extract FOLDER: the two files we need, taken out of the wheel.
extract() {
  python3 - "$1" <<'PYTHON'
import glob, sys, zipfile
folder = sys.argv[1]
(wheel,) = glob.glob(folder + "/*.whl")
with zipfile.ZipFile(wheel) as archive:
    for member, name in (("nle/libnethack.so", "libnethack.so"), ("nle/nethackdir/nhdat", "nhdat")):
        with open(folder + "/" + name, "wb") as file:
            file.write(archive.read(member))
PYTHON
}

main() {
  [[ "${1:-}" == "--help" || "${1:-}" == "-h" ]] && { usage; exit 0; }
  [[ $# -le 1 ]] || { usage >&2; exit 64; }
  local directory="${1:-}"
  if [[ -z "$directory" ]]; then directory="$(cd "$(dirname "$0")/.." && pwd)/.deps/nethack"; fi
  choose_wheel
  if complete "$directory"; then
    echo "NetHack is in $directory already."
    exit 0
  fi
  find_pip
  mkdir -p "$directory"
  WORK="$(mktemp -d)"
  trap 'rm -rf "$WORK"' EXIT
  echo "Fetching NetHack (NLE $NLE_VERSION, 3 MB) into $directory ..."
  download "$WORK"
  extract "$WORK"
  complete "$WORK" || fail "the downloaded files do not have the expected SHA-256"
  # Renamed into place, so that an interrupted run leaves no half-written library behind.
  for name in libnethack.so nhdat; do
    cp "$WORK/$name" "$directory/.$name.new"
    mv "$directory/.$name.new" "$directory/$name"
  done
  echo "NetHack is ready in $directory."
}

main "$@"
