#!/usr/bin/env bash
# The checks that need no build: formatting, the generated wire code, shell scripts, length of files.
#
# Usage: scripts/check.sh [--fix]
#
#   --fix    format the Swift sources instead of complaining about them
#   --help   this text
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

MAXIMUM_FILE_LINES=400
SWIFT_SOURCES=(Package.swift Sources Tests)
failures=0

# check WHAT COMMAND...
check() {
  local what=$1
  shift
  if "$@"; then
    say "ok    $what"
  else
    say "FAIL  $what"
    failures=$((failures + 1))
  fi
}

shell_scripts() { find scripts .ci -type f \( -name '*.sh' -o -path '.ci/run' -o -path 'scripts/tests/*' \); }

swift_format() { swift format lint --strict --parallel --configuration .swift-format -r "${SWIFT_SOURCES[@]}"; }

shell_lint() { shell_scripts | xargs shellcheck; }

# Prints what is too long, and fails if anything is.
short_files() {
  local file lines status=0
  while read -r file; do
    lines=$(wc -l <"$file")
    if [[ $lines -gt $MAXIMUM_FILE_LINES ]]; then
      say "$file: $lines lines; the limit is $MAXIMUM_FILE_LINES"
      status=1
    fi
  done < <(find Sources Tests scripts -name '*.swift' -o -name '*.sh' -o -name '*.py')
  return "$status"
}

executable_scripts() {
  local file status=0
  for file in scripts/*.sh scripts/tests/* .ci/run; do
    [[ -x $file ]] || { say "$file: not executable" && status=1; }
  done
  return "$status"
}

main() {
  case ${1:-} in
    '') ;;
    --fix) swift format -i --parallel --configuration .swift-format -r "${SWIFT_SOURCES[@]}" ;;
    -h | --help) show_help && exit 0 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
  check "Swift format" swift_format
  check "generated wire code" scripts/gen-proto.sh --check
  if command -v shellcheck >/dev/null; then
    check "shell scripts" shell_lint
  else
    say "skip  shell scripts: shellcheck is not installed"
  fi
  check "files of at most $MAXIMUM_FILE_LINES lines" short_files
  check "scripts are executable" executable_scripts
  [[ $failures -eq 0 ]]
}

main "$@"
