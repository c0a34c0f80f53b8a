#!/usr/bin/env bash
# Starts a relay on this machine: workers that are far from their learner connect to it, and every policy and caption travels
# the long way once. Sets the machine up first if something is missing. Ctrl-C ends it; its workers wait for the next one.
#
# Usage: scripts/relay.sh HOST:PORT [options]
#
#   HOST:PORT          where the learner listens
#   --key FILE         this relay's secret key for the learner; needed unless the learner is on this machine
#   --listen ADDRESS   where the workers connect (127.0.0.1 and a free port)
#   --serve-key FILE   the secret key that workers know this relay by, as a learner's; needed beyond this machine
#   --allow PATH       folder or file of the public keys of the workers that may connect
#   --python PATH      the interpreter for tasks in Python
#   --name NAME        what the learner calls this relay (default: its host name)
#   --log FILE         write the log to this file instead of the terminal
#   --no-nethack       do not fetch the game; for runs of CaptionGrid or Corridor
#   --help             this text
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

main() {
  local setup=() options=() game=(--nethack "$NETHACK_DIRECTORY") word name=1
  if asks_for_help "$@"; then show_help && exit 0; fi
  [[ $# -gt 0 && $1 != -* ]] || usage_error "where does the learner listen?"
  options=(--connect "$1")
  shift
  for word in "$@"; do
    case $word in
      --no-nethack) setup=(--no-nethack) game=() ;;
      --name | --name=*) name=0 && options+=("$word") ;;
      *) options+=("$word") ;;
    esac
  done
  if [[ $name -eq 1 ]]; then options+=(--name "$(hostname)"); fi
  scripts/setup.sh "${setup[@]}"
  exec_tengu relay "${game[@]}" "${options[@]}"
}

main "$@"
