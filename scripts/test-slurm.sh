#!/usr/bin/env bash
# A run under a real Slurm on this machine, with three virtual nodes: submitted, workers attached as an array, one of them
# cancelled, the learner preempted, requeued and resumed, and a whole run as a heterogeneous job.
#
# Usage: scripts/test-slurm.sh [--install]
#
#   --install   install Debian's slurm and munge if they are missing
#   --help      this text
#
# Needs root. Ends with status 77 if that, or Slurm, is missing. All daemons are its own, on ports 17000 to 17003 of
# loopback, with state in a folder that it removes.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

BOUND_SECONDS=120
NODES=(n1 n2 n3)
PROGRAMS=(slurmctld slurmd sbatch munged)
NAME=slurm

skip() {
  say "skipped: $*"
  exit "$EXIT_SKIPPED"
}

prepare() {
  local program
  [[ $EUID -eq 0 ]] || skip "Slurm's daemons need root"
  if [[ ${1:-} == --install ]]; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge >&2 ||
      skip "Slurm cannot be installed"
  fi
  for program in "${PROGRAMS[@]}"; do
    command -v "$program" >/dev/null || skip "$program is not installed; call this script with --install"
  done
  require_binary
}

configure() {
  local node port=17001
  cat >"$scratch/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=17000
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$scratch/munge/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
SlurmctldParameters=preempt_send_user_signal
ReturnToService=2
MpiDefault=none
SchedulerParameters=bf_interval=2,sched_interval=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobCompType=jobcomp/filetxt
JobCompLoc=$scratch/jobs
KillWait=20
StateSaveLocation=$scratch/state
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmctldLogFile=$scratch/slurmctld.log
SlurmdSpoolDir=$scratch/spool/%n
SlurmdPidFile=$scratch/%n.pid
SlurmdLogFile=$scratch/%n.log
PartitionName=low Nodes=ALL Default=YES PriorityTier=1 GraceTime=30
PartitionName=high Nodes=ALL PriorityTier=10 PreemptMode=OFF
CONF
  for node in "${NODES[@]}"; do
    printf 'NodeName=%s NodeHostname=localhost NodeAddr=127.0.0.1 Port=%d CPUs=2 RealMemory=4000\n' "$node" $port
    port=$((port + 1))
  done >>"$scratch/slurm.conf"
  mkdir -p "$scratch/state" "$scratch/spool" "$scratch/munge"
}

start_cluster() {
  local node
  export SLURM_CONF=$scratch/slurm.conf
  # munged asks for a folder that others can enter.
  chmod 755 "$scratch" "$scratch/munge"
  dd if=/dev/urandom of="$scratch/munge/key" bs=1024 count=1 status=none
  chmod 600 "$scratch/munge/key"
  munged --foreground --force --key-file="$scratch/munge/key" --socket="$scratch/munge/socket" \
    --pid-file="$scratch/munge/pid" --log-file="$scratch/munge/log" --seed-file="$scratch/munge/seed" \
    >"$scratch/munge.out" 2>&1 &
  daemons+=($!)
  expect_within 20 "munge answers" test -S "$scratch/munge/socket"
  slurmctld -D >"$scratch/slurmctld.out" 2>&1 &
  daemons+=($!)
  for node in "${NODES[@]}"; do
    mkdir -p "$scratch/spool/$node"
    slurmd -N "$node" -D >"$scratch/$node.out" 2>&1 &
    daemons+=($!)
  done
  expect_within 60 "three nodes are idle" has_idle_nodes
}

has_idle_nodes() { [[ $(sinfo -h -p low -t idle -o %D 2>/dev/null) == "${#NODES[@]}" ]]; }

# submit ARGUMENT...: its job's number becomes `job`. The templates' sizes are for large nodes.
submit() {
  job=$(cd "$scratch" && sbatch --parsable --cpus-per-task=1 --mem=500 --output="$scratch/%x-%j.out" "$@")
  job=${job%%;*}
  jobs_submitted+=("$job")
}

state_of() { squeue -h -j "$1" -o %T 2>/dev/null | head -n 1; }
is_in() { [[ $(state_of "$1") == "$2" ]]; }
has_ended_as() { grep -Eqs "JobId=$1 .*JobState=$2 " "$scratch/jobs"; }
job_log() { find "$scratch" -maxdepth 1 -name "*-$1.out"; }
job_says() { has_line "$(job_log "$1")" "$2"; }
has_passed() { has_passed_step "$run" "$1"; }

# Whether the run's learner has reported `$1` workers or more since the log had `$2` lines.
has_workers() { [[ $(tail -n 1 "$run/metrics.jsonl" 2>/dev/null | grep -Eo '"peer/workers":[0-9]+' | grep -Eo '[0-9]+$') -ge $1 ]]; }

