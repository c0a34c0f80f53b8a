#!/usr/bin/env bash
# Tests scripts/serve-llm.sh and the model servers that runs start: mistakes, a missing network, wrong files, ports in
# use, signals, restarts. Stand-ins take the places of llama.cpp and of the roles, so nothing is fetched. The launcher is
# the real one, of .build/release/tengu or TENGU_BINARY.
#
# Usage: scripts/test-llm.sh [--real] [--help]
#
#   --real   test the real server and model as well; fetches them (130 MB) where they are missing
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

real=false
case ${1:-} in
  '') ;;
  --real) real=true ;;
  -h | --help) show_help && exit 0 ;;
  *) usage_error "unknown argument \"$1\"" ;;
esac

# Longer than anything takes, so that it only ends waits that would never end.
BOUND_SECONDS=60
require_binary
export TENGU_BINARY=$BINARY
SERVE=("$ROOT/scripts/serve-llm.sh")
MODEL_NAME=SmolLM2-135M-Instruct
REAL_DIRECTORY=$(absolute "${TENGU_LLM:-$ROOT/.deps/llm}")

scratch=$(mktemp -d)
export TENGU_LLM=$scratch/llm
# A registry that refuses connections, and no cache that could stand in for it.
export PIP_INDEX_URL=http://127.0.0.1:9/simple PIP_NO_CACHE_DIR=1
cd "$scratch"
processes=()

clean_up() {
  local pid
  for pid in "${processes[@]}"; do end_process "$pid"; done
  rm -rf "$scratch"
}
trap clean_up EXIT

says() { grep -Eq -- "$1" <<<"$LAST_OUTPUT" && ! grep -q Traceback <<<"$LAST_OUTPUT"; }

# serve OPTION...: starts a server in the background and waits until it is ready. Sets `started`, `url` and `name`.
serve() {
  rm -f ready
  "${SERVE[@]}" --ready-file ready "$@" >serve.out 2>&1 &
  started=$!
  processes+=("$started")
  WATCHED_PROCESS=$started
  expect_within $BOUND_SECONDS "a server is ready" test -s ready
  read -r url name <ready
}

# ask [CURL-OPTION...] PATH: the status of what the server answers; the answer is in the file `answer`.
ask() { curl -s -m 30 -o answer -w '%{http_code}' "${@:1:$#-1}" "$url${*: -1}"; }

test_mistakes() {
  expect_status 64 "an unknown option" "${SERVE[@]}" --bogus
  expect_status 64 "an option without its value" "${SERVE[@]}" --model
  expect_status 64 "a port that is no number" "${SERVE[@]}" --port http
  expect_status 64 "a port that cannot be" "${SERVE[@]}" --port 65536
  expect_status 64 "no threads" "${SERVE[@]}" --threads 0
  expect_status 64 "no slots" "${SERVE[@]}" --slots 0
  expect_status 64 "a context too small for a question" "${SERVE[@]}" --context 16
  expect_status 1 "a model that does not exist" "${SERVE[@]}" --model nowhere.gguf
  expect "is named" says 'there is no model .*/nowhere.gguf'
  printf 'PK\003\004' >model.gguf
  expect_status 1 "a model in another format" "${SERVE[@]}" --model model.gguf
  expect "is named" says 'model.gguf is not a GGUF file'
  expect_status 1 "a key file that does not exist" "${SERVE[@]}" --key-file nokey
  expect "is named" says 'cannot read the key file .*/nokey'
  printf '\nsecret\n' >empty.key
  expect_status 1 "a key file without a key" "${SERVE[@]}" --key-file empty.key
  expect "none of them fetched anything" test ! -e "$TENGU_LLM"
}

test_downloads() {
  expect_status 1 "no network" "${SERVE[@]}" --fetch
  expect "is reported" says 'could not download xllamacpp==.*no network'
  # The program alone knows the pinned version.
  SERVER_VERSION=$(grep -oE 'xllamacpp==[0-9.]*[0-9]' <<<"$LAST_OUTPUT" | head -n 1 | sed 's/.*==//')
  mkdir wheels
  touch "wheels/xllamacpp-$SERVER_VERSION-cp310-abi3-manylinux2014_$(uname -m).whl"
  expect_status 1 "another wheel of that name" env PIP_NO_INDEX=1 "PIP_FIND_LINKS=$scratch/wheels" "${SERVE[@]}" --fetch
  expect "is refused by its hash" says 'Expected sha256'
  expect "nothing half-fetched is left" test -z "$(ls -A "$TENGU_LLM")"
}

# A module that replaces the real one, with as much of its interface as Tengu uses.
install_stand_in() {
  local library=$TENGU_LLM/xllamacpp-$SERVER_VERSION
  mkdir -p "$library"
  printf 'GGUF' | tee "$TENGU_LLM/$MODEL_NAME.Q4_1.gguf" >other-model.gguf
  cat >"$library/xllamacpp.py" <<'PYTHON'
import http.server, threading, types

class CommonParams(types.SimpleNamespace):
    def __init__(self):
        super().__init__(model=types.SimpleNamespace(), cpuparams=types.SimpleNamespace(),
                         cpuparams_batch=types.SimpleNamespace(), api_keys=[])

class Handler(http.server.BaseHTTPRequestHandler):
    unready = 2
    def do_GET(self):
        allowed = not self.server.keys or self.headers.get("Authorization") == "Bearer " + self.server.keys[0]
        if self.path == "/health":
            Handler.unready -= 1
            self.send_response(503 if Handler.unready >= 0 else 200)
        else:
            self.send_response(200 if allowed else 401)
        self.end_headers()
    def log_message(self, *_):
        pass

class Server:
    def __init__(self, parameters):
        if "broken" in parameters.model.path:
            raise RuntimeError("cannot")
        server = http.server.ThreadingHTTPServer((parameters.hostnames[0], parameters.port), Handler)
        server.keys = parameters.api_keys
        self.listening_address = "http://127.0.0.1:%d" % server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
PYTHON
}

