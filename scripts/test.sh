#!/usr/bin/env bash
# Everything that must hold before a change is merged; exactly what continuous integration runs. Prints how long each
# part took, the closing line of the test runner, and how many tests and parts passed and failed.
#
# Usage: scripts/test.sh [--quick] [PART ...]
#
#   --quick   check, debug and unit only
#   --help    this text
#
# Parts, in their order (default: all of them):
#   setup     packages and the game
#   check     what needs no build (scripts/check.sh)
#   debug     debug build; a warning in Sources or Tests fails it
#   unit      swift test
#   portable  the numeric kernels' tests again, built without vector extensions
#   release   release build
#   scripts   launch, attach and stop (scripts/test-scripts.sh), the model server (test-llm.sh) against stand-ins
#   cluster   a run with real processes, some of which are killed (scripts/test-cluster.sh)
#   compare   a small experiment that is stopped and goes on (scripts/test-experiment.sh)
#   mistakes  bad input, with the real program (scripts/test-mistakes.sh)
#   hosts     two network namespaces and keys (scripts/test-two-hosts.sh)
#   bench     every benchmark as briefly as it can be, whatever its numbers (scripts/bench.sh --smoke)
#   nethack   a short comparison with Python's nle, bit for bit (scripts/compare-nle.sh)
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

PARTS=(setup check debug unit portable release scripts cluster compare mistakes hosts bench nethack)
QUICK_PARTS=(check debug unit)
# OpenBLAS's threads serve nothing here, and waiting for them can hang a process that ends soon after it started.
export OPENBLAS_NUM_THREADS=1
# A test that hangs must not hang whoever waits for the result.
PART_LIMIT_SECONDS=1200
COMPARISON_STEPS=1000

LOGS=$ROOT/.build/test-logs
# Swift Testing's closing line, as in "✔ Test run with 12 tests in 3 suites passed after 0.1 seconds."
CLOSING_LINE='Test run with [0-9]+ tests?'

passed_parts=0 failed_parts=0 skipped_parts=0
failed_names=()

setup_part() { scripts/setup.sh --no-build --tests; }
check_part() { scripts/check.sh; }

