#!/usr/bin/env bash
# Mistakes of users and missing parts of machines, with the real program: each gives one clear line and the right exit
# status, and leaves no half-written files.
#
# Usage: scripts/test-mistakes.sh [--help]
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

expect_no_arguments "$@"

BOUND_SECONDS=60
# Ends a program that should have ended; its status is then 124, which no check expects.
LIMIT=(timeout 30)
ENDLESS_STEPS=100000000000
LAUNCH=("${LIMIT[@]}" "$ROOT/scripts/launch.sh")
TENGU=("${LIMIT[@]}" "$BINARY")

scratch=$(mktemp -d)
export TENGU_RUNS=$scratch/runs TENGU_BINARY=$BINARY
going='' peer=''
cd "$scratch"

clean_up() {
  end_process "$peer"
  end_process "$going"
  rm -rf "$scratch"
}
trap clean_up EXIT

# Marks of a crash, and of an error that a library wrote for programmers.
RAW_ERROR='Fatal error|Stack dump|\*\*\* |NSCocoaErrorDomain|NSPOSIXErrorDomain|DecodingError|EncodingError|UserInfo'
RAW_ERROR+='|Error Domain|Swift\.|line [0-9]+: .*(syntax error|unbound variable|No such file)|^tail: |^grep: '

# says PATTERN: whether the output of the last command matches and is no raw error.
says() { grep -Eq -- "$1" <<<"$LAST_OUTPUT" && is_plain; }
is_plain() { ! grep -Eq -- "$RAW_ERROR" <<<"$LAST_OUTPUT"; }

has_no_runs() { [[ -z $(ls -A "$TENGU_RUNS" 2>/dev/null) ]]; }

test_usage() {
  expect_status 0 "a bare tengu" "${TENGU[@]}"
  expect "prints its help" says 'USAGE: tengu'
  expect_status 64 "an unknown command" "${TENGU[@]}" lerner
  expect "is named" says '"lerner" is neither a command'
  expect_status 64 "an unknown option" "${TENGU[@]}" learner --bogus
  expect_status 64 "an unknown option of a script" "${LAUNCH[@]}" --bogus
  expect "is answered with the usage of the script" says 'Usage: scripts/launch.sh '
  expect_status 64 "a worker without an address" "${TENGU[@]}" worker
  expect_status 64 "an address without a port" "${TENGU[@]}" worker --connect somewhere
  expect "is named" says '"somewhere" is not an endpoint'
  expect_status 64 "another machine without a key" "${TENGU[@]}" worker --connect 192.0.2.1:5555
  expect "is refused with that reason" says 'needs keys'
}

test_configuration() {
  printf '[run]\nseed = 2\n[learner]\nlearning_rte = 1e-3\n' >typing.toml
  expect_status 64 "a misspelt field" "${LAUNCH[@]}" typing.toml
  expect "is named with its line and the nearest field" says 'typing.toml:4: .*"learner.learning_rate"'
  printf '[learner\n' >broken.toml
  expect_status 64 "a file that is not TOML" "${LAUNCH[@]}" broken.toml
  expect "is named with its line" says 'broken.toml:1: '
  expect_status 64 "an unknown task" "${LAUNCH[@]}" captiongrid environment.task=CaptionGird
  expect "is named, and the known ones" says 'unknown task "CaptionGird"; known tasks: .*CaptionGrid'
  expect_status 64 "a value out of range" "${LAUNCH[@]}" captiongrid learner.discount=2
  expect_status 64 "a name that is a path" "${LAUNCH[@]}" captiongrid --name a/b
  expect_status 64 "an open address without keys" "${LAUNCH[@]}" captiongrid transport.listen=0.0.0.0:0
  expect_status 1 "a checkpoint that does not exist" "${LAUNCH[@]}" captiongrid --resume nowhere
  expect_status 64 "a configuration that does not exist" "${LAUNCH[@]}" nowhere
  expect "is named, and the known ones" says 'there is no configuration "nowhere"; in cluster/configs: captiongrid.toml'
  expect_status 1 "serial without the game" "${TENGU[@]}" serial --runs "$TENGU_RUNS" --name lost --nethack /nonexistent
  expect "explains how to get it" says '/nonexistent/libnethack.so is missing; run scripts/setup.sh'
  expect "none of them left a run directory" has_no_runs
}