test_array() {
  submit --nodelist=n1 "$ROOT/cluster/slurm/learner.sbatch" $NAME captiongrid run.steps=100000000000 \
    telemetry.interval_seconds=0.5 worker.environments_per_group=8 learner.batch_size=256
  learner=$job
  submit --nodelist=n2 --array=0-1 "$ROOT/cluster/slurm/workers.sbatch" $NAME
  workers=$job
  expect_within $BOUND_SECONDS "the learner's job trains with the array's workers" has_passed 20000
  expect_within $BOUND_SECONDS "both workers are attached" has_workers 2
  expect "the keys belong to their owner alone" [ "$(stat -c %a "$scratch/runs/.keys-$NAME")" = 700 ]
  scancel "${workers}_0"
  expect_within $BOUND_SECONDS "a worker that is cancelled ends" has_ended_as "[0-9]+" CANCELLED
  step=$(last_step "$run")
  expect_within $BOUND_SECONDS "the run continues with the other" has_passed $((step + 50000))
}

test_preemption() {
  submit --partition=high --nodelist=n1 --cpus-per-task=2 --wrap="sleep 3600"
  local high=$job
  expect_within $BOUND_SECONDS "a job of higher priority preempts the learner: it writes its checkpoint" \
    job_says "$learner" 'the learner ended with status 75'
  expect_within $BOUND_SECONDS "the other job runs" is_in "$high" RUNNING
  expect_within $BOUND_SECONDS "the learner is in the queue again" is_in "$learner" PENDING
  expect "the worker waits for it" is_in "$workers" RUNNING
  scancel "$high"
  step=$(last_step "$run")
  resume 2
  expect_within $BOUND_SECONDS "the same worker finds it and the run continues" has_passed $((step + 20000))
}

# Lets the learner's job start soon instead of after two minutes; it is start `$1`. Not in the second of its end: a node refuses a
# start whose credential is not newer than the end ("Job credential revoked"), and the job then counts as failed.
resume() {
  scontrol update "JobId=$learner" StartTime=now+2
  expect_within $BOUND_SECONDS "the learner starts again" job_says "$learner" "learner of run $NAME, start $1"
  expect_within $BOUND_SECONDS "and resumes the run" has_session "$1"
}

has_session() { has_line "$run/metrics.jsonl" "\"session\":$1,"; }

test_requeue() {
  scontrol requeue "$learner"
  expect_within $BOUND_SECONDS "a learner that is requeued by hand is in the queue" is_in "$learner" PENDING
  expect_within $BOUND_SECONDS "after its checkpoint" says_twice "$learner" 'the learner ended with status 75'
  expect "the worker waits for it" is_in "$workers" RUNNING
  step=$(last_step "$run")
  resume 3
  expect_within $BOUND_SECONDS "the run continues" has_passed $((step + 20000))
  scancel --signal=INT --batch "$learner"
  expect_within $BOUND_SECONDS "SIGINT ends the run" has_ended_as "$learner" COMPLETED
  expect_within $BOUND_SECONDS "and its workers" no_jobs
}

says_twice() { [[ $(grep -Ecs -- "$2" "$(job_log "$1")") -ge 2 ]]; }
no_jobs() { [[ -z $(squeue -h) ]]; }

test_heterogeneous() {
  # Each component has its own sizes, so the template is used as it is but for them.
  sed -E 's/cpus-per-task=[0-9]+/cpus-per-task=1/; s/ntasks=4/ntasks=1/; s/mem=[0-9]+G/mem=500/' \
    "$ROOT/cluster/slurm/train.sbatch" >"$scratch/train.sbatch"
  job=$(cd "$scratch" && sbatch --parsable --output="$scratch/%x-%j.out" "$scratch/train.sbatch" het captiongrid \
    run.steps=40000 worker.environments_per_group=8 learner.batch_size=256 annotator.kind=rules telemetry.interval_seconds=0.5)
  job=${job%%;*}
  jobs_submitted+=("$job")
  expect_within $BOUND_SECONDS "a heterogeneous job with learner, worker and annotator completes" \
    has_line "$scratch/runs/het/learner.log" 'the run is complete'
  expect_within $BOUND_SECONDS "all of it ends" no_jobs
  expect "as completed" has_ended_as "$job" COMPLETED
  expect "with labels of the annotator" has_line "$scratch/runs/het/rewards.tsv" '^[^	]*	[^	]*	[^	]*	1'
}

clean_up() {
  local status=$? daemon
  if [[ $status -ne 0 ]]; then
    tail -n 15 "$scratch"/*.out "$run"/learner.log 2>/dev/null || true
  fi
  [[ ${#jobs_submitted[@]} -eq 0 ]] || scancel --quiet "${jobs_submitted[@]}" 2>/dev/null || true
  wait_until 30 no_jobs 2>/dev/null || true
  for daemon in "${daemons[@]}"; do end_process "$daemon"; done
  rm -rf "$scratch"
}

main() {
  case ${1:-} in
    '' | --install) ;;
    -h | --help) show_help && exit 0 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
  prepare "${1:-}"
  scratch=$(mktemp -d)
  run=$scratch/runs/$NAME
  daemons=() jobs_submitted=() job='' learner='' workers='' step=0
  trap clean_up EXIT
  export TENGU_HOME=$ROOT TENGU_BINARY=$BINARY TENGU_RUNS=$scratch/runs TENGU_LEARNER_HOST=127.0.0.1
  configure
  start_cluster
  test_array
  test_preemption
  test_requeue
  test_heterogeneous
  report_checks
}

main "$@"