test_serving() {
  local port
  serve --port 0
  expect "under the model's name" test "$name" = "$MODEL_NAME"
  expect "its one line says so too" test "$(<serve.out)" = "$url $name"
  expect "it waited for the server to be healthy" test "$(ask /health)" = 200
  port=${url##*:}
  expect_status 1 "a port in use" "${SERVE[@]}" --port "$port"
  expect "is named" says "cannot listen on 127.0.0.1:$port"
  kill -TERM "$started"
  expect_exit "$started" 0 $BOUND_SECONDS "TERM ends it"
  serve --port "$port" --model other-model.gguf
  expect "a port is free again at once" test "$url" = "http://127.0.0.1:$port"
  expect "another model has its file's name" test "$name" = other-model
  kill -INT "$started"
  expect_exit "$started" 0 $BOUND_SECONDS "Ctrl-C ends it"
  printf 'GGUF' >broken.gguf
  expect_status 1 "a model that llama.cpp cannot load" "${SERVE[@]}" --port 0 --model broken.gguf
  expect "is named" says 'llama.cpp cannot serve .*/broken.gguf'
}

test_keys() {
  printf 'secret\nnot this\n' >good.key
  serve --port 0 --key-file good.key
  expect "a client without the key is refused" test "$(ask /v1/models)" = 401
  expect "one with the key is not" test "$(ask -H 'Authorization: Bearer secret' /v1/models)" = 200
  expect "the list of processes does not show the key" has_no_line "/proc/$started/cmdline" secret
  kill -TERM "$started"
  expect_exit "$started" 0 $BOUND_SECONDS "a server with a key ends"
}

# launch OUTPUT NAME OPTION...: starts a run whose annotator asks a model of this machine. Sets `launcher` and `run`.
launch() {
  local output=$1 name=$2
  shift 2
  run=$TENGU_RUNS/$name
  "$ROOT/scripts/launch.sh" grid.toml --name "$name" --annotator llm "$@" >"$output" 2>&1 &
  launcher=$!
  processes+=("$launcher")
  WATCHED_PROCESS=$launcher
}

test_supervised() {
  local launcher run first url name
  printf '[environment]\ntask = "CaptionGrid"\n' >grid.toml
  export FAKE_TENGU_REAL=$BINARY TENGU_BINARY=$ROOT/scripts/tests/tengu FAKE_TENGU=$scratch/meetings
  export TENGU_RUNS=$scratch/runs
  launch good.out good
  expect_within $BOUND_SECONDS "a run starts a server" test -s "$run/llm.ready"
  read -r url name <"$run/llm.ready"
  expect "and knows its model" test "$name" = "$MODEL_NAME"
  expect "and its address" test "$(ask /health)" = 200
  expect_within $BOUND_SECONDS "its annotator joins" has_line "$run/learner.log" 'annotator joined'
  first=$(pid_in "$run/llm.pid")
  kill -KILL "$first"
  expect_within $BOUND_SECONDS "a killed server is started again" is_replaced "$run/llm.pid" "$first"
  expect_within $BOUND_SECONDS "where it was" answers_health
  first=$(pid_in "$run/llm.pid")
  kill -TERM "$launcher"
  expect_exit "$launcher" 0 $BOUND_SECONDS "the run ends"
  expect "and the server with it" is_gone "$first"
  expect "without leaving a pid file" test ! -e "$run/llm.pid"
  launch bad.out bad --llm-gguf broken.gguf
  expect_within $BOUND_SECONDS "a server that cannot start says why" \
    has_line bad.out 'did not start: .*llama.cpp cannot serve'
  expect "and the run continues" has_line bad.out 'continues without an annotator'
  kill -TERM "$launcher"
  expect_exit "$launcher" 0 $BOUND_SECONDS "to its end"
  launch orphan.out orphan
  expect_within $BOUND_SECONDS "a run with a server" test -s "$run/llm.ready"
  first=$(pid_in "$run/llm.pid")
  kill -KILL "$launcher"
  expect_exit "$launcher" 137 $BOUND_SECONDS "is killed"
  expect_within $BOUND_SECONDS "its server does not outlive the launcher" is_gone "$first"
  export TENGU_BINARY=$BINARY
}

answers_health() { [[ $(ask /health) == 200 ]]; }

test_real_server() {
  unset PIP_INDEX_URL PIP_NO_CACHE_DIR
  export TENGU_LLM=$REAL_DIRECTORY
  expect_status 0 "server and model are fetched" "${SERVE[@]}" --fetch
  serve --port 0 --slots 2
  expect "the real server answers" test \
    "$(ask -d '{"prompt": "The capital of France is", "max_tokens": 1, "temperature": 0}' /v1/completions)" = 200
  expect "sensibly" grep -q Paris answer
  expect "and names its model" test "$(ask /v1/models)" = 200
  expect "as we do" grep -q "\"$MODEL_NAME\"" answer
  kill -TERM "$started"
  expect_exit "$started" 0 $BOUND_SECONDS "TERM ends it"
}

test_mistakes
test_downloads
install_stand_in
test_serving
test_keys
test_supervised
if $real; then test_real_server; fi
report_checks