# Whatever is ignored is refused.
test_values_without_effect() {
  local hero
  for hero in foo zzz-hum-neu-mal mon-gno-law-fem mon-hum-neu; do
    expect_status 64 "the hero $hero" "${TENGU[@]}" learner --dry-run "environment.character=$hero"
    expect "is refused with the reason" says "character \"$hero\": .*; a hero is role-race-alignment-gender"
  done
  expect_status 0 "a hero of NetHack" "${TENGU[@]}" learner --dry-run environment.character=val-dwa-law-fem
  expect_status 64 "a hero in a world without heroes" "${LAUNCH[@]}" captiongrid environment.character=@
  expect "has no effect" says '"environment.character" = "@" has no effect with "environment.task" = "CaptionGrid"'
  expect_status 64 "a field of another reward model" "${LAUNCH[@]}" captiongrid reward.rnd_width=8
  expect "the message names what it needs" says 'no effect in this run: it needs "reward.model" = "rnd"'
  expect_status 64 "keys of a run that listens nowhere" "${TENGU[@]}" serial --key some.secret
  expect_status 64 "the game of a learner" "${TENGU[@]}" learner --nethack somewhere
  expect_status 64 "a prompt that does not exist" "${LAUNCH[@]}" captiongrid annotator.kind=llm language_model.prompt=good
  expect "is named, and the known ones" says 'prompt good: not one of default, few-shot'
  expect_status 64 "a goal that does not exist" "${LAUNCH[@]}" captiongrid annotator.kind=llm language_model.goal=glod
}

# An annotator that cannot work is found before the run starts.
test_language_model() {
  local model=("${LAUNCH[@]}" captiongrid --annotator llm)
  expect_status 64 "an address without a scheme" "${model[@]}" --llm-url gpu-box:8000
  expect "is named" says '"gpu-box:8000" is no address'
  expect_status 64 "an address with a password" "${model[@]}" --llm-url http://me:hush@gpu-box:8000
  expect "is refused with the next step" says 'with --llm-key-file'
  expect "without showing it" test "${LAST_OUTPUT/hush/}" = "$LAST_OUTPUT"
  expect_status 64 "a key file that does not exist" "${model[@]}" --llm-url http://127.0.0.1:9 --llm-key-file nowhere.key
  expect "is named" says 'nowhere.key.*No such file'
  printf 'sk-1\n' >open.key && chmod 644 open.key
  expect_status 64 "a key file that others can read" "${model[@]}" --llm-url http://127.0.0.1:9 --llm-key-file open.key
  expect "is named with the next step" says 'chmod 600'
  expect_status 69 "a server that does not answer" "${model[@]}" --llm-url http://127.0.0.1:9
  expect "is named with the next step" says 'no language-model server can be used.* http://127.0.0.1:9: .*--llm-later'
  expect "none of them left a run directory" has_no_runs
}

# try_file WHAT FILE STATUS COMMAND...: COMMAND, which reads FILE, ends with one plain line.
try_file() {
  local what=$1 expected=$2 status=0
  shift 2
  LAST_OUTPUT=$("$@" 2>&1) || status=$?
  if [[ $status =~ ^($expected)$ ]] && is_plain; then
    passed "$what"
  else
    failed "$what (ended with status $status)"
    printf '%s\n' "$LAST_OUTPUT" | sed 's/^/      | /'
  fi
}

# Prints the words before a command that must not read closed files: none for an ordinary user, another user for the
# superuser, who may read everything. Fails if that other user cannot run the program.
as_other_user() {
  local other=(setpriv --reuid 65534 --clear-groups)
  if [[ $EUID -ne 0 ]]; then return; fi
  chmod 711 "$scratch"
  "${other[@]}" "$BINARY" --version >/dev/null 2>&1 && echo "${other[@]}"
}

# Files of every command that are missing, folders, empty, of another kind, or not for this user's eyes.
test_files() {
  local file files=(missing folder empty garbage) other
  mkdir -p folder locked && : >empty && head -c 4096 /dev/urandom >garbage && : >closed && chmod 000 closed locked
  for file in "${files[@]}"; do try_commands "$file" "${TENGU[@]}"; done
  if other=$(as_other_user); then
    read -ra other <<<"$other"
    for file in closed locked; do try_commands "$file" "${other[@]}" "${TENGU[@]}"; done
  fi
}

