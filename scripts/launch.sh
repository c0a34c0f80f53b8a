#!/usr/bin/env bash
# Starts a run on this machine: one learner, workers and an annotator, and keeps them running until the run is over.
# Sets the machine up first if something is missing. Ctrl-C (or SIGTERM) ends the run with a checkpoint; a second signal,
# at least two seconds later, kills the learner. The exit status is the learner's.
#
# Usage: scripts/launch.sh [CONFIG] [options] [section.field=value ...]
#
#   CONFIG              a file, or the name of one in cluster/configs (default: nethack-score)
#   --name NAME         name of the run (default: the configuration's name and the time)
#   --workers K         worker processes, each with a thread for every usable core unless worker.threads says
#                       otherwise (1)
#   --learners K        learner processes that share every update, under mpirun; each has its own workers (1)
#   --hosts FILE        start workers and annotators on other machines too, over ssh; each line is a host and what runs
#                       there, such as "mars workers=2 threads=8" (docs/clusters.md). Needs --key
#   --annotator KIND    who labels captions: rules, llm, layered, oracle, random, none (annotator.kind of the
#                       configuration). llm and layered ask a language model; without --llm-url and --llm-file a small
#                       one, of 100 MB, is served on this machine
#   --llm-url URL       the language-model server to ask: any that speaks OpenAI's protocol
#   --llm-file FILE     a model's GGUF file, which the annotator evaluates in its own process, on one core
#   --llm-model M       the model's name there (default: the only one it has)
#   --llm-key-file FILE the key that the server asks for
#   --llm-prompt NAME   prompt to ask with (default: the configuration's; see tengu prompts list)
#   --llm-gguf FILE     serve this model on this machine instead of the small one
#   --llm-later         start although no server can be used yet; the annotator keeps trying
#   --steps N           environment steps after which the run ends (default: run.steps of the configuration)
#   --resume WHAT       auto: continue from the newest checkpoint of the run NAME (without --name: of the newest run),
#                       with that run's own configuration and options unless others are given; best: from its best checkpoint;
#                       fresh: begin that run again at step 0 and keep its labels; never: start a new run; or the path
#                       of a checkpoint
#   --key FILE          the learner's secret key; needed to listen beyond this machine. local.secret, a key for the
#                       local workers, is made in the same folder if it is missing
#   --allow PATH        public keys that may attach: a file or a folder (default: the folder of --key)
#   --dashboard [PORT]  serve a web page of the run on this machine, and print its address
#   --detach            return once the run is going; scripts/logs.sh shows its logs, scripts/stop.sh ends it
#   --help              this text
#
# Examples: scripts/launch.sh
#           scripts/launch.sh captiongrid --steps 500000 learner.learning_rate=1e-3
#           scripts/launch.sh --annotator llm
#           scripts/launch.sh --annotator layered --llm-url http://gpu-box:8000 --llm-model Qwen/Qwen2.5-7B-Instruct
#           scripts/launch.sh --key keys/learner.secret transport.listen=0.0.0.0:5555
#
# Environment: TENGU_RUNS names a folder for the run directories (default: runs).
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

main() {
  if asks_for_help "$@"; then show_help && exit 0; fi
  scripts/setup.sh --no-nethack
  # Mistakes in the options and the configuration end the script here, before anything is fetched.
  if [[ $(tengu launch --missing "$@") == *nethack* ]]; then scripts/setup.sh --no-build; fi
  exec_tengu launch "$@"
}

main "$@"
