#!/usr/bin/env bash
# Attaches this machine to a learner: starts workers (or annotators) that connect to its address, and shows what they
# log. They may come and go at any time. Ctrl-C ends them; so does the learner when the run is over. Sets the machine up
# first where something is missing. The exit status is the first one of a peer that is not 0.
#
# Usage: scripts/attach.sh HOST:PORT [options]
#
#   --key FILE       this machine's secret key; needed unless the learner is on this machine
#   --workers K      processes to start (1)
#   --role ROLE      worker or annotator (worker)
#   --llm-url URL, --llm-model M, --llm-key-file FILE, --llm-prompt NAME
#                    of an annotator: the language model to ask, in place of what the run's configuration says
#   --threads N      rollout threads of each worker (default: the run's configuration)
#   --name NAME      what the learner calls this machine (default: its host name); peers are NAME-1, NAME-2, ...
#   --no-nethack     do not fetch the game; for runs of CaptionGrid or Corridor
#   --help           this text
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/peers.sh
source "$ROOT/scripts/lib/peers.sh"

address='' key='' workers=1 role=worker threads='' name='' nethack=true
model_options=()

parse() {
  while [[ $# -gt 0 ]]; do
    case $1 in
      --key) key=$(option_value "$@"); shift ;;
      --workers) workers=$(option_value "$@"); shift; require_count --workers "$workers" 1 ;;
      --role) role=$(option_value "$@"); shift ;;
      --llm-url | --llm-model | --llm-prompt) model_options+=("$1" "$(option_value "$@")"); shift ;;
      --llm-key-file) model_options+=("$1" "$(absolute "$(option_value "$@")")"); shift ;;
      --threads) threads=$(option_value "$@"); shift ;;
      --name) name=$(option_value "$@"); shift ;;
      --no-nethack) nethack=false ;;
      -h | --help) show_help && exit 0 ;;
      -*) usage_error "unknown option \"$1\"" ;;
      *)
        [[ -z $address ]] || usage_error "two addresses: \"$address\" and \"$1\""
        address=$1
        ;;
    esac
    shift
  done
  [[ $address =~ .:[0-9]+$ ]] || usage_error "the learner's address is HOST:PORT, not \"$address\""
  [[ $role == worker || $role == annotator ]] || usage_error "a role is worker or annotator, not \"$role\""
  [[ $role == annotator || ${#model_options[@]} -eq 0 ]] || usage_error "a worker asks no language model; add --role annotator"
  name=${name:-$(hostname)}
}

prepare() {
  local options=()
  if ! $nethack || [[ $role != worker ]]; then options+=(--no-nethack); fi
  scripts/setup.sh "${options[@]}"
  peer_options=(--connect "$address")
  if [[ -n $key ]]; then
    key=$(absolute "$key")
    [[ -r $key ]] || fail "cannot read the key $key"
    peer_options+=(--key "$key")
  fi
  if [[ $role == worker ]]; then
    peer_options+=(--nethack "$NETHACK_DIRECTORY")
    if [[ -n $threads ]]; then peer_options+=(--threads "$threads"); fi
  else
    peer_options+=("${model_options[@]}")
  fi
}

note() { say "$*"; }

# Only the learner knows whether the run goes on, and the peer asks it again after each start.
run_goes_on() { true; }

# Each line with the name of its peer in front.
peer_process() {
  local peer=$1
  shift
  exec > >(exec sed -u "s/^/$peer | /" >&2) 2>&1
  run_tengu "$role" "$@" --name "$peer"
}

start_peers() {
  local number
  for ((number = 1; number <= workers; number++)); do
    # A peer that the learner refused would be refused again; one that crashed is started again.
    start_peer "$scratch/$name-$number.pid" crash "$name-$number" peer_process "$name-$number" "${peer_options[@]}"
  done
}

stop() {
  if $stopping; then return; fi
  stopping=true
  say "stopping $workers $role(s)"
}

await_peers() {
  local supervisor
  while ! $stopping && ! peers_are_gone; do
    for supervisor in "${SUPERVISORS[@]}"; do
      if ! $stopping; then wait "$supervisor" 2>/dev/null || true; fi
    done
  done
  if $stopping; then stop_peers; fi
  status=0
  for supervisor in "${SUPERVISORS[@]}"; do
    reap "$supervisor"
    [[ $status -ne 0 ]] || status=$REAPED_STATUS
  done
}

main() {
  parse "$@"
  prepare
  stopping=false
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  trap stop INT TERM HUP
  start_peers
  await_peers
  exit "$status"
}

main "$@"
