#!/usr/bin/env bash
# Attaches this machine to a learner: starts workers (or annotators) that connect to its address, and shows what they
# log, each line after the peer's name. They may come and go at any time. Ctrl-C ends them, and so does the learner when
# the run is over. Sets the machine up first if something is missing. The exit status is the first one of a peer that is
# not 0.
#
# Usage: scripts/attach.sh HOST:PORT [options]
#
#   HOST:PORT           where the learner listens; of several learners of a run all addresses with commas between them
#   --key FILE          this machine's secret key; needed unless the learner is on this machine
#   --workers K         processes to start (1)
#   --role ROLE         worker or annotator (worker)
#   --llm-url URL, --llm-file FILE, --llm-model M, --llm-key-file FILE, --llm-prompt NAME
#                       for an annotator: the language model to ask; servers and keys never come from the learner
#   --threads N         rollout threads of each worker (default: the run's configuration)
#   --python PATH       the interpreter for tasks in Python; without it, only a learner on this machine may name one
#   --name NAME         what the learner calls this machine (default: its host name); peers are NAME-1, NAME-2, ...
#   --no-nethack        do not fetch the game; for runs of CaptionGrid or Corridor
#   --help              this text
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

main() {
  local setup=() options=() previous='' word
  if asks_for_help "$@"; then show_help && exit 0; fi
  for word in "$@"; do
    if [[ $word == --no-nethack ]]; then setup=(--no-nethack); else options+=("$word"); fi
    # An annotator plays nothing.
    if [[ "$previous $word" == "--role annotator" || $word == --role=annotator ]]; then setup=(--no-nethack); fi
    previous=$word
  done
  scripts/setup.sh "${setup[@]}"
  exec_tengu attach "${options[@]}"
}

main "$@"