# try_commands FILE TENGU...: commands that read FILE.
try_commands() {
  local file=$1 kind="a file that is $1" tengu
  shift
  tengu=("$@")
  if [[ $file != empty ]]; then
    try_file "$kind as configuration" 64 "${tengu[@]}" learner --dry-run --config "$file"
  fi
  try_file "$kind as messages" 1 "${tengu[@]}" annotate eval "$file"
  try_file "$kind as prompt" 64 "${tengu[@]}" prompts show "./$file"
  try_file "$kind as labels to import" '0|1|64' "${tengu[@]}" labels import new.sqlite "$file"
  try_file "$kind as run that gets labels" '1|64' "${tengu[@]}" labels import "$file" "$ROOT/README.md"
  try_file "$kind as run of labels" '0|1|64' "${tengu[@]}" labels stats "$file"
  try_file "$kind as run of rewards" 1 "${tengu[@]}" rewards top "$file"
  try_file "$kind as run to evaluate" '1|64' "${tengu[@]}" eval "$file"
  try_file "$kind as episode" '1|64' "${tengu[@]}" replay show "$file"
  try_file "$kind as experiment" '1|64' "${tengu[@]}" experiment run "./$file"
  try_file "$kind as run with a status" '1|64' "${tengu[@]}" status "$file"
  try_file "$kind as folder of keys" '0|1' "${tengu[@]}" keys list --directory "$file"
  try_file "$kind as public key of the learner" 1 "${tengu[@]}" keys new other --role worker --directory other \
    --learner "$file"
  try_file "$kind as secret key" '1|64' "${tengu[@]}" worker --connect 192.0.2.1:5555 --key "$file"
  try_file "$kind as checkpoint" '1|64' "${tengu[@]}" serial --config "$ROOT/cluster/configs/captiongrid.toml" \
    --runs "$TENGU_RUNS" --name from --resume "./$file"
  try_file "$kind as run with a principle" '1|64' "${tengu[@]}" principle "$file" "Judge by gold."
  try_file "$kind as run to stop" '0|1|64' "$ROOT/scripts/stop.sh" "$file"
  try_file "$kind as run with logs" 1 "$ROOT/scripts/logs.sh" --run "$file"
  try_file "$kind as run of status.sh" 1 "$ROOT/scripts/status.sh" "$file"
}

test_devices() {
  try_file "a full disk for a report" 1 "${TENGU[@]}" trace --task NetHackScore --seed 1 --steps 1 --out /dev/full
  try_file "lines of a log that are no number" 64 "$ROOT/scripts/logs.sh" -n 08x
}

test_keys() {
  local keys=("${TENGU[@]}" keys)
  expect_status 0 "a learner's key" "${keys[@]}" new learner
  expect_status 64 "a peer's key without a role" "${keys[@]}" new mars
  expect_status 64 "a key that is over already" "${keys[@]}" new mars --role worker --expires 2020-01-01
  expect "is refused with the reason" says 'expires 2020-01-01 is over'
  expect_status 64 "a secret key for a public one" "${keys[@]}" new mars --role worker --learner keys/learner.secret
  expect_status 0 "a peer's key" "${keys[@]}" new mars --role worker
  expect "trusts the learner of its folder" says 'it trusts the learner of keys/learner.public'
  expect "and has the learner's key" has_line keys/mars.secret learner-key
  expect_status 1 "a key whose name is taken" "${keys[@]}" new mars --role worker
  expect_status 1 "the learner's own key" "${keys[@]}" revoke learner
  expect "is not revoked" says 'is the learner.s own key' && test -e keys/learner.public
  expect_status 1 "a key that does not exist" "${keys[@]}" revoke venus
  expect "is named, and the known ones" says 'there are: learner, mars'
  expect_status 0 "a revoked key" "${keys[@]}" revoke mars
  expect "is no longer allowed" test ! -e keys/mars.public
}

test_labelled_messages() {
  expect_status 64 "an evaluation without messages" "${TENGU[@]}" annotate eval
  expect_status 1 "messages that do not exist" "${TENGU[@]}" annotate eval nowhere.tsv
  expect "are named" says 'nowhere.tsv: does not exist'
  printf 'label\tmessage\n1\tYou win!\nyes\tYou lose!\n' >labels.tsv
  expect_status 1 "an invalid label" "${TENGU[@]}" annotate eval labels.tsv
  expect "is named with its line" says 'labels.tsv:3: the label "yes" is not 0 or 1'
  expect_status 64 "a language model without a server" "${TENGU[@]}" annotate eval labels.tsv --annotator llm
  expect "is refused with that reason" says 'needs --llm-url'
  expect_status 0 "the shipped messages" "${TENGU[@]}" annotate eval "$ROOT/cluster/messages/nethack.tsv"
  expect "measure the rules" says '^accuracy +0\.9'
}