debug_part() {
  local log=$LOGS/build.log warned
  swift build --build-tests 2>&1 | tee "$log" || return 1
  mapfile -t warned < <(sed -nE "s#^($ROOT/(Sources|Tests)/[^:]+):[0-9]+:[0-9]+: warning:.*#\1#p" "$log" | sort -u)
  [[ ${#warned[@]} -gt 0 ]] || return 0
  # A file is compiled, and its warnings are shown, once; touched it is compiled again the next time.
  touch "${warned[@]}"
  say "warnings in: ${warned[*]#"$ROOT/"}"
  return 1
}

unit_part() { swift test --skip-build 2>&1 | tee "$LOGS/unit.log"; }
portable_part() {
  TENGU_VECTOR=portable swift test --scratch-path .build-portable --filter '^(TensorTests|NeuralNetworkTests)\.'
}
release_part() { scripts/setup.sh --no-nethack --force; }
scripts_part() { scripts/test-scripts.sh && scripts/test-llm.sh; }
# These must not build what they test.
cluster_part() { TENGU_BINARY=$BINARY scripts/test-cluster.sh; }
compare_part() { TENGU_BINARY=$BINARY scripts/test-experiment.sh; }
mistakes_part() { TENGU_BINARY=$BINARY scripts/test-mistakes.sh; }
hosts_part() { TENGU_BINARY=$BINARY scripts/test-two-hosts.sh; }
bench_part() { TENGU_BINARY=$BINARY scripts/bench.sh --smoke; }

nethack_part() {
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    say "skipped: Python's nle needs a virtual environment (Debian package python3-venv)"
    return "$EXIT_SKIPPED"
  fi
  TENGU_BINARY=$BINARY scripts/compare-nle.sh --steps "$COMPARISON_STEPS"
}

# Runs one part under the time limit: as this script again, because `timeout` runs programs and not functions. In the
# background, because `timeout` keeps Ctrl-C from what it runs: `interrupt` passes it on.
run_part() {
  local part=$1 started=$SECONDS status=0 outcome
  say "== $part"
  timeout --kill-after 10 "$PART_LIMIT_SECONDS" "$ROOT/scripts/test.sh" --only "$part" </dev/null &
  part_process=$!
  wait "$part_process" || status=$?
  if [[ $status -eq 0 ]]; then
    outcome=passed
    passed_parts=$((passed_parts + 1))
  elif [[ $status -eq $EXIT_SKIPPED ]]; then
    outcome=skipped
    skipped_parts=$((skipped_parts + 1))
  else
    outcome=failed
    [[ $((SECONDS - started)) -lt $PART_LIMIT_SECONDS ]] || outcome="stopped after $PART_LIMIT_SECONDS s"
    failed_parts=$((failed_parts + 1))
    failed_names+=("$part")
  fi
  summary+=("$(printf '%-8s %5d s  %s' "$part" $((SECONDS - started)) "$outcome")")
}

interrupt() {
  kill -TERM "$part_process" 2>/dev/null || true
  wait "$part_process" || true
  exit 130
}

# Counts the Swift tests of the last run; none if the run did not come to its closing line.
count_unit_tests() {
  local log=$LOGS/unit.log total skipped
  unit_passed=0 unit_failed=0 closing_line=''
  [[ -f $log ]] || return 0
  closing_line=$(grep -E "$CLOSING_LINE" "$log" | tail -n 1) || return 0
  total=$(grep -Eo "$CLOSING_LINE" <<<"$closing_line" | tr -dc 0-9)
  unit_failed=$(grep -Ec '^[^ ]+ Test .* failed after ' <(grep -Ev "$CLOSING_LINE|recorded an issue" "$log")) || true
  skipped=$(grep -Ec '^[^ ]+ Test .* skipped' "$log") || true
  unit_passed=$((total - unit_failed - skipped))
  skipped_parts=$((skipped_parts + skipped))
}

report() {
  local line
  count_unit_tests
  printf '\n'
  for line in "${summary[@]}"; do printf '%s\n' "$line"; done
  [[ ${#failed_names[@]} -eq 0 ]] || printf 'failed: %s\n' "${failed_names[*]}"
  [[ -z $closing_line ]] || printf '%s\n' "$closing_line"
  # Swift tests and the parts above, together.
  printf '%d passed, %d failed, %d skipped\n' \
    $((passed_parts + unit_passed)) $((failed_parts + unit_failed)) "$skipped_parts"
}

# What a part needs of another one that failed.
is_possible() {
  case $1:" ${failed_names[*]} " in
    unit:*" debug "* | cluster:*" release "* | mistakes:*" release "* | hosts:*" release "* | bench:*" release "* | nethack:*" release "*) return 1 ;;
  esac
}

main() {
  local selected=() part
  while [[ $# -gt 0 ]]; do
    case $1 in
      --quick) selected=("${QUICK_PARTS[@]}") ;;
      --only) # what `run_part` calls
        "${2}_part"
        exit
        ;;
      -h | --help) show_help && exit 0 ;;
      *)
        [[ " ${PARTS[*]} " == *" $1 "* ]] || usage_error "there is no part \"$1\"; parts: ${PARTS[*]}"
        selected+=("$1")
        ;;
    esac
    shift
  done
  [[ ${#selected[@]} -gt 0 ]] || selected=("${PARTS[@]}")
  mkdir -p "$LOGS"
  rm -f "$LOGS/unit.log"
  summary=()
  part_process=''
  trap interrupt INT TERM
  for part in "${selected[@]}"; do
    if is_possible "$part"; then
      run_part "$part"
    else
      summary+=("$(printf '%-8s          not run' "$part")")
    fi
  done
  report
  [[ $failed_parts -eq 0 ]]
}

main "$@"
