#!/usr/bin/env bash
# Everything that must hold before a change is merged; exactly what continuous integration runs. Prints how long each
# part took, the closing line of the test runner, and how many tests and parts passed and failed.
#
# Usage: scripts/test.sh [--quick] [PART ...]
#
#   --quick   check, build and unit only
#   --help    this text
#
# Parts in their order (default: all before release):
#   setup     install packages and the game
#   check     checks that need no build (scripts/check.sh)
#   build     one optimised build of programs and tests; a warning in Sources or Tests fails it
#   unit      the unit tests
#   template  the package in clients/template, as other packages use Tengu (scripts/test-template.sh)
#   portable  the unit tests of the numeric kernels, built without vector extensions
#   scripts   launch, attach and stop (scripts/test-scripts.sh); the model server with substitutes (test-llm.sh)
#   cluster   runs with real processes, some of which are killed (scripts/test-cluster.sh, test-text.sh)
#   mpi       several learners under mpirun, one of which is killed (scripts/test-mpi.sh)
#   compare   a small experiment that is stopped and resumed (scripts/test-experiment.sh)
#   mistakes  wrong input, with the real program (scripts/test-mistakes.sh)
#   environments
#             tasks in Python, whose servers are killed and stopped (scripts/test-environments.sh)
#   sinks     TensorBoard event files, /metrics and /health (scripts/test-sinks.sh)
#   dashboard evaluations while training, and the web page (scripts/test-dashboard.sh)
#   foreign   a worker and an annotator in Python, written from the protocol file (scripts/test-foreign-peer.sh)
#   hosts     two network namespaces and keys (scripts/test-two-hosts.sh)
#   trust     rows of the trust table that do not depend on the machine's speed (scripts/trust.sh)
#   soak      two minutes of churn and faults (scripts/soak.sh)
#   fuzz      twenty seconds for each decoder of bytes from outside (scripts/fuzz.sh)
#   bench     every benchmark as short as possible, whatever its numbers (scripts/bench.sh --smoke)
#   nethack   a short comparison with Python's nle, bit for bit (scripts/compare-nle.sh)
#   release   the build that scripts/setup.sh makes for users: the same sources without -enable-testing
#   docs      the commands of the documentation, and the book (scripts/check-docs.sh)
#   ssh       workers that --hosts starts over real sshd (scripts/test-ssh.sh)
#   deploy    manifests, units, and pods' command lines under their constraints (scripts/test-deploy.sh)
#
# scripts/test-processors.sh runs the unit tests with the kernels of other processors.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

DEFAULT_PARTS=(setup check build unit template portable scripts cluster mpi compare mistakes environments sinks dashboard foreign hosts trust soak
  fuzz bench nethack)
PARTS=("${DEFAULT_PARTS[@]}" release docs ssh deploy)
QUICK_PARTS=(check build unit)
# Tengu shards its work above BLAS. Waiting for BLAS's own threads can hang a process that ends soon after its start.
export OPENBLAS_NUM_THREADS=1
# A part that takes longer counts as failed.
PART_LIMIT_SECONDS=1800
COMPARISON_STEPS=1000
# The other rows measure speeds and seconds, or run unit tests that have run already.
TRUST_ROWS=(12 13 19)
SOAK_HOURS=0.033

LOGS=$ROOT/.build/test-logs
# The unit tests and the programs that the other parts run come from one build. Release instead of debug: kernels and the
# loops of the tests need optimisation, so a debug build compiles them optimised as well, and programs need release.
TEST_BUILD=.build-testing
TEST_FLAGS=(--configuration release -Xswiftc -enable-testing)
TEST_BINARIES=$ROOT/$TEST_BUILD/release
# Swift Testing's closing line, as in "✔ Test run with 12 tests in 3 suites passed after 0.1 seconds."
CLOSING_LINE='Test run with [0-9]+ tests?'

passed_parts=0 failed_parts=0 skipped_parts=0
failed_names=()