# A run that other commands collide with.
test_collisions() {
  local endpoint
  "$ROOT/scripts/launch.sh" captiongrid --workers 0 --name going --steps $ENDLESS_STEPS >going.out 2>&1 &
  going=$!
  WATCHED_PROCESS=$going
  expect_within $BOUND_SECONDS "a run begins" test -s runs/going/endpoint
  endpoint=$(<runs/going/endpoint)
  expect_status 1 "an address in use" "${LAUNCH[@]}" captiongrid --name second "transport.listen=$endpoint"
  expect "is named" says "$endpoint is in use"
  expect "and leaves no run directory" test ! -e runs/second
  expect_status 1 "a run that is in progress" "${LAUNCH[@]}" captiongrid --name going --resume auto
  expect_status 1 "the same for tengu learner" "${TENGU[@]}" learner --runs runs --name going --resume auto
  expect "which is named with its process" says "a learner \(process $(<runs/going/learner.pid)\) is using this run"
  kill -TERM "$going"
  expect_exit "$going" 0 $BOUND_SECONDS "a run without workers ends on TERM"
  expect "and prints how to continue" has_line going.out 'continue with: .*scripts/launch.sh --name going --resume auto'
  expect_status 0 "that line works as it stands, from any folder" \
    bash -c "cd / && $(sed -n 's/^continue with: //p' going.out) --workers 1 --steps 1"
  expect_status 64 "a misspelt run" "${LAUNCH[@]}" --name goin --resume auto
  expect "is not a new one" says 'there is no run "goin" .*did you mean "going"'
  expect_status 64 "the same for tengu learner" "${TENGU[@]}" learner --runs runs --name goin --resume auto
  expect_status 64 "a principle for a run that is not going" "${TENGU[@]}" principle going "Judge by gold."
  expect_status 1 "a name that is taken" "${LAUNCH[@]}" captiongrid --name going
  expect "is named" says 'runs/going: the run exists'
  expect_status 1 "the status of a run that has ended" "$ROOT/scripts/status.sh" going
  expect "is the end of its log" says 'the run (was stopped|is complete)'
}

# Spoils one byte in the middle of file `$1`.
spoil() { printf '\377\000\377\000' | dd of="$1" bs=1 seek=$(($(stat -c %s "$1") / 2)) conv=notrunc status=none; }

test_damaged_checkpoint() {
  local good newest
  expect_status 0 "a run" "${LAUNCH[@]}" captiongrid --name short --steps 4000
  good=$(find runs/short/checkpoints -name 'step-*' | sort | tail -n 1)
  expect_status 0 "is resumed" "${LAUNCH[@]}" --name short --resume auto --steps 9000
  newest=$(find runs/short/checkpoints -name 'step-*' | sort | tail -n 1)
  spoil "$newest/state.safetensors"
  expect_status 0 "and again, with a damaged checkpoint" "${LAUNCH[@]}" --name short --resume auto --steps 14000
  expect "which is reported" says "passed over a damaged checkpoint: .*${newest##*/}.* does not match its SHA-256"
  expect "and the one before it used" says "resumed from .*${good##*/}"
  expect_status 64 "a field that shapes the network cannot change" "${LAUNCH[@]}" --name short --resume auto --steps 20000 \
    network.hidden_size=32
  expect "and is named" says 'network.hidden_size = 32, was 64'
  expect_status 0 "a run that has finished its steps" "${LAUNCH[@]}" --name short --resume auto --steps 9000
  expect "says so" says 'is complete: .* ask for more with --steps'
}

# `head` ends after the first line of the run's output.
first_line() { "${TENGU[@]}" learner --config "$1" --runs runs --name piped | head -n 1; }

test_reader_that_leaves() {
  first_line "$ROOT/cluster/configs/captiongrid.toml" >piped.out &
  going=$!
  WATCHED_PROCESS=''
  expect_within $BOUND_SECONDS "a run whose reader has left" has_line runs/piped/learner.log ' step .*'
  kill -TERM "$(<runs/piped/learner.pid)"
  expect_exit "$going" 0 $BOUND_SECONDS "ends on TERM"
}

test_lonely_worker() {
  "$BINARY" worker --connect 127.0.0.1:9 >worker.out 2>&1 &
  peer=$!
  expect_within $BOUND_SECONDS "a worker without a learner says so" \
    has_line worker.out 'nothing listens at 127.0.0.1:9: start the learner.*; trying again in 0\.[0-9] s'
  expect_within $BOUND_SECONDS "and waits longer each time" has_line worker.out 'trying again in [2-4]\.[0-9] s'
  kill -TERM "$peer"
  expect_exit "$peer" 0 $BOUND_SECONDS "it ends on TERM"
}

require_binary
test_usage
test_configuration
test_values_without_effect
test_language_model
test_files
test_devices
test_keys
test_labelled_messages
test_collisions
test_damaged_checkpoint
test_reader_that_leaves
test_lonely_worker
report_checks
