#!/usr/bin/env bash
# Installs the systems that Tengu is compared with, each into a separate Python environment under .deps:
#
#   peers-venv            PyTorch and NumPy, for scripts/bench/torch_oni_policy.py
#   sample-factory-venv   Sample Factory 2.1.1 with what it needs, for scripts/bench/sample_factory_cartpole.py
#
# Some gigabytes come from PyPI. What is there already is left alone.
#
# Usage: scripts/bench/setup-peers.sh [--help]
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

# install VENV CHECK PACKAGE...: makes .deps/VENV with the packages, unless the Python code CHECK runs there already.
install() {
  local venv=.deps/$1 check=$2
  shift 2
  if [[ -x $venv/bin/python ]] && "$venv/bin/python" -c "$check" 2>/dev/null; then return; fi
  say "installing ${*} into $venv"
  python3 -m venv "$venv" || fail "python3 has no venv (Debian: apt-get install python3-venv)"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" || fail "pip could not install $*"
}

main() {
  case ${1:-} in
    '') ;;
    -h | --help) sed -n -e '1d' -e '/^#/!q' -e 's/^# \{0,1\}//p' scripts/bench/setup-peers.sh && exit 0 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
  command -v python3 >/dev/null || fail "python3 was not found (Debian: apt-get install python3 python3-venv)"
  mkdir -p .deps
  install peers-venv 'import torch, numpy' torch numpy
  install sample-factory-venv 'import sample_factory, sf_examples.train_gym_env' \
    torch numpy==1.26.4 gymnasium==0.29.1 sample-factory==2.1.1
}

main "$@"
