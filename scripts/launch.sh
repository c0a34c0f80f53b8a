#!/usr/bin/env bash
# Starts a run on this machine: one learner, workers and an annotator, and keeps them running until the run is over.
# Sets the machine up first where something is missing. Ctrl-C (or TERM) ends the run with a checkpoint; a second one
# ends it at once. The exit status is the learner's.
#
# Usage: scripts/launch.sh [CONFIG] [options] [section.field=value ...]
#
#   CONFIG              a file, or the name of one in cluster/configs (default: nethack-score)
#   --name NAME         name of the run (default: the configuration's name and the time)
#   --workers K         worker processes, each with a thread for every core unless worker.threads says otherwise (1)
#   --annotator KIND    who labels captions: rules, llm, layered, oracle, none (annotator.kind of the configuration).
#                       llm and layered ask a language model; without --llm-url one is started here, of 100 MB
#   --llm-url URL       the language-model server to ask: any that speaks OpenAI's protocol
#   --llm-model M       the model's name there (default: the only one it has)
#   --llm-key-file FILE the key that the server asks for
#   --llm-prompt NAME   prompt to ask with (default: the configuration's; see tengu prompts list)
#   --llm-gguf PATH     start the server here with this model instead of the small one
#   --steps N           environment steps after which the run ends (default: run.steps of the configuration)
#   --resume WHAT       auto: go on from the newest checkpoint of the run NAME (without a name: of the newest run), with
#                       that run's own configuration unless CONFIG is given; never: start afresh; PATH: a checkpoint
#   --key FILE          the learner's secret key; needed to listen on more than this machine. A key for the local
#                       workers, local.secret, is made beside it when there is none
#   --allow PATH        public keys that may attach: a file or a folder (default: the folder of --key)
#   --detach            return once the run is going; see it with scripts/logs.sh, end it with scripts/stop.sh
#   --help              this text
#
# Examples: scripts/launch.sh
#           scripts/launch.sh captiongrid --steps 500000 learner.learning_rate=1e-3
#           scripts/launch.sh --annotator llm
#           scripts/launch.sh --annotator layered --llm-url http://gpu-box:8000 --llm-model Qwen/Qwen2.5-7B-Instruct
#           scripts/launch.sh --key keys/learner.secret transport.listen=0.0.0.0:5555
#
# Environment: TENGU_RUNS names another folder than runs/ for the run directories.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/peers.sh
source "$ROOT/scripts/lib/peers.sh"
# shellcheck source=scripts/lib/llm.sh
source "$ROOT/scripts/lib/llm.sh"

PATIENCE_SECONDS=10

config='' name='' workers=1 steps='' resume='' key='' allow='' detach=false supervisor=false
llm_url='' llm_model='' llm_key_file='' llm_prompt='' llm_gguf=''
overrides=()

parse() {
  while [[ $# -gt 0 ]]; do
    case $1 in
      --name) name=$(option_value "$@"); shift ;;
      --workers) workers=$(option_value "$@"); shift; require_count --workers "$workers" 0 ;;
      --annotator) overrides+=("annotator.kind=$(option_value "$@")"); shift ;;
      --llm-url) llm_url=$(option_value "$@"); shift ;;
      --llm-model) llm_model=$(option_value "$@"); shift ;;
      --llm-key-file) llm_key_file=$(option_value "$@"); shift ;;
      --llm-prompt) llm_prompt=$(option_value "$@"); shift ;;
      --llm-gguf) llm_gguf=$(option_value "$@"); shift ;;
      --steps) steps=$(option_value "$@"); shift ;;
      --resume) resume=$(option_value "$@"); shift ;;
      --key) key=$(option_value "$@"); shift ;;
      --allow) allow=$(option_value "$@"); shift ;;
      --detach) detach=true ;;
      --supervisor) supervisor=true ;; # what --detach calls itself with
      -h | --help) show_help && exit 0 ;;
      -*) usage_error "unknown option \"$1\"" ;;
      *=*) overrides+=("$1") ;;
      *)
        [[ -z $config ]] || usage_error "two configurations: \"$config\" and \"$1\""
        config=$1
        ;;
    esac
    shift
  done
}

