#!/usr/bin/env bash
# A learner and a worker on two hosts, with keys: two network namespaces joined by a virtual cable. The worker whose key
# the learner knows attaches with nothing but the address and the key; a worker with an unknown key, one without a key
# and one that expects another learner do not. Ends with status 77 if the machine cannot make namespaces.
#
# Usage: scripts/test-two-hosts.sh [--help]
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

BOUND_SECONDS=120
STOP_BOUND_SECONDS=45
LEARNER_ADDRESS=10.77.0.1
WORKER_ADDRESS=10.77.0.2
# Several batches: what the attached worker must bring about.
PROGRESS_STEPS=10000
NAME=hosts
SETTINGS=(worker.threads=1 telemetry.interval_seconds=0.5)

skip() {
  say "skipped: $*"
  exit "$EXIT_SKIPPED"
}

# Runs this script again in a new network namespace, which vanishes with its last process.
enter_namespace() {
  local tool options=(--net)
  for tool in ip unshare nsenter; do
    command -v $tool >/dev/null || skip "$tool is not installed (Debian packages iproute2 and util-linux)"
  done
  [[ $EUID -eq 0 ]] || options+=(--user --map-root-user)
  unshare "${options[@]}" ip link add name probe type veth 2>/dev/null ||
    skip "this machine does not let $(id -un) make network namespaces and virtual cables"
  exec unshare "${options[@]}" "$ROOT/scripts/test-two-hosts.sh" --inside
}

is_apart() { [[ $(readlink "/proc/$1/ns/net") != "$(readlink /proc/self/ns/net)" ]]; }

# The second host is a namespace that `sleep` keeps alive; the first is the one we are in.
connect_hosts() {
  unshare --net sleep infinity &
  second_host=$!
  wait_until $BOUND_SECONDS is_apart "$second_host"
  ip link set lo up
  ip link add name cable type veth peer name cable netns "$second_host"
  ip address add $LEARNER_ADDRESS/24 dev cable
  ip link set cable up
  on_second_host ip link set lo up
  on_second_host ip address add $WORKER_ADDRESS/24 dev cable
  on_second_host ip link set cable up
}

on_second_host() { nsenter --target "$second_host" --net -- "$@"; }

new_key() { "$BINARY" keys new "$@" >/dev/null; }

# `keys` is what the learner allows; `elsewhere` holds keys that it does not know, or that do not know it.
make_keys() {
  cd "$scratch"
  new_key learner --directory keys
  new_key friend --role worker --directory keys --learner keys/learner.public
  new_key stranger --role worker --directory elsewhere --learner keys/learner.public
  new_key confused --role worker --directory keys --learner elsewhere/stranger.public
}

# attach NAME OPTION...: a worker on the second host; its pid becomes `attached`.
attach() {
  local name=$1
  shift
  nsenter --target "$second_host" --net -- "$ROOT/scripts/attach.sh" "$endpoint" --name "$name" --threads 1 \
    --no-nethack "$@" >"$scratch/$name.out" 2>&1 &
  attached=$!
  attachments+=("$attached")
}

clean_up() {
  local status=$? process
  if [[ $status -ne 0 ]]; then tail -n 20 "$run"/*.log "$scratch"/*.out 2>/dev/null || true; fi
  for process in "${attachments[@]}" "$launcher" "$second_host"; do end_process "$process"; done
  rm -rf "$scratch"
}

start_learner() {
  expect "without keys the learner listens to this machine alone" refuses_to_start
  expect "and asks for a key" has_line alone.out '[Kk]ey'
  "$ROOT/scripts/launch.sh" captiongrid --workers 0 --name $NAME --key keys/learner.secret "${SETTINGS[@]}" \
    "transport.listen=$LEARNER_ADDRESS:0" >launch.out 2>&1 &
  launcher=$!
  WATCHED_PROCESS=$launcher
  expect_within $BOUND_SECONDS "with keys it binds an address that others reach" test -s "$run/endpoint"
  endpoint=$(<"$run/endpoint")
  expect "namely $LEARNER_ADDRESS" [ "${endpoint%:*}" = $LEARNER_ADDRESS ]
}

# Bounded, because a learner that does start would keep running.
refuses_to_start() {
  local status=0
  timeout $STOP_BOUND_SECONDS "$ROOT/scripts/launch.sh" captiongrid --workers 0 --name alone "${SETTINGS[@]}" \
    "transport.listen=$LEARNER_ADDRESS:0" >alone.out 2>&1 || status=$?
  [[ $status -ne 0 && $status -ne 124 ]]
}

test_refusals() {
  local name
  attach stranger --key elsewhere/stranger.secret
  attach confused --key keys/confused.secret
  attach bare
  for name in stranger confused bare; do
    expect_within $BOUND_SECONDS "worker \"$name\" tries" has_line $name.out "^$name-1"
  done
  expect_within $BOUND_SECONDS "the learner logs that it refused a key" has_line "$run/learner.log" '[Rr]efuse'
}

test_attachment() {
  local friend
  attach friend --key keys/friend.secret
  friend=$attached
  expect_within $BOUND_SECONDS "the worker with the right key attaches" has_line "$run/learner.log" 'worker friend joined'
  expect_within $BOUND_SECONDS "and the run trains" has_passed_step "$run" $PROGRESS_STEPS
  # The others came first, and have tried all the while.
  expect "the unknown key was not let in" has_no_line "$run/learner.log" 'stranger-1'
  expect "nor was the worker without a key" has_no_line "$run/learner.log" 'bare-1'
  expect "nor did a worker talk to a learner it does not know" has_no_line "$run/learner.log" 'confused-1'
  kill -TERM "$launcher"
  expect_exit "$launcher" 0 $STOP_BOUND_SECONDS "the run ends"
  expect_exit "$friend" 0 $STOP_BOUND_SECONDS "the worker on the other host is dismissed"
  expect "its trajectories travelled compressed" \
    has_line friend.out 'sent [0-9]+ frames at .* ([2-9]|[0-9]{2,})\.[0-9]+ times compressed'
}

main() {
  case ${1:-} in
    '') require_binary && enter_namespace ;;
    --inside) ;;
    -h | --help) show_help && exit 0 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
  scratch=$(mktemp -d)
  export TENGU_RUNS=$scratch/runs TENGU_BINARY=$BINARY
  run=$TENGU_RUNS/$NAME
  launcher='' second_host='' attached='' attachments=()
  trap clean_up EXIT
  connect_hosts
  make_keys
  start_learner
  test_refusals
  test_attachment
  report_checks
}

main "$@"
