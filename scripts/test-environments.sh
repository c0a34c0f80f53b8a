#!/usr/bin/env bash
# Python's side of Tengu, with real processes: the tests of the environment server and of the module that reads runs and
# plays policies, a serial run and its evaluation and replay, a cluster whose servers are killed and stopped, and mistakes.
#
# Usage: scripts/test-environments.sh [--help]
#
# Installs pyzmq, numpy and gymnasium into a virtual environment under .deps. Ends with status 77 if that is impossible.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

expect_no_arguments "$@"

BOUND_SECONDS=90
PYTHON=$ROOT/.deps/environments/bin/python
LIMIT=(timeout 120)
TENGU=("${LIMIT[@]}" "$BINARY")
TESTS=$ROOT/clients/python/tests
CARTPOLE=(--config "$ROOT/cluster/configs/gymnasium-cartpole.toml" "environment.python=$PYTHON")
# A run of a scripted environment of clients/python/tests.
SCRIPTED=(environment.task=python:scripted:Scripted worker.environments_per_group=8 learner.batch_size=256)

# Plays an action space of clients/python/tests: "actions" and "mask" of environment.arguments choose it.
ACTING=(environment.task=python:scripted:Acting worker.environments_per_group=8 learner.batch_size=256 learner.ppo_clip=0.2)

scratch=$(mktemp -d)
export PYTHONPATH=$TESTS
learner='' worker=''

