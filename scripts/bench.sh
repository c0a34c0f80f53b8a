#!/usr/bin/env bash
# Measures this machine and this build, compares them with OpenBLAS, PyTorch, plain C, ONI and Sample Factory, and prints
# one table.
#
# Usage: scripts/bench.sh [GROUP ...] [options]
#        scripts/bench.sh scaling [options of scripts/bench/scaling.py]
#        scripts/bench.sh relay [options of scripts/bench/relay.py]
#        scripts/bench.sh hostile [options of scripts/bench/hostile.py]
#
#   GROUP             kernels, env, inference, train, reward, switches, text, transport, annotator, ledger, system (default: all
#                     of them, in this order)
#   --seconds S       seconds of each measurement in each round (default: depends on the group)
#   --rounds N        rounds; both sides of a ratio are measured in each, and the median counts (default: 5)
#   --json FILE       write the measurements to FILE as JSON (default: .build/bench/report.json)
#   --markdown FILE   write the tables to FILE as well
#   --check           exit with status 1 and print the misses if measurements miss the bars of scripts/bench/thresholds.json;
#                     bars for what this machine cannot measure are skipped and printed
#   --smoke           make every measurement once and as short as possible, to test the benchmarks
#   --help            this text
#
# Ratios need an idle machine. scripts/bench/setup-peers.sh installs PyTorch and Sample Factory, and scripts/compare-nle.sh
# Python's nle; without them their ratios are missing.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/peer_python.sh
source "$ROOT/scripts/lib/peer_python.sh"

# The program that measures. TENGU_BENCH_BINARY names one that is built already.
BENCH_BINARY=$(absolute "${TENGU_BENCH_BINARY:-$ROOT/.build/release/tengu-bench}")
# Large blocks stay with the process instead of going back to the kernel, and large copies use vector moves: "rep movsb"
# is up to 25 times slower on AMD Zen 3 when the addresses are unluckily aligned.
ALLOCATOR_TUNABLES=glibc.malloc.trim_threshold=67108864:glibc.malloc.mmap_threshold=33554432
if [[ $(uname -m) == x86_64 ]]; then
  ALLOCATOR_TUNABLES+=:glibc.cpu.x86_rep_movsb_threshold=2000000000
fi

GROUPS_IN_ORDER=(kernels env inference train reward switches text transport annotator ledger system)
PARTS=$ROOT/.build/bench
SMOKE_SECONDS=0.02

groups=() options=() json=$PARTS/report.json markdown='' check=false smoke=false
child=''

parse() {
  while [[ $# -gt 0 ]]; do
    case $1 in
      --seconds | --rounds)
        options+=("$1" "$(option_value "$@")")
        shift
        ;;
      --json) json=$(absolute "$(option_value "$@")"); shift ;;
      --markdown) markdown=$(absolute "$(option_value "$@")"); shift ;;
      --check) check=true ;;
      --smoke) smoke=true ;;
      -h | --help) show_help && exit 0 ;;
      *)
        [[ " ${GROUPS_IN_ORDER[*]} " == *" $1 "* ]] ||
          usage_error "there is no group \"$1\"; groups: ${GROUPS_IN_ORDER[*]}"
        groups+=("$1")
        ;;
    esac
    shift
  done
  [[ ${#groups[@]} -gt 0 ]] || groups=("${GROUPS_IN_ORDER[@]}")
  if $smoke; then options=(--seconds "$SMOKE_SECONDS" --rounds 1); fi
}

compile_yardstick() {
  cc -O2 scripts/bench/zmq_router.c -o "$PARTS/zmq_router" -lzmq ||
    warn "no C compiler: the transport is not compared with plain C"
}

# Builds .build/release/tengu-bench; quick when no source has changed.
build() {
  [[ -z ${TENGU_BENCH_BINARY:-} ]] || return 0
  say "building $BENCH_BINARY"
  swift build -c release --product tengu-bench >&2
}

# Runs the measuring program with the allocator settings that scripts/launch.sh gives every role, in the background and
# in a session of its own: Ctrl-C reaches this script alone, which passes it on and waits.
bench() {
  local status=0
  OPENBLAS_NUM_THREADS=1 GLIBC_TUNABLES=${GLIBC_TUNABLES:+$GLIBC_TUNABLES:}$ALLOCATOR_TUNABLES \
    setsid "$BENCH_BINARY" "$@" &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

# Ends the measurement and, through it, the system that it measures.
interrupt() {
  trap '' INT TERM
  if [[ -n $child ]]; then
    kill -TERM "$child" 2>/dev/null || true
    wait "$child" || true
  fi
  exit 130
}

# How learning scales with the number of workers (scaling), what travels with relays (relay), and what hostile peers cost
# (hostile). They take their time, so they are no part of the table.
of_processes() {
  local python=python3 program=$1
  shift
  if [[ -z ${TENGU_BINARY:-} ]]; then scripts/setup.sh; fi
  if [[ $program == hostile ]]; then
    mkdir -p "$PARTS"
    prepare_peer_python "$PARTS/tengu.desc"
    export TENGU_DESCRIPTOR=$PARTS/tengu.desc
    python=$PEER_PYTHON
  fi
  exec "$python" "scripts/bench/$program.py" --tengu "$BINARY" "$@"
}

main() {
  local group parts=() report=() more
  case ${1:-} in scaling | relay | hostile) of_processes "$@" ;; esac
  parse "$@"
  scripts/setup.sh
  build
  mkdir -p "$PARTS"
  compile_yardstick
  trap interrupt INT TERM
  for group in "${groups[@]}"; do
    say "== $group"
    more=()
    # Sample Factory takes most of a minute to start.
    if $smoke && [[ $group == system ]]; then more+=(--sample-factory none); fi
    if [[ $group == system ]]; then more+=(--tengu "$BINARY"); fi
    if $smoke && [[ $group == ledger ]]; then more+=(--captions 10000); fi
    bench "$group" "${options[@]}" "${more[@]}" --nethack "$NETHACK_DIRECTORY" --json "$PARTS/$group.json" >"$PARTS/$group.txt" ||
      fail "tengu-bench $group failed; its output is in $PARTS/$group.txt"
    parts+=("$PARTS/$group.json")
  done
  report=(report "${parts[@]}" --json "$json")
  if [[ -n $markdown ]]; then report+=(--markdown "$markdown"); fi
  if $check; then report+=(--check scripts/bench/thresholds.json); fi
  bench "${report[@]}"
}

main "$@"
