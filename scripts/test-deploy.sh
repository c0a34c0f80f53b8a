#!/usr/bin/env bash
# What cluster/ has for Kubernetes, containers and systemd, as far as a machine without them can check it: the manifests
# against the schemas of Kubernetes, the units with systemd-analyze, and the command lines of the pods under the constraints
# of the pods: user 10001, no capabilities, a read-only root, process 1 of its own process namespace.
#
# Usage: scripts/test-deploy.sh [--help]
#
# Installs PyYAML and kubernetes-validate into a virtual environment under .deps. Needs root for namespaces; ends with
# status 77 without one of them.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

BOUND_SECONDS=90
VENV=$ROOT/.deps/kubernetes
RELEASE=tengu

skip() {
  say "skipped: $*"
  exit "$EXIT_SKIPPED"
}

prepare() {
  [[ $EUID -eq 0 ]] || skip "mount and process namespaces need root"
  require_binary
  if ! "$VENV/bin/python" -c 'import yaml, kubernetes_validate' 2>/dev/null; then
    { python3 -m venv "$VENV" && "$VENV/bin/python" -m pip install --quiet pyyaml kubernetes-validate; } >&2 ||
      skip "kubernetes-validate cannot be installed into $VENV"
  fi
}

enter_namespaces() {
  unshare --net --mount true 2>/dev/null || skip "this machine does not allow network and mount namespaces"
  exec unshare --net --mount "$ROOT/scripts/test-deploy.sh" --inside
}

test_manifests() {
  expect_status 0 "the chart renders, and every pod has limits, probes and no privileges" \
    "$VENV/bin/python" scripts/kubernetes/render.py $RELEASE
  "$VENV/bin/python" scripts/kubernetes/render.py $RELEASE >"$scratch/manifests.yaml"
  expect_status 0 "the manifests follow Kubernetes' schemas" "$VENV/bin/kubernetes-validate" --strict "$scratch/manifests.yaml"
  sed -i 's/replicas: 1/replicas: one/' "$scratch/manifests.yaml"
  expect_status 1 "which would find a mistake" "$VENV/bin/kubernetes-validate" --strict "$scratch/manifests.yaml"
  "$VENV/bin/python" scripts/kubernetes/render.py $RELEASE >"$scratch/manifests.yaml"
}

# systemd-analyze ends with 0 for an unknown key, so it must print nothing.
test_units() {
  local unit
  command -v systemd-analyze >/dev/null || return 0
  for unit in cluster/systemd/*.service; do
    sed "s#/opt/tengu/bin/tengu#$BINARY#" "$unit" >"$scratch/${unit##*/}"
    expect_status 0 "the unit ${unit##*/}" systemd-analyze verify --man=no "$scratch/${unit##*/}"
    expect "has no unknown keys" [ -z "$LAST_OUTPUT" ]
  done
}

# arguments COMPONENT: the arguments of a component's container, one a line.
arguments() {
  "$VENV/bin/python" - "$scratch/manifests.yaml" "$1" <<'PYTHON'
import sys, yaml
for document in yaml.safe_load_all(open(sys.argv[1])):
    for container in document["spec"].get("template", {}).get("spec", {}).get("containers", []):
        if container["name"] == sys.argv[2]:
            print("\n".join(container["args"]).replace("$(POD_NAME)", sys.argv[2] + "-0"))
PYTHON
}

# A root as the image has it: read-only, but for the volumes.
make_root() {
  local folder
  root=$scratch/root
  mkdir -p "$root"
  mount -t tmpfs none "$root"
  for folder in usr etc proc dev tmp runs keys opt/tengu/bin opt/tengu/cluster; do mkdir -p "$root/$folder"; done
  for folder in bin lib lib64 sbin; do [[ ! -L /$folder ]] || cp -a "/$folder" "$root/$folder"; done
  for folder in usr etc; do bind_read_only "/$folder" "$root/$folder"; done
  bind_read_only "$(dirname "$(readlink -f "$BINARY")")" "$root/opt/tengu/bin"
  bind_read_only "$ROOT/cluster" "$root/opt/tengu/cluster"
  if [[ -d /opt/swift ]]; then mkdir "$root/opt/swift" && bind_read_only /opt/swift "$root/opt/swift"; fi
  cp /etc/hosts "$scratch/hosts"
  printf '127.0.0.1 %s-learner-0.%s-learner\n' $RELEASE $RELEASE >>"$scratch/hosts"
  mount --bind "$scratch/hosts" "$root/etc/hosts"
  mount -t tmpfs -o mode=1777 none "$root/tmp"
  mount -t tmpfs -o mode=700,uid=10001,gid=10001 none "$root/runs"
  mount -t tmpfs -o mode=700,uid=10001,gid=10001 none "$root/keys"
  mount --bind /dev "$root/dev"
  mount -o remount,bind,ro "$root" 2>/dev/null || mount -o remount,ro "$root"
}

