#!/usr/bin/env bash
# Where a run's metrics go besides metrics.jsonl: TensorBoard event files, /metrics and /health over HTTP, and an OpenTelemetry
# collector. A real run writes them; readers that nobody here wrote read them where they are installed.
#
# Usage: scripts/test-sinks.sh [--tensorboard PYTHON] [--wandb PYTHON] [--keep]
#
#   --tensorboard PYTHON   a Python with the package tensorboard, whose reader then reads the event file too
#   --wandb PYTHON         a Python with the package wandb, which then makes an offline run of the metrics
#   --keep                 keep the run directories
#   --help                 this text
#
# promtool (Debian package prometheus) checks the metrics if it is installed. Without python3 or curl the test ends with
# status 77.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

BOUND_SECONDS=120

keep=false tensorboard='' wandb=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --keep) keep=true ;;
    --tensorboard) tensorboard=$(absolute "$(option_value "$@")"); shift ;;
    --wandb) wandb=$(absolute "$(option_value "$@")"); shift ;;
    -h | --help) show_help && exit 0 ;;
    *) usage_error "unknown option \"$1\"" ;;
  esac
  shift
done
for program in python3 curl; do
  command -v "$program" >/dev/null || { say "skipped: $program is not installed" && exit "$EXIT_SKIPPED"; }
done
require_binary

scratch=$(mktemp -d)
run=$scratch/runs/sinks
process='' collector=''

