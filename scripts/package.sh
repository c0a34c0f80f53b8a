#!/usr/bin/env bash
# Makes a release: a tarball that runs on Debian 12 (or a newer system with the same libraries) without Swift, its list of
# parts (SPDX) and checksums. It has the program with Swift's libraries next to it, configurations, man pages, shell
# completions, the Python client and the documentation.
#
# Usage: scripts/package.sh [--output DIR] [--binary FILE]
#
#   --output DIR    where the files go (default: .build/package)
#   --binary FILE   package this program instead of building one
#   --help          this text
#
# In the unpacked folder: bin/tengu doctor; libraries.txt lists the Debian packages that it needs.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

# Debian 12's names of the libraries that the program is linked with.
LIBRARIES=(libzmq5 libopenblas0-pthread libprotobuf-c1 libsqlite3-0 libsodium23 libzstd1 libcurl4 zlib1g libstdc++6
  ca-certificates)
SHELLS=(bash:tengu zsh:_tengu fish:tengu.fish)

output=$ROOT/.build/package binary='' suffix=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --output) output=$(absolute "$(option_value "$@")"); shift ;;
    --binary) binary=$(absolute "$(option_value "$@")"); shift ;;
    -h | --help) show_help && exit 0 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
  shift
done
# Before a build of some minutes, not after it.
for tool in python3 git strip; do
  command -v "$tool" >/dev/null || fail "$tool is missing; install the Debian package ${tool/strip/binutils}"
done
if [[ -z $binary ]]; then
  scripts/setup.sh --no-nethack
  binary=$BINARY
  suffix=${TENGU_VECTOR:+-$TENGU_VECTOR}
fi
[[ -x $binary ]] || fail "there is no program $binary"

version=$("$binary" --version)
name=tengu-$version-linux-$(uname -m)$suffix
mkdir -p "$output"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
top=$scratch/$name
mkdir -p "$top"/{bin,libexec,share/man/man1,share/completions,clients,scripts/lib}

# The dynamic loader looks for Swift's libraries in the folder of the program itself, wherever bin/tengu is linked from.
cp "$binary" "$top/libexec/tengu"
strip "$top/libexec/tengu"
ldd "$binary" | awk '/\/swift\/linux\/|\/libexec\// { print $3 }' | xargs -I{} cp -L {} "$top/libexec/"
strip --strip-unneeded "$top"/libexec/*.so
ln -s ../libexec/tengu "$top/bin/tengu"

git archive HEAD cluster docs proto clients/python LICENSE README.md CHANGELOG.md SECURITY.md | tar -x -C "$top"
cp scripts/get-nethack.sh "$top/scripts/"
cp scripts/lib/common.sh "$top/scripts/lib/"
printf '%s\n' "${LIBRARIES[@]}" >"$top/libraries.txt"
"$binary" --experimental-dump-help >"$scratch/help.json"
python3 scripts/package/manual.py "$scratch/help.json" "$version" "$top/share/man/man1"
for shell in "${SHELLS[@]}"; do
  "$binary" --generate-completion-script "${shell%%:*}" >"$top/share/completions/${shell#*:}"
done

# The same content gives the same bytes.
stamp=$(git log -1 --format=%ct 2>/dev/null || echo 0)
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$stamp" -C "$scratch" -c "$name" | gzip -n \
  >"$output/$name.tar.gz"
python3 scripts/package/parts.py "$version" "$stamp" "$output/$name.tar.gz" Package.resolved "${LIBRARIES[@]}" \
  >"$output/$name.spdx.json"
(cd "$output" && sha256sum "$name.tar.gz" "$name.spdx.json" >"$name.sha256")
say "$output/$name.tar.gz: $(du -h "$output/$name.tar.gz" | cut -f 1), unpacked $(du -sh "$top" | cut -f 1)"
