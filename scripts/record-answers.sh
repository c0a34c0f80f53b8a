#!/usr/bin/env bash
# Records a language model's answers to the questions of `tengu-bench judges`, which judges the annotator's methods by them.
# Serves the model on this machine with one thread, at low priority. A recording can be stopped and continued: what is in the
# file is not asked again. With a changed prompt or changed messages, only what changed is asked.
#
# Usage: scripts/record-answers.sh FILE [options]
#
#   FILE            the recording, such as cluster/recordings/smollm2-135m.answers; made if it does not exist
#   --model GGUF    the model to serve (default: that of scripts/serve-llm.sh)
#   --server URL    ask this server instead of starting one
#   --name NAME     name of the model in a new recording (default: the file's name)
#   --help          this text
#
# Time on an idle core: 5 minutes for SmolLM2-135M, 20 for a model of 0.5 billion weights.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

BENCH_BINARY=$(absolute "${TENGU_BENCH_BINARY:-$ROOT/.build/release/tengu-bench}")
# Seconds until a model is fetched and loaded.
START_SECONDS=600

server_process=''
scratch=''

end() {
  if [[ -n $server_process ]]; then kill "$server_process" 2>/dev/null || true; fi
  if [[ -n $scratch ]]; then rm -rf "$scratch"; fi
}

# Starts a server and sets `url`.
serve() {
  local model=$1 options=()
  scratch=$(mktemp -d)
  [[ -z $model ]] || options=(--model "$model")
  nice -n 10 scripts/serve-llm.sh --port 0 --threads 1 --ready-file "$scratch/ready" "${options[@]}" >/dev/null &
  server_process=$!
  wait_until "$START_SECONDS" test -s "$scratch/ready" || fail "the model did not start within $START_SECONDS s"
  read -r url _ <"$scratch/ready"
}

main() {
  local file='' model='' url='' name=''
  while [[ $# -gt 0 ]]; do
    case $1 in
      --model) model=$(absolute "$(option_value "$@")") && shift ;;
      --server) url=$(option_value "$@") && shift ;;
      --name) name=$(option_value "$@") && shift ;;
      -h | --help) show_help && exit 0 ;;
      -*) usage_error "unknown option \"$1\"" ;;
      *)
        [[ -z $file ]] || usage_error "one recording at a time, not \"$1\" as well"
        file=$(absolute "$1")
        ;;
    esac
    shift
  done
  [[ -n $file ]] || usage_error "name the recording"
  [[ -n $name ]] || name=$(basename "$file" .answers)
  [[ -x $BENCH_BINARY ]] || fail "there is no $BENCH_BINARY; build it with: swift build -c release --product tengu-bench"
  trap end EXIT
  [[ -n $url ]] || serve "$model"
  nice -n 10 "$BENCH_BINARY" judges --record "$url" --file "$file" --model "$name"
}

main "$@"
