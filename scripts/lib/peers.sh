# shellcheck shell=bash
# Workers and annotators as child processes: started, started again when they die, and ended. Sourced after common.sh.
#
# Each peer has a supervisor, a background subshell that waits for it. A peer runs in a session of its own, so Ctrl-C at
# the terminal never reaches it: the learner alone decides when a run is over, and tells its peers.

BACKOFF_MAXIMUM_SECONDS=32
# A peer that lived this long had not failed at its start: the next wait is short again.
BACKOFF_RESET_SECONDS=60
STOP_SECONDS=10

SUPERVISORS=()
PEER_PID_FILES=()

# Runs a tengu role with the settings that every role wants.
run_tengu() {
  local tunables=()
  if [[ $(uname -m) == x86_64 ]]; then
    # Copies of some 100 KB to 1 MB go through "rep movsb" by default, which on AMD Zen 3 is up to 25 times slower than
    # vector moves when the addresses are unluckily aligned. The tunable keeps glibc on vector moves.
    tunables+=(glibc.cpu.x86_rep_movsb_threshold=2000000000)
  fi
  # Trajectories of 200 KB are allocated and freed by the thousand. By default most of that memory goes back to the kernel
  # every time and comes back as zeroed pages: a quarter of a receiver's time went into clearing them.
  tunables+=(glibc.malloc.trim_threshold=67108864 glibc.malloc.mmap_threshold=33554432)
  GLIBC_TUNABLES=${GLIBC_TUNABLES:+$GLIBC_TUNABLES:}$(IFS=:; printf '%s' "${tunables[*]}")
  export GLIBC_TUNABLES
  # Tengu shards its work above BLAS; threads inside it would only fight for the same cores.
  export OPENBLAS_NUM_THREADS=1
  exec setsid "$BINARY" "$@"
}

# Waits until child `$1` has ended, whatever signals arrive meanwhile; its exit status becomes REAPED_STATUS. What bash
# itself says of a child that was killed is left out: the caller says it better.
reap() {
  # A trapped signal ends `wait` early, with a status of its own ...
  while is_alive "$1"; do wait "$1" || true; done 2>/dev/null
  # ... but bash keeps the status of a child that is asked for again.
  REAPED_STATUS=0
  wait "$1" 2>/dev/null || REAPED_STATUS=$?
}

# Sleeps `$1` seconds, or until a trapped signal arrives: a trap waits for `sleep` to end, but not for `wait`.
sleep_or_signal() {
  sleep "$1" >/dev/null 2>&1 &
  local sleeper=$!
  wait "$sleeper" || true
  kill "$sleeper" 2>/dev/null || true
}

# supervise PID-FILE POLICY NAME COMMAND...
# Keeps COMMAND running as a child. POLICY says which ends are followed by a new start: `failure` every status but 0 and
# 64 (usage), `crash` only death by a signal. Nothing is started again once the function `run_goes_on` fails.
supervise() {
  local pid_file=$1 policy=$2 name=$3 child='' stopping=false backoff=1 started
  REAPED_STATUS=0
  shift 3
  trap 'stopping=true; [[ -z $child ]] || kill -TERM "$child" 2>/dev/null || true' TERM
  trap '' INT HUP
  while ! $stopping; do
    started=$SECONDS
    "$@" &
    child=$!
    printf '%s\n' "$child" >"$pid_file"
    # The signal may have come before there was a child to pass it on to.
    if $stopping; then kill -TERM "$child" 2>/dev/null || true; fi
    reap "$child"
    child=''
    rm -f "$pid_file"
    if $stopping || ! is_restarted "$policy" "$REAPED_STATUS" || ! run_goes_on; then break; fi
    [[ $((SECONDS - started)) -lt $BACKOFF_RESET_SECONDS ]] || backoff=1
    note "$name ended with status $REAPED_STATUS; starting it again in $backoff s"
    sleep_or_signal "$backoff"
    backoff=$((backoff * 2 < BACKOFF_MAXIMUM_SECONDS ? backoff * 2 : BACKOFF_MAXIMUM_SECONDS))
    if ! run_goes_on; then break; fi
  done
  # Told to end before it listened to signals: it ended as it was asked to.
  if $stopping && [[ $REAPED_STATUS -eq $((128 + $(kill -l TERM))) ]]; then REAPED_STATUS=0; fi
  exit "$REAPED_STATUS"
}

is_restarted() {
  case $1 in
    failure) [[ $2 -ne 0 && $2 -ne $EXIT_USAGE ]] ;;
    crash) [[ $2 -gt 128 ]] ;;
  esac
}

# start_peer PID-FILE POLICY NAME COMMAND...
start_peer() {
  supervise "$@" &
  SUPERVISORS+=($!)
  PEER_PID_FILES+=("$1")
}

peers_are_gone() {
  local supervisor
  for supervisor in "${SUPERVISORS[@]}"; do
    if is_alive "$supervisor"; then return 1; fi
  done
}

# Ends every peer: TERM, and after STOP_SECONDS KILL, always by pid.
stop_peers() {
  local supervisor pid_file pid
  for supervisor in "${SUPERVISORS[@]}"; do kill -TERM "$supervisor" 2>/dev/null || true; done
  if wait_until "$STOP_SECONDS" peers_are_gone; then return; fi
  for pid_file in "${PEER_PID_FILES[@]}"; do
    read -r pid 2>/dev/null <"$pid_file" || continue
    pid_file=${pid_file##*/}
    note "${pid_file%.pid} (pid $pid) did not end within $STOP_SECONDS s; killing it"
    kill -KILL "$pid" 2>/dev/null || true
  done
  wait_until "$STOP_SECONDS" peers_are_gone || warn "some peers are still running"
}
