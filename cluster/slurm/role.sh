#!/usr/bin/env bash
# One role of a run under Slurm, called by the batch files of this folder. All nodes must see Tengu's folder and the folder
# of the runs.
#
# Usage: cluster/slurm/role.sh learner NAME CONFIG [section.field=value ...]
#        cluster/slurm/role.sh worker NAME [option of tengu attach ...]
#        cluster/slurm/role.sh annotator NAME [option of tengu attach ...]
#
# The learner starts the run NAME, or resumes it. SIGUSR1 and SIGTERM make it write a checkpoint and end with status 75;
# then the job goes back into the queue, and workers and annotators wait for it. SIGINT ends the run: they end too.
#   scancel --signal=INT --batch JOB
#
# Workers and annotators wait for the learner, find it again on another node, and may come and go at any time.
#
# Environment: TENGU_HOME          Tengu's folder (default: the folder above this one)
#              TENGU_BINARY        the program (default: TENGU_HOME/.build/release/tengu, or TENGU_HOME/bin/tengu)
#              TENGU_RUNS          folder of the run directories (default: TENGU_HOME/runs)
#              TENGU_PORT          port of the learner (default 0: any)
#              TENGU_LEARNER_HOST  the name by which other nodes reach the learner's (default: its host name)
set -euo pipefail

HOME_FOLDER=${TENGU_HOME:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
RUNS=${TENGU_RUNS:-$HOME_FOLDER/runs}
EXIT_AGAIN=75
EXIT_USAGE=64
LOOK_SECONDS=2
# Trajectories are large: keep their memory in the process, and no threads inside BLAS.
export OPENBLAS_NUM_THREADS=1
export GLIBC_TUNABLES=${GLIBC_TUNABLES:-glibc.malloc.trim_threshold=67108864:glibc.malloc.mmap_threshold=33554432}

say() { printf '%s %s: %s\n' "$(date -u +%FT%TZ)" "${SLURMD_NODENAME:-$HOSTNAME}" "$*"; }

usage_error() {
  printf 'role.sh: %s; see role.sh --help\n' "$*" >&2
  exit "$EXIT_USAGE"
}

find_program() {
  local candidate
  for candidate in "${TENGU_BINARY:-}" "$HOME_FOLDER/.build/release/tengu" "$HOME_FOLDER/bin/tengu"; do
    if [[ -n $candidate && -x $candidate ]]; then program=$candidate && return; fi
  done
  usage_error "there is no program in $HOME_FOLDER; build it, or set TENGU_BINARY"
}

# Waits until the process `$1` has ended, whatever signals arrive meanwhile; its status becomes `status`.
await() {
  status=0
  wait "$1" || status=$?
  while kill -0 "$1" 2>/dev/null; do
    status=0
    wait "$1" || status=$?
  done
}

# Makes the keys of the run once: all nodes share them over the folder of the runs.
make_keys() {
  mkdir -p "$keys"
  [[ -e $keys/learner.secret ]] || "$program" keys new learner --directory "$keys"
  [[ -e $keys/worker.secret ]] || "$program" keys new worker --role worker --sessions 4096 --directory "$keys"
  [[ -e $keys/annotator.secret ]] || "$program" keys new annotator --role annotator --sessions 256 --directory "$keys"
}

run_learner() {
  [[ $# -ge 1 ]] || usage_error "the learner needs a configuration"
  local config=$1 learner
  shift
  [[ -f $config ]] || config=$HOME_FOLDER/cluster/configs/${config%.toml}.toml
  [[ -f $config ]] || usage_error "there is no configuration $config"
  umask 077
  make_keys >/dev/null
  # Peers must not meet the address of an earlier start.
  rm -f "$RUNS/$name/endpoint"
  printf '%s\n' "${TENGU_LEARNER_HOST:-$(hostname -f 2>/dev/null || hostname)}" >"$keys/host.new"
  mv "$keys/host.new" "$keys/host"
  say "learner of run $name, start $((${SLURM_RESTART_COUNT:-0} + 1))"
  "$program" learner --config "$config" --name "$name" --runs "$RUNS" --resume auto --key "$keys/learner.secret" \
    --allow "$keys" "transport.listen=0.0.0.0:${TENGU_PORT:-0}" "$@" &
  learner=$!
  trap 'kill -USR1 "$learner"' USR1 TERM
  trap 'kill -TERM "$learner"' INT
  await "$learner"
  say "the learner ended with status $status"
  if [[ $status -eq $EXIT_AGAIN && -n ${SLURM_JOB_ID:-} ]]; then
    # Of several jobs of a heterogeneous one, the first stands for all. A job that is being preempted is requeued already.
    scontrol requeue "$SLURM_JOB_ID" || say "the job was not requeued; submit it again to continue"
  fi
  exit "$status"
}

# Prints HOST:PORT of the learner, or nothing if it does not run.
learner_address() {
  local host endpoint
  { read -r host <"$keys/host" && read -r endpoint <"$RUNS/$name/endpoint"; } 2>/dev/null || return 0
  printf '%s:%s\n' "$host" "${endpoint##*:}"
}

run_peer() {
  local role=$1 address='' now peer task
  shift
  task=${SLURM_ARRAY_TASK_ID:-${SLURM_PROCID:-0}}
  is_ending=false peer=''
  trap 'is_ending=true; [[ -z $peer ]] || kill -TERM "$peer" 2>/dev/null || true' TERM INT USR1
  say "$role $task waits for the learner of run $name"
  while ! $is_ending; do
    now=$(learner_address)
    if [[ -n $peer ]] && ! kill -0 "$peer" 2>/dev/null; then
      await "$peer"
      exit "$status"
    fi
    if [[ -n $now && $now != "$address" ]]; then
      # The learner has another address since it was started again elsewhere.
      if [[ -n $peer ]]; then kill -TERM "$peer" && await "$peer"; fi
      address=$now
      "$program" attach "$address" --role "$role" --key "$keys/$role.secret" \
        --name "${SLURMD_NODENAME:-$HOSTNAME}-$role-$task" "$@" &
      peer=$!
    fi
    sleep "$LOOK_SECONDS" &
    wait $! || true
  done
  [[ -z $peer ]] || await "$peer"
  exit 0
}

main() {
  case ${1:-} in
    -h | --help) sed -n -e '1d' -e '/^#/!q' -e 's/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
    learner | worker | annotator) ;;
    *) usage_error "the first argument is learner, worker or annotator" ;;
  esac
  [[ ${2:-} =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]] || usage_error "the second argument is the name of the run"
  local role=$1
  name=$2
  shift 2
  keys=$RUNS/.keys-$name
  find_program
  mkdir -p "$RUNS"
  case $role in
    learner) run_learner "$@" ;;
    worker) run_peer worker --threads "${SLURM_CPUS_PER_TASK:-1}" "$@" ;;
    annotator) run_peer annotator "$@" ;;
  esac
}

main "$@"