clean_up() {
  local status=$?
  if [[ $status -ne 0 ]]; then tail -n 20 "$run"/*.log "$scratch"/*.out 2>/dev/null || true; fi
  end_process "$process"
  end_process "$collector"
  if $keep; then say "kept: $scratch"; else rm -rf "$scratch"; fi
}
trap clean_up EXIT

# serial NAME STEPS [OVERRIDE ...]: a run on one thread in the background, as `process`.
serial() {
  local name=$1 steps=$2
  shift 2
  "$BINARY" serial --config cluster/configs/captiongrid.toml --name "$name" --runs "$scratch/runs" --steps "$steps" \
    telemetry.interval_seconds=0.2 "$@" >"$scratch/$name.out" 2>&1 &
  process=$!
  WATCHED_PROCESS=$process
}

# The address of the endpoint of run `$1`, from its log.
address() { sed -n 's#.* metrics: http://\([^/]*\)/metrics.*#\1#p' "$scratch/runs/$1/learner.log" 2>/dev/null | tail -n 1; }
has_address() { [[ -n $(address "$1") ]]; }
serves() { curl --silent --fail --max-time 5 "http://$(address sinks)/$1" >"$scratch/$1.txt" && grep -q "$2" "$scratch/$1.txt"; }
events() { python3 scripts/sinks/read_events.py "$1"; }
event_file() { find "$run/tensorboard" -name 'events.out.tfevents.*' | sort | tail -n 1; }
# The text goes through a file: a reader that ends early would end the writer.
has_events() { events "$(event_file)" >"$scratch/events.txt" && grep -q "$1" "$scratch/events.txt"; }

serial sinks 100000000 telemetry.tensorboard=true telemetry.prometheus=127.0.0.1:0
expect_within $BOUND_SECONDS "the log names the endpoint" has_address sinks
expect_within $BOUND_SECONDS "/metrics has the steps trained on" serves metrics '^tengu_run_steps_trained_total{run="sinks"} [1-9]'
expect_within $BOUND_SECONDS "/metrics has the phases" serves metrics '^tengu_phase_learner_backward{run="sinks"} 0\.'
expect_within $BOUND_SECONDS "/health says ok" serves health '"status":"ok"'
if command -v promtool >/dev/null; then
  expect "promtool finds nothing wrong" promtool check metrics <"$scratch/metrics.txt"
else
  say "skip  promtool is not installed (Debian package prometheus)"
fi
curl --silent --header 'Accept: application/openmetrics-text' "http://$(address sinks)/metrics" >"$scratch/open.txt"
expect "OpenMetrics ends with its last line" test "$(tail -n 1 "$scratch/open.txt")" = '# EOF'
code() { curl --silent --output /dev/null --write-out '%{http_code}' "$@"; }
expect "another path is not found" test "$(code "http://$(address sinks)/labels")" = 404
expect "a POST is refused" test "$(code --data x "http://$(address sinks)/metrics")" = 405
expect_status 1 "a port that is taken is refused at the start" "$BINARY" serial --config cluster/configs/captiongrid.toml \
  --name second --runs "$scratch/runs" --steps 1000 "telemetry.prometheus=$(address sinks)"
expect "with a line that names the field" grep -q 'telemetry.prometheus' <<<"$LAST_OUTPUT"
expect "and leaves no run" test ! -e "$scratch/runs/second/config.toml"
expect_status 64 "other machines are refused" "$BINARY" learner --dry-run telemetry.prometheus=0.0.0.0:9464
expect_within $BOUND_SECONDS "the event file has scalars" has_events ' run/steps_trained [1-9]'
expect_within $BOUND_SECONDS "the event file has histograms of returns" has_events ' episode/returns histogram [1-9]'
expect_within $BOUND_SECONDS "the event file has the newest labels" has_events ' labels/newest/text_summary text'
kill -TERM "$process"
expect_exit "$process" 0 $BOUND_SECONDS "the run ends"
expect "every scalar of the last record is in metrics.jsonl too" python3 scripts/sinks/compare_events.py \
  "$(event_file)" "$run/metrics.jsonl"
if [[ -n $tensorboard ]]; then
  expect "TensorBoard's own reader agrees" "$tensorboard" scripts/sinks/read_with_tensorboard.py \
    "$run/tensorboard" "$run/metrics.jsonl"
else
  say "skip  TensorBoard's own reader: name a Python that has it with --tensorboard"
fi

if [[ -n $wandb ]]; then
  expect_status 0 "Weights & Biases makes an offline run" "$wandb" scripts/sinks/to_wandb.py "$run" --folder "$scratch/wandb"
  expect "with the records of the metrics" [ -n "$(find "$scratch/wandb" -name '*.wandb' -size +8k)" ]
else
  say "skip  Weights & Biases: name a Python that has it with --wandb"
fi

# collect NAME [STATUS]: a collector that answers with STATUS, as `collector`; its address is in `url`.
collect() {
  end_process "$collector"
  rm -f "$scratch/port"
  python3 scripts/sinks/otlp_receiver.py "$scratch/port" "$scratch/$1.points" "${@:2}" >"$scratch/$1.collector.out" 2>&1 &
  collector=$!
  expect_within $BOUND_SECONDS "the collector $1 listens" test -s "$scratch/port"
  url=http://127.0.0.1:$(<"$scratch/port")/v1/metrics
}

collect accepting
serial otlp 60000 "telemetry.otlp=$url"
expect_exit "$process" 0 $BOUND_SECONDS "a run with a collector is completed"
expect "the collector got counters" has_line "$scratch/accepting.points" '^tengu\.run\.steps_trained sum [0-9]{19} [1-9]'
expect "and gauges" has_line "$scratch/accepting.points" '^tengu\.learner\.entropy gauge|^tengu\..*entropy gauge'
expect "in the form of the protocol" has_no_line "$scratch/accepting.points" '^wrong'
collect refusing 400
serial refused 20000 "telemetry.otlp=$url"
expect_exit "$process" 0 $BOUND_SECONDS "a run whose collector refuses everything is completed"
expect "and says so once" test "$(grep -c 'metrics for OpenTelemetry cannot be written' "$scratch/runs/refused/learner.log")" = 1
serial unreachable 20000 telemetry.otlp=http://127.0.0.1:1/v1/metrics
expect_exit "$process" 0 $BOUND_SECONDS "a run whose collector is not there is completed"
expect_status 64 "an address that is none is refused" "$BINARY" learner --dry-run telemetry.otlp=localhost:4318

# A disk that is full, and the run ends well all the same.
mkdir -p "$scratch/runs/full"
touch "$scratch/runs/full/tensorboard"
serial full 20000 telemetry.tensorboard=true
expect_exit "$process" 0 $BOUND_SECONDS "a run whose event file cannot be created is completed"
expect "and says so once" test "$(grep -c 'there will be no TensorBoard events' "$scratch/runs/full/learner.log")" = 1
report_checks
