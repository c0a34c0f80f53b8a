# shellcheck shell=bash disable=SC2034
# Shared by all scripts: places, messages, waiting, and recognising Tengu's processes. Scripts source it and do not run
# it. It changes to the repository's root; relative paths from the user go through `absolute`.

INVOKED_FROM=$PWD
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT" || exit

EXIT_USAGE=64
# The status of a test that this machine cannot run.
EXIT_SKIPPED=77

# Prints the path `$1` as seen from the folder the script was called in.
absolute() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$INVOKED_FROM/$1" ;;
  esac
}

# Tests of the scripts move three places: the program, the run directories, the game.
BINARY=$(absolute "${TENGU_BINARY:-$ROOT/.build/release/tengu}")
RUNS_DIRECTORY=$(absolute "${TENGU_RUNS:-$ROOT/runs}")
NETHACK_DIRECTORY=$(absolute "${TENGU_NETHACK:-$ROOT/.deps/nethack}")

# Whether the processor has every vector extension the widest kernels are built for.
has_avx512() {
  local flags extension
  flags=$(grep -m 1 '^flags' /proc/cpuinfo 2>/dev/null) || return 1
  for extension in avx512f avx512bw avx512dq avx512vl avx512cd; do
    [[ " $flags " == *" $extension "* ]] || return 1
  done
}

# The vectors that Package.swift builds for: avx512, avx2 or portable. All scripts make the same choice, because another
# choice builds everything again.
if [[ -z ${TENGU_VECTOR:-} ]] && has_avx512; then
  TENGU_VECTOR=avx512
fi
[[ -z ${TENGU_VECTOR:-} ]] || export TENGU_VECTOR

# Messages never fail: the terminal may be gone while there is still work to end.
say() { printf '%s\n' "$*" >&2 || true; }
warn() { say "warning: $*"; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

usage_error() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  printf 'Try %s --help\n' "${0##*/}" >&2
  exit "$EXIT_USAGE"
}

# Prints the comment at the head of the script, which describes its options.
show_help() { sed -n -e '1d' -e '/^#/!q' -e 's/^# \{0,1\}//p' "$ROOT/scripts/${0##*/}"; }

# For a script without options other than --help.
expect_no_arguments() {
  case ${1:-} in
    '') ;;
    -h | --help) show_help && exit 0 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
}

# Prints the value that follows option `$1`; the rest of the command line is `$2...`.
option_value() {
  [[ $# -ge 2 ]] || usage_error "$1 needs a value"
  printf '%s\n' "$2"
}

# Fails unless `$1` is a file that this user can read; the message begins with `$2`.
require_readable() {
  if [[ -f $1 && -r $1 ]]; then return; fi
  if [[ -f $1 ]]; then fail "${2:-}${2:+ }$1 cannot be read by this user"; fi
  fail "${2:-}${2:+ }there is no file $1"
}

# Checks that `$2`, the value of option `$1`, is a whole number of at least `$3` and at most nine digits. A leading zero
# does not make it octal.
require_count() {
  [[ $2 =~ ^[0-9]{1,9}$ && $((10#$2)) -ge $3 ]] || usage_error "$1 needs a whole number of at least $3, not \"$2\""
}

# Runs the command `$2...` every tenth of a second until it succeeds; fails after `$1` seconds.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [[ $SECONDS -lt $deadline ]] || return 1
    sleep 0.1
  done
}

is_alive() { kill -0 "$1" 2>/dev/null; }
is_gone() { ! is_alive "$1"; }

# Whether process `$1` is a tengu in role `$2`: pid files outlive their processes, and the kernel uses pids again.
is_tengu() {
  local words
  [[ $1 =~ ^[0-9]+$ && -r /proc/$1/cmdline ]] || return 1
  words=$(tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null) || return 1
  [[ " $words" =~ [/\ ]"${BINARY##*/}"\ ([^\ ]+) && ${BASH_REMATCH[1]} == "$2" ]]
}

# Prints the pid of the live learner of run directory `$1`, or fails.
learner_pid() {
  local pid
  [[ -f $1/learner.pid && -r $1/learner.pid ]] || return 1
  read -r pid <"$1/learner.pid" || [[ -n $pid ]] || return 1
  is_tengu "$pid" learner || is_tengu "$pid" serial || return 1
  printf '%s\n' "$pid"
}

# Prints the directory of run `$1` (a name or a path); without a name, of the run that wrote its log last.
run_directory() {
  local newest
  if [[ -n ${1:-} ]]; then
    if [[ -d $RUNS_DIRECTORY/$1 ]]; then
      printf '%s\n' "$RUNS_DIRECTORY/$1"
    elif [[ -d $(absolute "$1") ]]; then
      absolute "${1%/}"
    else
      fail "there is no run \"$1\" in $RUNS_DIRECTORY"
    fi
    return
  fi
  newest=$(find "$RUNS_DIRECTORY" -mindepth 2 -maxdepth 2 -name learner.log -printf '%T@ %h\n' 2>/dev/null |
    sort -n | tail -n 1 | cut -d ' ' -f 2-)
  [[ -n $newest ]] || fail "there is no run in $RUNS_DIRECTORY yet; start one with scripts/launch.sh"
  printf '%s\n' "$newest"
}

# Whether `--help` or `-h` is among the arguments.
asks_for_help() {
  local word
  for word in "$@"; do
    if [[ $word == --help || $word == -h ]]; then return 0; fi
  done
  return 1
}

# Runs a command of the program in the folder the script was called in, where relative paths start. The program finds
# the repository's files, such as cluster/configs, through TENGU_HOME.
tengu() { (exec_tengu "$@"); }

exec_tengu() {
  cd "$INVOKED_FROM" || exit
  # The launcher multiplies no matrices, so OpenBLAS needs no threads in it. Its usage errors name the script.
  exec env TENGU_HOME="$ROOT" TENGU_BINARY="$BINARY" TENGU_RUNS="$RUNS_DIRECTORY" TENGU_NETHACK="$NETHACK_DIRECTORY" \
    TENGU_SCRIPT="scripts/${0##*/}" OPENBLAS_NUM_THREADS=1 "$BINARY" "$@"
}

require_binary() {
  [[ -x $BINARY ]] || fail "$BINARY does not exist yet; scripts/setup.sh builds it"
}