clean_up() {
  local status=$?
  if [[ $status -ne 0 ]]; then tail -n 20 "$scratch"/*.log "$scratch"/*.out 2>/dev/null || true; fi
  end_process "$worker"
  end_process "$learner"
  rm -rf "$scratch"
}
trap clean_up EXIT

prepare_python() {
  if "$PYTHON" -c 'import zmq, numpy, gymnasium' 2>/dev/null; then return; fi
  # mypy is checked with where it can be installed.
  if ! { python3 -m venv "$ROOT/.deps/environments" && "$PYTHON" -m pip install --quiet pyzmq numpy gymnasium; } >&2; then
    say "skipped: pyzmq, numpy and gymnasium cannot be installed into $ROOT/.deps/environments"
    exit "$EXIT_SKIPPED"
  fi
  "$PYTHON" -m pip install --quiet mypy >&2 || say "without mypy"
}

serial() {
  local name=$1
  shift
  "${TENGU[@]}" serial "${CARTPOLE[@]}" --runs "$scratch/runs" --name "$name" "$@"
}

says() { grep -Eq -- "$1" <<<"$LAST_OUTPUT"; }

# The digest of the newest checkpoint's tensors of run `$1`.
weights_of() { find "$scratch/runs/$1/checkpoints" -name '*.safetensors' | sort | tail -n 1 | xargs sha256sum | cut -d ' ' -f 1; }
have_equal_weights() { [[ $(weights_of "$1") == "$(weights_of "$2")" ]]; }

test_server() {
  expect_status 0 "the tests of the environment server" "${LIMIT[@]}" "$PYTHON" -m unittest discover -s "$TESTS" \
    -p test_server.py
  expect_status 0 "the tests of the OpenEnv client" "${LIMIT[@]}" "$PYTHON" -m unittest discover -s "$TESTS" -p test_openenv.py
}

# The module `tengu` on a real run, and its policy compared with Tengu's own network.
test_client() {
  local cell run
  for cell in gru lstm min_gru; do
    expect_status 0 "a run with a policy head that differs ($cell)" "${TENGU[@]}" serial --arm --name "client-$cell" \
      --runs "$scratch/runs" --steps 2048 environment.task=CaptionGrid annotator.kind=oracle network.kind=mlp \
      "network.recurrent=$cell" network.policy_gain=1 worker.environments_per_group=8 learner.batch_size=256
    run=$scratch/runs/client-$cell
    expect_status 0 "steps of it" "${TENGU[@]}" export steps "$run" --steps 100 --output "$scratch/$cell.steps"
    expect_status 0 "are the same in numpy to 1e-5" "$PYTHON" scripts/export/compare_export.py numpy "$run" "$scratch/$cell.steps"
  done
  expect_status 0 "the tests of the module tengu" env "TENGU_TEST_RUN=$run" "TENGU_BINARY=$BINARY" "${LIMIT[@]}" "$PYTHON" \
    -m unittest discover -s "$TESTS" -p test_tengu.py
  if "$PYTHON" -m mypy --version >/dev/null 2>&1; then
    expect_status 0 "its types, with mypy --strict" "$PYTHON" -m mypy --strict clients/python/tengu
  fi
}

test_serial() {
  expect_status 0 "a serial run of CartPole-v1" serial one --steps 40960
  expect_status 0 "the same run again" serial two --steps 40960
  expect "has the same weights, bit for bit" have_equal_weights one two
  expect_status 0 "a serial run of the vectorised class" serial vector --steps 40960 environment.task=gymnasium-vector:CartPole-v1
  expect_status 0 "its evaluation" "${TENGU[@]}" eval "$scratch/runs/one" --episodes 4 --record "$scratch/episodes"
  local record
  record=$(find "$scratch/episodes" -type f | sort | head -n 1)
  expect_status 0 "a replay with the user's interpreter" "${TENGU[@]}" replay "$record" --plain --python "$PYTHON"
  expect_status 1 "a replay without one" "${TENGU[@]}" replay "$record" --plain
  expect "says how to allow it" says 'add --python INTERPRETER'
}

# Runs, evaluates and replays other actions than one number out of so many.
test_actions() {
  local record space
  expect_status 0 "a serial run of Pendulum-v1" "${TENGU[@]}" serial --config "$ROOT/cluster/configs/gymnasium-pendulum.toml" \
    "environment.python=$PYTHON" --runs "$scratch/runs" --name pendulum --steps 20480
  expect_status 0 "its evaluation" "${TENGU[@]}" eval "$scratch/runs/pendulum" --episodes 2 --record "$scratch/pendulum"
  record=$(find "$scratch/pendulum" -type f | sort | head -n 1)
  expect_status 0 "its replay" "${TENGU[@]}" replay "$record" --plain --python "$PYTHON"
  for space in '"box"' '"choices"' '"bits"' '"plain", "mask": "method"' '"bits", "mask": "parts", "size": 6' \
    '"plain", "mask": "observation"'; do
    expect_status 0 "actions $space" serial acting --steps 2048 "${ACTING[@]}" "environment.arguments={\"actions\": $space}"
    rm -rf "$scratch/runs/acting"
  done
}

# Pids of the environment servers of process `$1`.
servers_of() { pgrep -P "$1" -f tengu_env_server || true; }
has_servers() { [[ $(servers_of "$1" | wc -l) -ge $2 ]]; }
has_other_server() { has_servers "$1" 1 && [[ $(servers_of "$1") != "$2" ]]; }

test_cluster() {
  local server step address
  "$BINARY" learner "${CARTPOLE[@]}" --runs "$scratch/runs" --name cluster --steps 100000000000 \
    transport.listen=127.0.0.1:0 telemetry.interval_seconds=0.5 worker.environment_seconds=2 \
    >"$scratch/learner.out" 2>&1 &
  learner=$!
  WATCHED_PROCESS=$learner
  expect_within $BOUND_SECONDS "the learner binds its address" test -s "$scratch/runs/cluster/endpoint"
  address=$(<"$scratch/runs/cluster/endpoint")
  "$BINARY" worker --connect "$address" --threads 1 >"$scratch/worker.log" 2>&1 &
  worker=$!
  expect_within $BOUND_SECONDS "it trains from the environments' steps" has_passed_step "$scratch/runs/cluster" 20000

  server=$(servers_of "$worker")
  kill -KILL "$server"
  expect_within $BOUND_SECONDS "a killed server is replaced" has_other_server "$worker" "$server"
  expect_within $BOUND_SECONDS "the worker's log says so" \
    has_line "$scratch/worker.log" "environment server $server was ended by signal 9.*the episodes of group . are lost"
  step=$(last_step "$scratch/runs/cluster")
  expect_within $BOUND_SECONDS "the run continues" has_passed_step "$scratch/runs/cluster" $((step + 100000))

  server=$(servers_of "$worker")
  kill -STOP "$server"
  expect_within $BOUND_SECONDS "a server that is stopped is replaced" has_other_server "$worker" "$server"
  expect_within $BOUND_SECONDS "the worker's log says so" \
    has_line "$scratch/worker.log" "environment server $server has not answered for 2.0 s .*the episodes of group . are lost"
  expect "it is gone" is_gone "$server"
  step=$(last_step "$scratch/runs/cluster")
  expect_within $BOUND_SECONDS "the run continues" has_passed_step "$scratch/runs/cluster" $((step + 100000))
  expect "in the same worker" is_alive "$worker"

  server=$(servers_of "$worker")
  kill -KILL "$worker"
  wait "$worker" 2>/dev/null || true
  worker=''
  expect_within $BOUND_SECONDS "the servers of a killed worker end" is_gone "$server"
  kill -TERM "$learner"
  expect_exit "$learner" 0 $BOUND_SECONDS "the learner ends"
  learner=''
}

# Servers at an address: without keys on this machine, with keys wherever they are.
test_addresses() {
  local keys=$scratch/keys port server
  port=$("$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  expect_status 0 "keys of servers" "$BINARY" keys new servers --role learner --directory "$keys"
  expect_status 0 "a key of their workers" "$BINARY" keys new player --role worker --directory "$keys" --learner "$keys/servers.public"
  "$PYTHON" clients/python/tengu_env_server.py --bind "tcp://127.0.0.1:$port" --task gymnasium:CartPole-v1 --key "$keys/servers.secret" \
    --allow "$keys/player.public" >"$scratch/server.log" 2>&1 &
  server=$!
  expect_status 0 "a run plays at a server with keys" serial keys --steps 20480 "environment.addresses=127.0.0.1:$port" \
    "environment.key=$keys/player.secret"
  end_process "$server"
  mistake 64 "an address of another machine without a key" 'another machine, which needs a key' \
    environment.addresses=192.0.2.1:5570
  mistake 64 "a key that names no server" 'does not name the servers' environment.addresses=192.0.2.1:5570 \
    "environment.key=$keys/servers.secret"
  mistake 64 "a key without addresses" 'environment.key has no effect' "environment.key=$keys/player.secret"
  mistake 64 "a key file that is missing" 'environment.key: .*nowhere' environment.addresses=192.0.2.1:5570 \
    environment.key=nowhere
}

# A text environment behind an OpenEnv server.
test_openenv() {
  local server task
  "$PYTHON" "$TESTS/openenv_server.py" >"$scratch/openenv.out" 2>&1 &
  server=$!
  expect_within $BOUND_SECONDS "an OpenEnv server listens" has_line "$scratch/openenv.out" '^ws://'
  task=openenv:$(head -n 1 "$scratch/openenv.out")
  expect_status 0 "a run plays its environment" serial openenv --steps 2048 "environment.task=$task" environment.caption=obs.text \
    worker.environments_per_group=8 learner.batch_size=256 \
    'environment.arguments={"actions": [{"guess": 1}, {"guess": 5}, {"guess": 8}], "texts": ["text"], "numbers": ["left"]}'
  expect "with its captions" has_captions openenv
  end_process "$server"
  mistake 64 "an OpenEnv server that is not there" 'ws://127.0.0.1:1 cannot be reached' environment.task=openenv:ws://127.0.0.1:1 \
    'environment.arguments={"actions": [{"guess": 1}], "texts": ["text"]}'
  mistake 64 "an OpenEnv task without actions" 'needs environment.arguments with "actions"' "environment.task=$task"
}

# Whether run `$1` met captions.
has_captions() { grep -Eq '"caption/seen":[1-9]' "$scratch/runs/$1/metrics.jsonl"; }

# mistake STATUS WHAT PATTERN OVERRIDE...: a serial run ends with STATUS and one line that matches PATTERN.
mistake() {
  local status=$1 what=$2 pattern=$3
  shift 3
  expect_status "$status" "$what" serial wrong --steps 100000 "$@"
  expect "is explained" says "$pattern"
  rm -rf "$scratch/runs/wrong"
}

test_mistakes() {
  mistake 64 "a module that is missing" 'no module no_such; install' environment.task=python:no_such:make
  mistake 64 "an interpreter that is missing" 'cannot run /nowhere/python.*environment.python' \
    environment.python=/nowhere/python
  mistake 64 "an environment that does not exist" 'NoSuch' environment.task=gymnasium:NoSuch-v0
  mistake 64 "a space without a fixed size" 'Sequence space' environment.task=python:scripted:Sequences
  mistake 64 "actions that are no choices and no numbers" 'action space Dict.*is not supported' "${ACTING[@]}" \
    'environment.arguments={"actions": "nested"}'
  mistake 64 "too many numbers in an action" 'actions that has 300 elements' "${ACTING[@]}" 'environment.arguments={"actions": "large"}'
  mistake 64 "a mask for numbers" 'mask of actions, but its actions are numbers' "${ACTING[@]}" \
    'environment.arguments={"mask": "info"}'
  mistake 1 "a mask of another size" 'mask of actions has 4 elements; the actions have 3' "${ACTING[@]}" \
    'environment.arguments={"actions": "plain", "mask": "method", "size": 4}'
  mistake 64 "arguments that are no JSON" 'environment.arguments is not a JSON object' environment.arguments=size
  mistake 64 "an option without effect" 'environment.caption.*has no effect' environment.task=CartPole environment.python=python3 \
    environment.caption=info.message
  mistake 1 "an environment that cannot be reset" 'the world is full' "${SCRIPTED[@]}" 'environment.arguments={"reset_fails": true}'
  mistake 1 "an environment that hangs again and again" \
    '5 environment servers failed.*has not answered for 0.5 s .*environment 0 of group 0 at step 2 .*seed [0-9]+, action' \
    "${SCRIPTED[@]}" 'environment.arguments={"hang_at": 3}' worker.environment_seconds=0.5
  mistake 1 "a NaN" 'environment . of group 0.*observation\[1\] is nan' "${SCRIPTED[@]}" 'environment.arguments={"nan_at": 2}'
  mistake 1 "a caption function that fails" 'environment.caption .*failed' "${SCRIPTED[@]}" \
    environment.caption=python:scripted:broken_caption
}

prepare_python
test_server
test_client
test_serial
test_actions
test_cluster
test_addresses
test_openenv
test_mistakes
report_checks
