#!/usr/bin/env bash
# Workers on other machines that `tengu launch --hosts` starts over ssh: two hosts with real sshd in another network
# namespace. A worker is killed, the cable is cut and mended, and the run is stopped.
#
# Usage: scripts/test-ssh.sh [--help]
#
# Needs root, sshd and network namespaces; ends with status 77 without them.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

BOUND_SECONDS=120
STOP_BOUND_SECONDS=45
LEARNER_ADDRESS=10.78.0.1
HOSTS_ADDRESS=10.78.0.2
NAME=hosts

skip() {
  say "skipped: $*"
  exit "$EXIT_SKIPPED"
}

enter_namespace() {
  local tool
  [[ $EUID -eq 0 ]] || skip "sshd and network namespaces need root"
  for tool in ip unshare nsenter ssh ssh-keygen /usr/sbin/sshd; do
    command -v $tool >/dev/null || skip "$tool is not installed (Debian packages iproute2, util-linux, openssh-server)"
  done
  unshare --net ip link add name probe type veth 2>/dev/null ||
    skip "this machine does not allow network namespaces and virtual cables"
  # Mounts of its own too: sshd wants an empty /run/sshd.
  exec unshare --net --mount "$ROOT/scripts/test-ssh.sh" --inside
}

is_apart() { [[ $(readlink "/proc/$1/ns/net") != "$(readlink /proc/self/ns/net)" ]]; }

connect_hosts() {
  unshare --net sleep infinity &
  others=$!
  wait_until $BOUND_SECONDS is_apart "$others"
  ip link set lo up
  ip link add name cable type veth peer name cable netns "$others"
  ip address add $LEARNER_ADDRESS/24 dev cable
  ip link set cable up
  nsenter --target "$others" --net -- ip link set lo up
  nsenter --target "$others" --net -- ip address add $HOSTS_ADDRESS/24 dev cable
  nsenter --target "$others" --net -- ip link set cable up
}

# start_sshd HOST PORT: a server whose users have a home of their own.
start_sshd() {
  local home=$scratch/home-$1
  mkdir -p "$home"
  cat >"$scratch/sshd-$1" <<CONF
Port $2
ListenAddress $HOSTS_ADDRESS
HostKey $scratch/host_key
PidFile none
AuthorizedKeysFile $scratch/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
ForceCommand HOME=$home exec sh -c "\$SSH_ORIGINAL_COMMAND"
CONF
  nsenter --target "$others" --net -- /usr/sbin/sshd -D -f "$scratch/sshd-$1" -E "$scratch/sshd-$1.log" &
  servers+=($!)
  printf 'Host %s\nHostName %s\nPort %s\n' "$1" $HOSTS_ADDRESS "$2" >>"$scratch/ssh_config"
}

start_hosts() {
  mount -t tmpfs none /run
  mkdir -p /run/sshd
  ssh-keygen -q -t ed25519 -N '' -f "$scratch/host_key"
  ssh-keygen -q -t ed25519 -N '' -f "$scratch/user_key"
  cp "$scratch/user_key.pub" "$scratch/authorized_keys"
  start_sshd mars 2201
  start_sshd venus 2202
  cat >>"$scratch/ssh_config" <<CONF
Host *
IdentityFile $scratch/user_key
IdentitiesOnly yes
UserKnownHostsFile $scratch/known_hosts
StrictHostKeyChecking accept-new
LogLevel ERROR
CONF
  export TENGU_SSH="ssh -F $scratch/ssh_config"
  expect_within 20 "sshd answers" on_host mars true
  expect_within 20 "and the other one" on_host venus true
}

on_host() { ssh -F "$scratch/ssh_config" -o BatchMode=yes -o ConnectTimeout=3 "$@" </dev/null 2>/dev/null; }

# The pid of peer `$2` on host `$1`.
remote_pid() { pid_in "$scratch/home-$1/.tengu/$NAME/$2.pid"; }
has_remote() { [[ -n $(remote_pid "$1" "$2") ]] && is_alive "$(remote_pid "$1" "$2")"; }
has_other() { has_remote "$1" "$2" && [[ $(remote_pid "$1" "$2") != "$3" ]]; }
metric() { tail -n 1 "$run/metrics.jsonl" 2>/dev/null | grep -Eo "\"$1\":[0-9]+" | grep -Eo '[0-9]+$' || echo 0; }
has_workers() { [[ $(metric peer/workers) -eq $1 ]]; }

