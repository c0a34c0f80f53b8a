#!/usr/bin/env bash
# Compares configurations: makes every run of an experiment, several at a time, then a page with tables and plots. Sets
# the machine up first where something is missing. Finished runs are not repeated and interrupted ones go on, so the same
# command is to be given again after Ctrl-C, which ends the runs with a checkpoint. Exit status 1: a run failed or was
# interrupted; the page shows those that are finished.
#
# Usage: scripts/experiment.sh [NAME] [options]
#
#   NAME         an experiment of cluster/experiments, or a file (without one: lists those there are)
#                "text-rows" tries the claims of published methods on text policies: two processes, one core each
#   --smoke      the small version, minutes instead of hours, to see that everything works
#   --out DIR    where runs and results go (default: experiments/NAME)
#   --jobs N     runs at a time (default: one a core; a run that is a cluster of processes goes alone)
#   --report     make no runs, write the page of those that are finished
#   --help       this text
#
# Examples: scripts/experiment.sh captiongrid --smoke
#           scripts/experiment.sh rewards --out /data/rewards
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

name='' command=run jobs=''
options=()

parse() {
  while [[ $# -gt 0 ]]; do
    case $1 in
      --smoke) options+=(--smoke) ;;
      --out) options+=(--out "$(absolute "$(option_value "$@")")"); shift ;;
      --jobs)
        require_count --jobs "$(option_value "$@")" 1
        jobs=$2
        shift
        ;;
      --report) command=report ;;
      -h | --help) show_help && exit 0 ;;
      -*) usage_error "unknown option \"$1\"" ;;
      *)
        [[ -z $name ]] || usage_error "two experiments: \"$name\" and \"$1\""
        name=$1
        ;;
    esac
    shift
  done
}

# text_rows [--smoke] [--out DIR]: every second row in one process, the others in a second one, then the table of both.
text_rows() {
  local out=experiments/text-rows size=() rows=() even=() odd=() index pids=() pid status=0
  while [[ $# -gt 0 ]]; do
    case $1 in
      --smoke) size=(--seeds 1 --updates 2) ;;
      --out) out=$2; shift ;;
      *) usage_error "text-rows has no option \"$1\"" ;;
    esac
    shift
  done
  mkdir -p "$out"
  mapfile -t rows < <("$BINARY" text rows --list)
  for index in "${!rows[@]}"; do
    if ((index % 2 == 0)); then even+=("${rows[index]}"); else odd+=("${rows[index]}"); fi
  done
  if [[ $command == run ]]; then
    "$BINARY" text rows "${even[@]}" "${size[@]}" --out "$out/even.jsonl" >/dev/null & pids+=($!)
    "$BINARY" text rows "${odd[@]}" "${size[@]}" --out "$out/odd.jsonl" >/dev/null & pids+=($!)
    for pid in "${pids[@]}"; do wait "$pid" || status=1; done
  fi
  cat "$out"/even.jsonl "$out"/odd.jsonl >"$out/rows.jsonl"
  "$BINARY" text rows --report --out "$out/rows.jsonl" | tee "$out/rows.md"
  return "$status"
}

main() {
  parse "$@"
  scripts/setup.sh --no-nethack
  if [[ -z $name ]]; then exec "$BINARY" experiment list; fi
  if [[ $name == text-rows ]]; then
    text_rows "${options[@]}"
    return
  fi
  [[ $name != */* ]] || name=$(absolute "$name")
  if [[ $command == run ]]; then
    # Only what plays NetHack needs the game.
    if [[ $name == *nethack* ]]; then scripts/setup.sh --no-build; fi
    options+=(--nethack "$NETHACK_DIRECTORY")
    if [[ -n $jobs ]]; then options+=(--jobs "$jobs"); fi
  fi
  exec "$BINARY" experiment "$command" "$name" "${options[@]}"
}

main "$@"