bind_read_only() { mount --bind "$1" "$2" && mount -o remount,bind,ro "$2"; }

# As the pods' first containers do.
make_keys() {
  (
    cd "$scratch"
    "$BINARY" keys new learner
    "$BINARY" keys new worker --role worker --sessions 4096
    "$BINARY" keys new annotator --role annotator
  ) >/dev/null
  mkdir "$root/keys/allowed"
  cp "$scratch"/keys/*.secret "$scratch/keys/learner.public" "$root/keys/"
  cp "$scratch/keys/worker.public" "$scratch/keys/annotator.public" "$root/keys/allowed/"
  chmod 600 "$root"/keys/*.secret
  chown -R 10001:10001 "$root/keys"
}

# pod COMPONENT: starts its command line; the pid outside becomes `pod`.
pod() {
  local words
  mapfile -t words < <(arguments "$1")
  unshare --pid --fork --kill-child --mount --root "$root" --wd /opt/tengu \
    sh -c 'mount -t proc proc /proc && exec setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs \
      --bounding-set=-all --inh-caps=-all /opt/tengu/bin/tengu "$@"' tengu "${words[@]}" >"$scratch/$1.out" 2>&1 &
  pod=$!
  pods+=("$pod")
}

health() { python3 -c 'import sys, urllib.request; print(urllib.request.urlopen("http://127.0.0.1:9464/health", timeout=3).read())' 2>/dev/null | grep -q "$1"; }

test_pods() {
  local learner worker annotator step inner
  pod learner
  learner=$pod
  WATCHED_PROCESS=$learner
  expect_within $BOUND_SECONDS "the learner's /health answers" health status
  pod worker
  worker=$pod
  pod annotator
  annotator=$pod
  expect_within $BOUND_SECONDS "the run trains" has_passed_step "$root/runs/captiongrid" 5000
  expect "the learner is healthy" health ok
  expect "its user is not root" [ "$(stat -c %u "$root/runs/captiongrid")" = 10001 ]
  inner=$(pgrep -P "$learner")
  kill -USR1 "$inner"
  WATCHED_PROCESS=''
  expect_exit "$learner" 75 $BOUND_SECONDS "SIGUSR1 ends the learner, which is process 1, for a new start"
  expect "its peers wait" is_alive "$worker"
  step=$(last_step "$root/runs/captiongrid")
  pod learner
  learner=$pod
  expect_within $BOUND_SECONDS "the next pod resumes the run with the same peers" \
    has_passed_step "$root/runs/captiongrid" $((step + 5000))
  kill -TERM "$(pgrep -P "$learner")"
  expect_exit "$learner" 0 $BOUND_SECONDS "SIGTERM ends the run"
  expect_exit "$worker" 0 $BOUND_SECONDS "and its worker"
  expect_exit "$annotator" 0 $BOUND_SECONDS "and its annotator"
}

clean_up() {
  local status=$? process
  if [[ $status -ne 0 ]]; then tail -n 15 "$scratch"/*.out 2>/dev/null || true; fi
  for process in "${pods[@]}"; do
    if is_alive "$process"; then kill -KILL "$process" 2>/dev/null || true; fi
  done
  wait
  umount -R "$scratch/root" 2>/dev/null || true
  rm -rf --one-file-system "$scratch"
}

main() {
  case ${1:-} in
    '') prepare && enter_namespaces ;;
    --inside) ;;
    -h | --help) show_help && exit 0 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
  scratch=$(mktemp -d)
  pods=() pod='' root=''
  trap clean_up EXIT
  export OPENBLAS_NUM_THREADS=1
  ip link set lo up
  test_manifests
  test_units
  make_root
  make_keys
  test_pods
  report_checks
}

main "$@"