# Fills in what the command line left open, and makes every path absolute.
complete_options() {
  if [[ $resume == auto && -z $name ]]; then name=$(basename "$(run_directory "")"); fi
  case $resume in
    '' | auto | never) ;;
    *) resume=$(absolute "$resume") ;;
  esac
  if [[ $resume == auto && -z $config && -f $RUNS_DIRECTORY/$name/config.toml ]]; then
    config=$RUNS_DIRECTORY/$name/config.toml
  fi
  config=$(configuration_file "${config:-nethack-score}")
  [[ -n $name ]] || name=$(basename "$config" .toml)-$(date +%Y%m%d-%H%M%S)
  if [[ -n $key ]]; then
    key=$(absolute "$key")
    allow=$(absolute "${allow:-$(dirname "$key")}")
  elif [[ -n $allow ]]; then
    usage_error "--allow needs --key: without a key of its own the learner cannot tell its peers apart"
  fi
  if [[ -n $llm_key_file ]]; then llm_key_file=$(absolute "$llm_key_file"); fi
  if [[ -n $llm_gguf ]]; then
    [[ -z $llm_url ]] || usage_error "--llm-gguf starts a server here and --llm-url names another; give one of them"
    llm_gguf=$(absolute "$llm_gguf")
    [[ -r $llm_gguf ]] || fail "cannot read the model $llm_gguf"
  fi
  run=$RUNS_DIRECTORY/$name
}

# A configuration may be given as a path, or by its name in cluster/configs.
configuration_file() {
  local candidate
  for candidate in "$(absolute "$1")" "$ROOT/cluster/configs/$1.toml" "$ROOT/cluster/configs/$1"; do
    if [[ -f $candidate ]]; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  fail "there is no configuration \"$1\"; in cluster/configs: $(cd cluster/configs 2>/dev/null && echo *.toml)"
}

# Asks tengu for the resolved configuration: mistakes in it are reported here, before anything runs.
resolve() {
  local resolved
  learner_options=(--config "$config" --name "$name" --runs "$RUNS_DIRECTORY")
  if [[ -n $key ]]; then learner_options+=(--key "$key" --allow "$allow"); fi
  resolved=$("$BINARY" learner --dry-run "${learner_options[@]}" "${overrides[@]}")
  task=$(toml_value "$resolved" environment.task)
  annotator=$(toml_value "$resolved" annotator.kind)
  llm_servers=$(toml_value "$resolved" language_model.servers)
  if ! asks_model && [[ -n $llm_url$llm_model$llm_key_file$llm_prompt$llm_gguf ]]; then
    fail "the run's annotator is \"$annotator\", which asks no language model; add --annotator llm or layered"
  fi
  if [[ -n $resume ]]; then learner_options+=(--resume "$resume"); fi
  if [[ -n $steps ]]; then learner_options+=(--steps "$steps"); fi
}

asks_model() { [[ $annotator == llm || $annotator == layered ]]; }

# Whether this script is to start a language model.
starts_model() { asks_model && [[ -z $llm_url && -z $llm_servers ]]; }

prepare() {
  scripts/setup.sh --no-nethack
  resolve
  if starts_model; then
    scripts/serve-llm.sh --fetch ${llm_gguf:+--model "$llm_gguf"}
  fi
  if [[ $task == NetHack* ]]; then scripts/setup.sh --no-build; fi
  if learner=$(learner_pid "$run"); then
    fail "run $name is going already (pid $learner); choose another --name, or end it with scripts/stop.sh $name"
  fi
  # The file would name the address of an earlier learner.
  rm -f "$run/endpoint"
  if [[ -n $key ]]; then make_local_key; fi
}