setup_part() { scripts/setup.sh --no-build --tests; }
check_part() { scripts/check.sh; }

build_part() {
  local log=$LOGS/build.log warned
  swift build --scratch-path "$TEST_BUILD" "${TEST_FLAGS[@]}" --build-tests 2>&1 | tee "$log" || return 1
  mapfile -t warned < <(sed -nE "s#^($ROOT/(Sources|Tests)/[^:]+):[0-9]+:[0-9]+: warning:.*#\1#p" "$log" | sort -u)
  [[ ${#warned[@]} -gt 0 ]] || return 0
  # The compiler shows warnings only when it compiles a file. Touched files are compiled again in the next build.
  touch "${warned[@]}"
  say "warnings in: ${warned[*]#"$ROOT/"}"
  return 1
}

unit_part() {
  swift test --scratch-path "$TEST_BUILD" "${TEST_FLAGS[@]}" --skip-build 2>&1 | tee "$LOGS/unit.log"
}

# Builds the targets of the kernels alone.
portable_part() {
  TENGU_VECTOR=portable TENGU_TARGETS="TensorTests NeuralNetworkTests" \
    swift test --scratch-path .build-portable "${TEST_FLAGS[@]}"
}

template_part() { TENGU_TEMPLATE_BUILD=$TEST_BUILD scripts/test-template.sh; }

# Runs a script with the programs of the test build, so that the script does not build its own.
with_programs() {
  TENGU_BINARY=$TEST_BINARIES/tengu TENGU_BENCH_BINARY=$TEST_BINARIES/tengu-bench "$@"
}

scripts_part() { with_programs scripts/test-scripts.sh && with_programs scripts/test-llm.sh; }
cluster_part() { with_programs scripts/test-cluster.sh && with_programs scripts/test-text.sh; }
mpi_part() { with_programs scripts/test-mpi.sh; }
compare_part() { with_programs scripts/test-experiment.sh; }
mistakes_part() { with_programs scripts/test-mistakes.sh; }
environments_part() { with_programs scripts/test-environments.sh; }
sinks_part() { with_programs scripts/test-sinks.sh; }
foreign_part() { with_programs scripts/test-foreign-peer.sh; }
dashboard_part() { with_programs scripts/test-dashboard.sh; }
hosts_part() { with_programs scripts/test-two-hosts.sh; }
trust_part() { with_programs scripts/trust.sh "${TRUST_ROWS[@]}"; }
soak_part() { with_programs scripts/soak.sh "$SOAK_HOURS"; }
fuzz_part() { scripts/fuzz.sh; }
bench_part() { with_programs scripts/bench.sh --smoke; }
docs_part() { with_programs scripts/check-docs.sh; }
ssh_part() { with_programs scripts/test-ssh.sh; }
deploy_part() { with_programs scripts/test-deploy.sh; }
release_part() { scripts/setup.sh --no-nethack --force; }

nethack_part() {
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    say "skipped: Python's nle needs a virtual environment (Debian package python3-venv)"
    return "$EXIT_SKIPPED"
  fi
  with_programs scripts/compare-nle.sh --steps "$COMPARISON_STEPS"
}

# Runs one part with the time limit. It calls this script again, because `timeout` runs programs and not functions, and
# in the background, because `timeout` keeps Ctrl-C from its child: `interrupt` passes the signal on.
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

# Counts the Swift tests of the last run; none if the run has no closing line.
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

# Whether part `$1` can run: most parts need a successful build.
is_possible() {
  [[ " ${failed_names[*]} " != *" build "* ]] && return
  [[ " setup check portable release " == *" $1 "* ]]
}

main() {
  local selected=() part
  while [[ $# -gt 0 ]]; do
    case $1 in
      --quick) selected=("${QUICK_PARTS[@]}") ;;
      --only) # called by `run_part`
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
  [[ ${#selected[@]} -gt 0 ]] || selected=("${DEFAULT_PARTS[@]}")
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
