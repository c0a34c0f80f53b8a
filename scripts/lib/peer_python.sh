# shellcheck shell=bash
# Python with pyzmq and protobuf, for peers that nobody here wrote. Sourced after common.sh.

PEER_PYTHON=$ROOT/.deps/foreign-peer/bin/python

# Makes the virtual environment if it is missing, and compiles the protocol into the file `$1`. Ends the script with the
# status for "skipped" if that is impossible.
prepare_peer_python() {
  if ! "$PEER_PYTHON" -c 'import zmq, google.protobuf' 2>/dev/null; then
    if ! { python3 -m venv "$ROOT/.deps/foreign-peer" && "$PEER_PYTHON" -m pip install --quiet pyzmq protobuf; } >&2; then
      say "skipped: pyzmq and protobuf cannot be installed into $ROOT/.deps/foreign-peer"
      exit "$EXIT_SKIPPED"
    fi
  fi
  "$(command -v protoc || command -v protoc-c)" --proto_path="$ROOT/proto" --descriptor_set_out="$1" tengu.proto
}
