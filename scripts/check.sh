#!/usr/bin/env bash
# The checks that need no build: formatting, generated wire code, shell scripts, file lengths, plain English.
#
# Usage: scripts/check.sh [--fix]
#
#   --fix    format the Swift sources instead of complaining about them
#   --help   this text
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

MAXIMUM_FILE_LINES=400
SWIFT_SOURCES=(Package.swift Sources Tests Fuzz)
# Expressions that make a reader stumble. Say it with subject, verb and object instead: "next to" or "compared with" for
# "beside", "continues" for "goes on", "again" for "anew", "Version of the policy" for a headless "Of the policy".
ODD_ENGLISH='\b(beside|anew|whoever|stands in|stands? beside|goes on|go on with|going on with|parted by|how dear|as dear|if need be|in vain|for ever|comes? to be|came to be|in the place of|is told of|are told of|is told what|laid side by side|gives? way)\b'
HEADLESS_COMMENT='/// Of '
# Where plain English is not ours to write: messages of the game, what models answered, and captions that
# tests quote.
QUOTED_TEXT='^(cluster/(messages|recordings)|Tests/[^:]*/(Fixtures|Golden))/'
# Where bytes from other processes, servers and files become numbers.
FOREIGN_SOURCES=(Sources/Wire Sources/Checkpoints Sources/Configuration/TOML Sources/LanguageModelClient/Protocol
  Sources/LocalModel/File/ModelFile.swift Sources/LocalModel/Decoder/DecoderShape.swift
  Sources/Replays/EpisodeRecord.swift Sources/Learner/Reporting/RunStatus.swift Sources/Learner/Reporting/RewardTable.swift)
# A conversion that ends the process for a number that does not fit: an integer type with one argument without a label.
# Write clamping:, exactly:, saturating: or checked:, and radix: to read digits.
BARE_CONVERSION='\bU?Int(8|16|32|64)?\((?!\s*$)(?![a-zA-Z]+:)(?![^()]*(\([^()]*\)[^()]*)*, *radix:)'
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

shell_scripts() {
  find scripts .ci cluster -type f \( -name '*.sh' -o -name '*.sbatch' -o -path '.ci/run' -o -path 'scripts/tests/*' \)
}

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

# Prints the lines with odd English, and fails if there are any.
plain_english() {
  local paths=(Sources Tests scripts cluster proto docs '*.md' ':!scripts/check.sh' ':!docs/results') found
  found=$(
    git grep -nIiE "$ODD_ENGLISH" -- "${paths[@]}"
    git grep -nIE "$HEADLESS_COMMENT" -- "${paths[@]}"
  ) || true
  # A search without a match fails, so the text decides and not the status.
  found=$(grep -vE "$QUOTED_TEXT" <<<"$found") || true
  [[ -z $found ]] || { printf '%s\n' "$found" && return 1; }
}

# Prints conversions of foreign numbers that can end the process, and fails if there are any.
checked_numbers() {
  ! grep -rnP "$BARE_CONVERSION" "${FOREIGN_SOURCES[@]}" --include='*.swift' | grep -vP '^[^:]*:\d+:\s*//'
}

# Prints the source files that docs/architecture.md names and that do not exist, and fails if there are any.
named_files() {
  local name status=0
  while read -r name; do
    [[ -n $(find Sources -path "*/$name" -print -quit) ]] || { say "docs/architecture.md: there is no $name" && status=1; }
  done < <(grep -oE '[A-Za-z+/]+\.swift' docs/architecture.md | grep -v '^Package.swift$' | sort -u)
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
  check "plain English" plain_english
  check "conversions of foreign numbers" checked_numbers
  check "files that the architecture page names" named_files
  [[ $failures -eq 0 ]]
}

main "$@"
