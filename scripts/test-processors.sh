#!/usr/bin/env bash
# Runs the unit tests with the kernels of other processors: one build for each vector width, one run of it for each set of
# OpenBLAS kernels, as far as this processor can execute them. Prints a table of the failed tests. A test that fails in
# some rows only depends on rounding.
#
# Usage: scripts/test-processors.sh [options]
#
#   --vector WIDTHS    widths to build for, such as "portable avx2 avx512" (default: all that the processor has)
#   --kernels NAMES    OpenBLAS kernels, such as "default Prescott Haswell SkylakeX" (default: all that the processor has);
#                      "default" lets OpenBLAS choose
#   --targets NAMES    test targets to build and run, such as "IntrinsicRewardTests ActorCriticTests" (default: all)
#   --help             this text
#
# Exit status 1: a build or a test failed. Logs are in .build/processor-logs. A build takes several minutes for each width;
# the next call builds only what has changed.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

LOGS=$ROOT/.build/processor-logs
export OPENBLAS_NUM_THREADS=1

widths=() kernels=() targets=''

has_flag() { grep -m 1 '^flags' /proc/cpuinfo | grep -qw -- "$1"; }

# The widths and kernels that this processor can execute.
available_widths() {
  printf '%s\n' portable
  if has_flag avx2; then printf '%s\n' avx2; fi
  if has_avx512; then printf '%s\n' avx512; fi
}

available_kernels() {
  printf '%s\n' default
  [[ $(uname -m) == x86_64 ]] || return 0
  if has_flag pni; then printf '%s\n' Prescott; fi
  if has_flag avx2; then printf '%s\n' Haswell; fi
  if has_avx512; then printf '%s\n' SkylakeX; fi
}

parse() {
  while [[ $# -gt 0 ]]; do
    case $1 in
      --vector) read -ra widths <<<"$(option_value "$@")" && shift ;;
      --kernels) read -ra kernels <<<"$(option_value "$@")" && shift ;;
      --targets) targets=$(option_value "$@") && shift ;;
      -h | --help) show_help && exit 0 ;;
      *) usage_error "unknown argument \"$1\"" ;;
    esac
    shift
  done
  [[ ${#widths[@]} -gt 0 ]] || mapfile -t widths < <(available_widths)
  [[ ${#kernels[@]} -gt 0 ]] || mapfile -t kernels < <(available_kernels)
}

# swift_tests ACTION WIDTH ARGUMENTS...: `swift build` or `swift test` in the build folder of the width.
swift_tests() {
  local action=$1 width=$2
  shift 2
  TENGU_VECTOR=$width swift "$action" --scratch-path ".build-processors-$width" -c release \
    -Xswiftc -enable-testing "$@"
}

# Prints the names of the tests that failed in log `$1`.
failed_tests() {
  sed -nE '/ Test (run with|case passing) /d; s/^[^ ]+ Test "?([A-Za-z0-9_]+).* failed after .*/\1/p' "$1" | sort -u
}

# run WIDTH KERNELS: runs the tests once and adds a row to the table.
run() {
  local width=$1 kernel=$2 log=$LOGS/$1-$2.log names=() result
  if [[ $kernel == default ]]; then unset OPENBLAS_CORETYPE; else export OPENBLAS_CORETYPE=$kernel; fi
  if swift_tests test "$width" --skip-build >"$log" 2>&1; then
    result=passed
  else
    mapfile -t names < <(failed_tests "$log")
    result="FAILED: ${names[*]:-the run did not end; see $log}"
    failures=$((failures + 1))
  fi
  rows+=("$(printf '%-10s %-10s %s' "$width" "$kernel" "$result")")
  say "${rows[-1]}"
}

main() {
  local width kernel
  parse "$@"
  if [[ -n $targets ]]; then export TENGU_TARGETS=$targets; fi
  mkdir -p "$LOGS"
  failures=0
  rows=("$(printf '%-10s %-10s %s' vectors OpenBLAS result)")
  for width in "${widths[@]}"; do
    say "building for $width vectors"
    if ! swift_tests build "$width" --build-tests >"$LOGS/$width-build.log" 2>&1; then
      rows+=("$(printf '%-10s %-10s %s' "$width" - "the build FAILED; see $LOGS/$width-build.log")")
      failures=$((failures + 1))
      continue
    fi
    for kernel in "${kernels[@]}"; do run "$width" "$kernel"; done
  done
  printf '%s\n' "${rows[@]}"
  [[ $failures -eq 0 ]]
}

main "$@"