# The local workers attach like any other: with a key that the learner knows.
make_local_key() {
  local directory
  directory=$(dirname "$key")
  local_key=$directory/local.secret
  if [[ -f $local_key ]]; then return; fi
  [[ -d $allow ]] || fail "the local workers need a key: tengu keys new local, and add local.public to $allow"
  say "making a key for the workers of this machine: $local_key"
  "$BINARY" keys new local --directory "$directory" --learner "${key%.secret}.public" >&2
  [[ $allow -ef $directory ]] || cp "$directory/local.public" "$allow/"
}

# A line for the launcher's own log, which is in the run directory. No child process makes it: Ctrl-C would kill the
# child, and with it the line.
note() {
  local line
  TZ=UTC printf -v line '%(%Y-%m-%dT%H:%M:%SZ)T %s' -1 "$*"
  if $supervisor; then say "$line"; else printf '%s\n' "$line" >>"$run/launch.log"; fi
}

run_goes_on() { is_alive "$learner"; }

learner_process() {
  # Detached there is nobody to read the learner's lines, and learner.log has the same ones.
  if $supervisor; then exec >/dev/null; fi
  run_tengu learner "${learner_options[@]}" "${overrides[@]}"
}

start_learner() {
  say "starting the learner of run $name ($task)"
  learner_process &
  learner=$!
}

has_bound() { [[ -s $run/endpoint ]]; }
has_bound_or_ended() { has_bound || is_gone "$learner"; }

await_endpoint() {
  until wait_until "$PATIENCE_SECONDS" has_bound_or_ended; do
    $stopping && return
    say "still waiting for the learner to bind its address and write $run/endpoint"
  done
  if has_bound; then read -r endpoint <"$run/endpoint"; fi
}

# peer_process LOG ROLE OPTION...: what a peer writes, the last words of a crash too, goes to one file.
peer_process() {
  local log=$1
  shift
  run_tengu "$@" >>"$log" 2>&1
}

start_peers() {
  local number options
  # A learner that listens everywhere is reached from here over loopback.
  options=(--connect "${endpoint/#0.0.0.0:/127.0.0.1:}")
  if [[ -n $key ]]; then options+=(--key "$local_key"); fi
  for ((number = 1; number <= workers; number++)); do
    start_peer "$run/worker-$number.pid" failure "worker-$number" \
      peer_process "$run/worker-$number.log" worker "${options[@]}" --name "worker-$number" \
      --nethack "$NETHACK_DIRECTORY"
  done
  note "learner $learner on $endpoint; $workers local worker(s), annotator: $annotator"
  case $endpoint in
    0.0.0.0:*) say "more workers may attach: scripts/attach.sh $HOSTNAME:${endpoint#*:} --key FILE" ;;
    *) say "more workers may attach: scripts/attach.sh $endpoint${key:+ --key FILE}" ;;
  esac
  if [[ $annotator != none ]]; then start_annotator "${options[@]}"; fi
}

# Training does not wait for the model: the workers play already.
start_annotator() {
  local options=("$@")
  if starts_model; then
    if ! start_llm "$run" ${llm_gguf:+--model "$llm_gguf"}; then
      say "the run goes on without an annotator; attach one with: scripts/attach.sh $endpoint --role annotator --llm-url URL"
      return
    fi
    note "language model $LLM_MODEL at $LLM_URL"
    llm_url=$LLM_URL llm_model=$LLM_MODEL
    # The small model answers questions badly and continues examples well.
    if [[ -z $llm_prompt && -z $llm_gguf ]]; then llm_prompt=few-shot; fi
  fi
  if [[ -n $llm_url ]]; then options+=(--llm-url "$llm_url"); fi
  if [[ -n $llm_model ]]; then options+=(--llm-model "$llm_model"); fi
  if [[ -n $llm_key_file ]]; then options+=(--llm-key-file "$llm_key_file"); fi
  if [[ -n $llm_prompt ]]; then options+=(--llm-prompt "$llm_prompt"); fi
  start_peer "$run/annotator.pid" failure annotator \
    peer_process "$run/annotator.log" annotator "${options[@]}" --name annotator
}

