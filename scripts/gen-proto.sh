#!/usr/bin/env bash
# Regenerates Sources/CWire from the files in proto. With --check, changes nothing and fails if the committed files differ
# from what the schema gives. Needs protoc-c (Debian and Ubuntu: protobuf-c-compiler).
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  "" | --check) ;;
  *) echo "usage: $0 [--check]" >&2; exit 64 ;;
esac
command -v protoc-c > /dev/null || { echo "$0: protoc-c is not installed (package protobuf-c-compiler)" >&2; exit 1; }

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
protoc-c --proto_path=proto --c_out="$fresh" tengu.proto environments.proto

status=0
while read -r name target; do
  if [ "${1:-}" != --check ]; then
    mkdir -p "$(dirname "$target")"
    cp "$fresh/$name" "$target"
  elif ! diff -u "$target" "$fresh/$name"; then
    echo "$target is not what the files in proto give; run scripts/gen-proto.sh ($(protoc-c --version | head -1))" >&2
    status=1
  fi
done << 'FILES'
tengu.pb-c.c Sources/CWire/tengu.pb-c.c
tengu.pb-c.h Sources/CWire/include/tengu.pb-c.h
environments.pb-c.c Sources/CWire/environments.pb-c.c
environments.pb-c.h Sources/CWire/include/environments.pb-c.h
FILES
exit $status
