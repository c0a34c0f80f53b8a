# shellcheck shell=bash
# Counting checks, for the tests that look at real processes. Sourced after common.sh.
#
# Such a test waits for a condition, with a bound; it never sleeps and then checks.

CHECKS_PASSED=0
CHECKS_FAILED=0
# A process without which there is nothing to wait for.
WATCHED_PROCESS=''
passed() {
  CHECKS_PASSED=$((CHECKS_PASSED + 1))
  printf 'ok    %s\n' "$1"
}

failed() {
  CHECKS_FAILED=$((CHECKS_FAILED + 1))
  printf 'FAIL  %s\n' "$1"
}

# expect WHAT COMMAND...: COMMAND succeeds.
expect() {
  local what=$1
  shift
  if "$@"; then passed "$what"; else failed "$what"; fi
}

succeeds_or_is_hopeless() { "$@" || { [[ -n $WATCHED_PROCESS ]] && is_gone "$WATCHED_PROCESS"; }; }

# expect_within SECONDS WHAT COMMAND...: COMMAND succeeds before SECONDS have passed. If not, the test ends.
expect_within() {
  local seconds=$1 what=$2
  shift 2
  wait_until "$seconds" succeeds_or_is_hopeless "$@" || true
  if "$@"; then
    passed "$what"
  else
    failed "$what (waited up to $seconds s)"
    report_checks
    exit 1
  fi
}

# expect_status STATUS WHAT COMMAND...: COMMAND ends with STATUS; what it wrote is in LAST_OUTPUT.
expect_status() {
  local expected=$1 what=$2 status=0
  shift 2
  LAST_OUTPUT=$("$@" 2>&1) || status=$?
  if [[ $status -eq $expected ]]; then
    passed "$what"
  else
    failed "$what (ended with status $status, not $expected)"
    printf '%s\n' "$LAST_OUTPUT" | sed 's/^/      | /'
  fi
}

# expect_exit PID STATUS SECONDS WHAT: background process PID ends with STATUS before SECONDS have passed.
expect_exit() {
  local status=0
  expect_within "$3" "$4" is_gone "$1"
  [[ $1 != "$WATCHED_PROCESS" ]] || WATCHED_PROCESS=''
  wait "$1" || status=$?
  expect "$4: its status is $2 (it is $status)" [ "$status" -eq "$2" ]
}

# Whether the file `$1` has a line that matches `$2`; the file need not exist yet.
has_line() { grep -Eqs -- "$2" "$1"; }
has_no_line() { ! has_line "$1" "$2"; }

# The number in pid file `$1`, or nothing.
pid_in() { cat "$1" 2>/dev/null || true; }

# Whether pid file `$1` names a live process other than `$2`.
is_replaced() {
  local pid
  pid=$(pid_in "$1")
  [[ -n $pid && $pid != "$2" ]] && is_alive "$pid"
}

# The step that the newest line of run `$1`'s metrics names; 0 when there is none.
last_step() {
  local step
  step=$(tail -n 1 "$1/metrics.jsonl" 2>/dev/null | grep -Eo '"step": *[0-9]+' | grep -Eo '[0-9]+$') || true
  printf '%s\n' "${step:-0}"
}

has_passed_step() { [[ $(last_step "$1") -gt $2 ]]; }

# Ends process `$1` if it is still there; for clean-up.
end_process() {
  if [[ -z $1 ]] || is_gone "$1"; then return 0; fi
  kill -TERM "$1" 2>/dev/null || true
  wait_until 15 is_gone "$1" || kill -KILL "$1" 2>/dev/null || true
}

# The closing line; fails when a check did.
report_checks() {
  printf '%s: %d passed, %d failed\n' "${0##*/}" "$CHECKS_PASSED" "$CHECKS_FAILED"
  [[ $CHECKS_FAILED -eq 0 ]]
}