start_run() {
  cd "$scratch"
  "$BINARY" keys new learner --directory keys >/dev/null
  cat >hosts <<HOSTS
# host   what runs there
mars     workers=1 threads=1 program=$BINARY
venus    workers=1 threads=1 program=$BINARY
HOSTS
  echo 'mars worker=1' >mistake
  expect_status 64 "a hosts file with a mistake" "${launch[@]}" --name wrong --hosts mistake
  expect "is named with its line" grep -q ':1: "worker" is unknown' <<<"$LAST_OUTPUT"
  expect_status 64 "a learner that other machines cannot reach" "${launch[@]}" --name wrong --hosts hosts transport.listen=127.0.0.1:0
  "${launch[@]}" --name $NAME --hosts hosts >launch.out 2>&1 &
  launcher=$!
  WATCHED_PROCESS=$launcher
  expect_within $BOUND_SECONDS "workers of both hosts attach" has_workers 2
  expect_within $BOUND_SECONDS "and the run trains" has_passed_step "$run" 20000
}

test_keys() {
  local secret=$scratch/home-mars/.tengu/$NAME/mars-1.secret text
  expect "the worker's key is readable by its owner alone" [ "$(stat -c %a "$secret")" = 600 ]
  text=$(sed -n 's/^secret-key = "\(.*\)"/\1/p' "$secret")
  expect "the key is 40 characters" [ ${#text} -eq 40 ]
  expect "no process list shows it" is_in_no_command "$text"
  expect "this machine has no copy" has_no_copy "$text"
}

# The key is passed to grep in a file, because its own arguments are in the list too.
is_in_no_command() { ! cat /proc/[0-9]*/cmdline 2>/dev/null | grep -qaFf <(printf '%s\n' "$1"); }
has_no_copy() { ! grep -rqsFf <(printf '%s\n' "$1") "$scratch/keys" "$run"; }

test_faults() {
  local old
  old=$(remote_pid mars mars-1)
  kill -KILL "$old"
  expect_within $BOUND_SECONDS "a worker that is killed is started again" has_other mars mars-1 "$old"
  expect_within $BOUND_SECONDS "the launcher says so" has_line launch.out 'mars-1 ended with status 137.*starting it again'
  expect_within $BOUND_SECONDS "both are there again" has_workers 2
  old=$(remote_pid venus venus-1)
  ip link set cable down
  expect_within $BOUND_SECONDS "the launcher notices that the cable is cut" \
    has_line launch.out '(mars|venus)-1 ended with status 255'
  ip link set cable up
  expect_within $BOUND_SECONDS "new workers take the place of those that were cut off" has_other venus venus-1 "$old"
  expect "which are gone" is_gone "$old"
  expect_within $BOUND_SECONDS "both are there again" has_workers 2
  step=$(last_step "$run")
  expect_within $BOUND_SECONDS "and the run continues" has_passed_step "$run" $((step + 20000))
  expect "their logs are among the run's" has_line "$run/venus-1.log" '.'
}

test_stop() {
  local mars venus
  mars=$(remote_pid mars mars-1) venus=$(remote_pid venus venus-1)
  expect "the hosts' keys are allowed" test -e "keys/$NAME-mars.public"
  kill -TERM "$launcher"
  expect_exit "$launcher" 0 $STOP_BOUND_SECONDS "the run ends"
  expect_within 15 "the workers of both hosts are gone" are_gone "$mars" "$venus"
  expect_within 15 "and so are their keys" test ! -e "$scratch/home-mars/.tengu/$NAME/mars-1.secret"
  expect "which the learner no longer allows" test ! -e "keys/$NAME-mars.public"
}

are_gone() { is_gone "$1" && is_gone "$2"; }

clean_up() {
  local status=$? process
  if [[ $status -ne 0 ]]; then tail -n 20 "$run"/*.log "$scratch"/*.out "$scratch"/*.log 2>/dev/null || true; fi
  for process in "$launcher" "${servers[@]}" "$others"; do end_process "$process"; done
  rm -rf "$scratch"
}

main() {
  case ${1:-} in
    '') require_binary && enter_namespace ;;
    --inside) ;;
    -h | --help) show_help && exit 0 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
  scratch=$(mktemp -d)
  export TENGU_RUNS=$scratch/runs TENGU_BINARY=$BINARY
  run=$TENGU_RUNS/$NAME
  launcher='' others='' servers=() step=0
  launch=("$ROOT/scripts/launch.sh" captiongrid --workers 0 --key keys/learner.secret --annotator oracle
    "transport.listen=$LEARNER_ADDRESS:0" telemetry.interval_seconds=0.5 run.steps=100000000000
    worker.environments_per_group=8 learner.batch_size=256)
  trap clean_up EXIT
  connect_hosts
  start_hosts
  start_run
  test_keys
  test_faults
  test_stop
  report_checks
}

main "$@"
