#!/usr/bin/env bash
# Fetches NetHack (libnethack.so, nhdat and the compiler of levels) from the pinned NLE wheel on PyPI. Nothing of it is part of this repository:
# NetHack has its own licence, the NetHack General Public License.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/get-nethack.sh [DIRECTORY]

Leaves libnethack.so and nhdat of NLE 1.3.0 in DIRECTORY (default .deps/nethack) and verifies their SHA-256. MiniHack's tasks
also need DIRECTORY/levels: NetHack's level compiler, a dungeon whose first level is a task's own, and nhdat without its
dungeon. Does nothing when all of them are there already. Needs python3 with pip, and PyPI once.
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

has_levels() {
  [[ -x "$1/levels/lev_comp" && -s "$1/levels/dungeon" && -s "$1/levels/nhdat" ]]
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

# extract FOLDER: the files we need, taken out of the wheel.
extract() {
  python3 - "$1" <<'PYTHON'
import glob, os, sys, zipfile
folder = sys.argv[1]
(wheel,) = glob.glob(folder + "/*.whl")
with zipfile.ZipFile(wheel) as archive:
    members = {"nle/libnethack.so": "libnethack.so", "nle/nethackdir/nhdat": "nhdat", "nle/nethackdir/dat/dungeon.def": "dungeon.def"}
    tools = ("lev_comp", "dgn_comp", "dlb", "makedefs")
    members.update({"nle/nethackdir/" + tool: tool for tool in tools})
    for member, name in members.items():
        with open(folder + "/" + name, "wb") as file:
            file.write(archive.read(member))
    for tool in tools:
        os.chmod(folder + "/" + tool, 0o755)
PYTHON
}

# make_levels FOLDER: FOLDER/levels from the extracted files. The dungeon gets a first level of its own, and the archive loses
# its dungeon, because NetHack prefers files of the archive to others.
make_levels() {
  local folder=$1
  mkdir -p "$folder/dat" "$folder/source" "$folder/archive" "$folder/levels"
  awk '/^LEVEL:/ && !done { print "LEVEL: \"mylevel\" \"none\" @ (1,1)"; done = 1 } { print }' \
    "$folder/dungeon.def" >"$folder/dat/dungeon.def"
  # makedefs reads ../dat/dungeon.def.
  (cd "$folder/source" && ../makedefs -e && cd ../dat && ../dgn_comp dungeon.pdf) \
    || fail "NetHack's dungeon could not be compiled"
  (
    cd "$folder/archive"
    ../dlb xf ../nhdat
    rm -f dungeon
    mapfile -t names < <(ls)
    ../dlb cf ../levels/nhdat "${names[@]}"
  ) || fail "NetHack's archive could not be written again"
  cp "$folder/dat/dungeon" "$folder/lev_comp" "$folder/levels/"
  chmod 644 "$folder/levels/nhdat"
}

main() {
  [[ "${1:-}" == "--help" || "${1:-}" == "-h" ]] && { usage; exit 0; }
  [[ $# -le 1 ]] || { usage >&2; exit 64; }
  local directory="${1:-}"
  if [[ -z "$directory" ]]; then directory="$(cd "$(dirname "$0")/.." && pwd)/.deps/nethack"; fi
  choose_wheel
  if complete "$directory" && has_levels "$directory"; then
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
  make_levels "$WORK"
  has_levels "$WORK" || fail "the level compiler could not be prepared"
  # Renamed into place, so that an interrupted run leaves no half-written library behind.
  rm -rf "$directory/.levels.new"
  cp -r "$WORK/levels" "$directory/.levels.new"
  rm -rf "$directory/levels"
  mv "$directory/.levels.new" "$directory/levels"
  for name in libnethack.so nhdat; do
    cp "$WORK/$name" "$directory/.$name.new"
    mv "$directory/.$name.new" "$directory/$name"
  done
  echo "NetHack is ready in $directory."
}

main "$@"