# The first signal asks the learner to end the run; the second does not ask.
stop() {
  if $stopping; then
    kill -KILL "$learner" 2>/dev/null || true
    return
  fi
  stopping=true
  kill -TERM "$learner" 2>/dev/null || true
  say ""
  say "stopping: the learner writes a checkpoint and tells its peers to stop (once more to end it at once)"
}

learner_is_gone() { is_gone "$learner"; }

# Waits for the learner; its exit status becomes learner_status.
await_learner() {
  while ! $stopping && is_alive "$learner"; do wait "$learner" 2>/dev/null || true; done
  if $stopping && ! wait_until "$STOP_SECONDS" learner_is_gone; then
    say "the learner did not end within $STOP_SECONDS s; killing it"
    kill -KILL "$learner" 2>/dev/null || true
  fi
  reap "$learner"
  learner_status=$REAPED_STATUS
}

# Peers that the learner said goodbye to end by themselves; those of a learner that failed have heard nothing.
end_peers() {
  stop_llm
  if [[ ${#SUPERVISORS[@]} -eq 0 ]]; then return; fi
  if [[ $learner_status -eq 0 ]] && wait_until "$STOP_SECONDS" peers_are_gone; then return; fi
  stop_peers
}

report_end() {
  note "the learner ended with status $learner_status"
  if $supervisor; then return; fi
  [[ $learner_status -eq 0 ]] || say "the learner ended with status $learner_status"
  if $stopping || [[ $learner_status -ne 0 ]]; then say "go on with: scripts/launch.sh --name $name --resume auto"; fi
}

supervise_run() {
  stopping=false learner_status=0 endpoint=''
  # Ctrl-C also reaches the commands that this script runs, and a `sleep` that died of it is no reason to leave the run
  # alone: from here on only the end of the learner ends the script.
  set +e
  trap stop INT TERM HUP
  start_learner
  await_endpoint
  if [[ -n $endpoint ]] && ! $stopping; then start_peers; fi
  await_learner
  end_peers
  # A learner that never bound its address has said why, and a run that is not ours keeps its log.
  if [[ -n $endpoint ]]; then report_end; fi
  exit "$learner_status"
}

# Starts this script again in a session of its own, and returns when the run is going or has failed.
detach_run() {
  local log=$run/launch.log written=0
  # The learner alone makes run directories. Until this one exists the log lies beside it; moving it keeps it open.
  [[ -d $run ]] || log=$RUNS_DIRECTORY/.$name.launch.log
  mkdir -p "$RUNS_DIRECTORY"
  [[ ! -f $log ]] || written=$(stat -c %s "$log")
  (cd "$INVOKED_FROM" && exec setsid "$ROOT/scripts/launch.sh" "$@" --name "$name" --supervisor) \
    </dev/null >>"$log" 2>&1 &
  learner=$!
  until wait_until "$PATIENCE_SECONDS" has_bound_or_ended; do
    say "still waiting for the learner to bind its address"
  done
  if ! has_bound; then
    reap "$learner"
    tail -c "+$((written + 1))" "$log" >&2
    [[ $log -ef $run/launch.log ]] || rm -f "$log"
    exit "$REAPED_STATUS"
  fi
  [[ $log -ef $run/launch.log ]] || mv "$log" "$run/launch.log"
  say "run $name is going; its learner listens on $(<"$run/endpoint")"
  say "  scripts/logs.sh -f --run $name"
  say "  scripts/status.sh $name${key:+ --key $local_key}"
  say "  scripts/stop.sh $name"
}

main() {
  parse "$@"
  complete_options
  prepare
  if $detach && ! $supervisor; then
    detach_run "$@"
  else
    supervise_run
  fi
}

main "$@"
