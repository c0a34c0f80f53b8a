#!/usr/bin/env bash
# Compares configurations: makes every run of an experiment, several at a time, then a page with tables and plots. Sets
# the machine up first where something is missing. Finished runs are not repeated and interrupted ones go on, so the same
# command is to be given again after Ctrl-C, which ends the runs with a checkpoint. Exit status 1: a run failed or was
# interrupted; the page shows those that are finished.
#
# Usage: scripts/experiment.sh [NAME] [options]
#
#   NAME         an experiment of cluster/experiments, or a file (without one: lists those there are)
#                "rows" runs the acceptance tests of all experiments of docs/methods.md in their small versions, and those of
#                tengu-bench methods, within 30 minutes: what does not fit is listed as not run, with exit status 1
#                "text-rows" tries the claims of published methods on text policies: two processes, one core each; exit
#                status 1 too if they took more than their budget, 45 minutes of both cores
#                "studies" runs every study of "tengu study" and keeps its table and numbers; exit status 1: a control failed
#   --smoke      the small version, minutes instead of hours, to see that everything works
#   --out DIR    where runs and results go (default: experiments/NAME)
#   --jobs N     runs at a time (default: one a core; a run that is a cluster of processes goes alone)
#   --small      the version that acceptance tests need, with few seeds
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
      --small) options+=(--small) ;;
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

# Seconds of processor time that all text rows may take: 45 minutes of two cores.
TEXT_ROWS_BUDGET=5400

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
  "$BINARY" text rows --report --budget "$TEXT_ROWS_BUDGET" --out "$out/rows.jsonl" | tee "$out/rows.md" || status=1
  return "$status"
}

# What "rows" runs, in this order: the tests of most rows first. All of it has to end within the budget.
ROWS=(methods mistakes programs design shaping rewards)
ROWS_SECONDS=$((30 * 60))
ROWS_BENCH_SEEDS=5

# show_rows FILE COMMAND: the verdicts in the output of an experiment, each with its command.
show_rows() {
  grep -E '^(passed|failed|undecided|not run) ' "$1" | while read -r line; do printf '%s   [%s]\n' "$line" "$2"; done
}

# rows [--out DIR]: the acceptance tests within ROWS_SECONDS.
rows() {
  local out=experiments/rows row left status=0 began=$SECONDS counts
  while [[ $# -gt 0 ]]; do
    case $1 in
      --out) out=$2; shift ;;
      *) usage_error "rows has no option \"$1\"" ;;
    esac
    shift
  done
  mkdir -p "$out"
  : >"$out/verdicts.txt"
  for row in "${ROWS[@]}" bench; do
    left=$((ROWS_SECONDS - (SECONDS - began)))
    if [[ $left -le 0 ]]; then
      say "$row: not run; the budget of $((ROWS_SECONDS / 60)) minutes is used up"
      printf 'not run %s\n' "$row" >>"$out/verdicts.txt"
      status=1
      continue
    fi
    if [[ $row == bench ]]; then
      # A verdict is the last column of a line of the table.
      timeout "$left" "${BINARY%/*}/tengu-bench" methods --seeds "$ROWS_BENCH_SEEDS" >"$out/bench.md" || status=1
      sed -nE 's/^\| (.*) \| (.*) \| (.*) \| (.*) \| .* \| (passed|failed|undecided) \|$/\5 \1: \4, \3/p' "$out/bench.md" >"$out/bench.txt"
      show_rows "$out/bench.txt" "tengu-bench methods" | tee -a "$out/verdicts.txt"
      continue
    fi
    # An interrupted experiment ends its runs with a checkpoint and shows what is decided.
    timeout --signal INT "$left" "$BINARY" experiment run "$row" --small --out "$out/$row" ${jobs:+--jobs "$jobs"} >"$out/$row.txt" || status=1
    show_rows "$out/$row.txt" "scripts/experiment.sh $row --small" | tee -a "$out/verdicts.txt"
  done
  counts=$(sed 's/^not run/not-run/; s/ .*//' "$out/verdicts.txt" | sort | uniq -c | tr -s ' \n' ' ')
  say "verdicts:$counts; $(((SECONDS - began + 59) / 60)) of $((ROWS_SECONDS / 60)) minutes; see $out"
  return "$status"
}

# studies [--smoke] [--out DIR]: every study, two at a time or --jobs; tables and numbers go to DIR.
studies() {
  local out=experiments/studies seeds=() names=() name status=0
  while [[ $# -gt 0 ]]; do
    case $1 in
      --smoke) seeds=(--seeds 1) ;;
      --out) out=$2; shift ;;
      *) usage_error "studies has no option \"$1\"" ;;
    esac
    shift
  done
  mkdir -p "$out"
  mapfile -t names < <("$BINARY" study | sed -nE '3,$s/^\| ([a-z-]+) .*/\1/p')
  if [[ $command == run ]]; then
    # shellcheck disable=SC2016 # the inner shell expands them
    printf '%s\0' "${names[@]}" | xargs -0 -P "${jobs:-2}" -I '{}' bash -c \
      '"$1" study "$2" "${@:4}" --json "$3/$2.json" >"$3/$2.md" 2>"$3/$2.log"' \
      studies "$BINARY" '{}' "$out" "${seeds[@]}" || status=1
  fi
  for name in "${names[@]}"; do
    [[ -f $out/$name.md ]] || continue
    say "$name: see $out/$name.md"
    cat "$out/$name.md"
  done
  return "$status"
}

main() {
  parse "$@"
  scripts/setup.sh --no-nethack
  if [[ -z $name ]]; then exec "$BINARY" experiment list; fi
  if [[ $name == rows ]]; then
    rows "${options[@]}"
    return
  fi
  if [[ $name == text-rows ]]; then
    text_rows "${options[@]}"
    return
  fi
  if [[ $name == studies ]]; then
    studies "${options[@]}"
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
