#!/usr/bin/env bash
# Evaluations while a run trains, and the web page of runs, with real processes: a launched run is evaluated and resumed from
# its best checkpoint; the page is read by curl and, where there is one, by a browser.
#
# Usage: scripts/test-dashboard.sh [--browser PYTHON] [--pictures DIR] [--keep]
#
#   --browser PYTHON   a Python with the package playwright; it drives the installed chromium
#   --pictures DIR     keep the browser's pictures in this folder
#   --keep             keep the run directories
#   --help             this text
#
# Without curl or python3 the test ends with status 77.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/checks.sh
source "$ROOT/scripts/lib/checks.sh"

# Evaluations run in the time that all other programs leave.
BOUND_SECONDS=300

keep=false browser='' pictures=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --keep) keep=true ;;
    --browser) browser=$(absolute "$(option_value "$@")"); shift ;;
    --pictures) pictures=$(absolute "$(option_value "$@")"); shift ;;
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
runs=$scratch/runs
export TENGU_RUNS=$runs
process=''

clean_up() {
  local status=$?
  if [[ $status -ne 0 ]]; then tail -n 20 "$runs"/*/*.log "$scratch"/*.out 2>/dev/null || true; fi
  end_process "$process"
  if $keep; then say "kept: $scratch"; else rm -rf "$scratch"; fi
}
trap clean_up EXIT

# start NAME COMMAND...: a command in the background, as `process`.
start() {
  local name=$1
  shift
  "$@" >"$scratch/$name.out" 2>&1 &
  process=$!
  WATCHED_PROCESS=$process
}

lines() { if [[ -f $1 ]]; then wc -l <"$1"; else echo 0; fi; }
has_lines() { [[ $(lines "$1") -ge $2 ]]; }
newest_metric() { tail -n 1 "$1/metrics.jsonl" | python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1]))' "$2"; }

# Evaluations of a launched run, and the page that comes with it.
mkdir -p "$runs"
start one "$BINARY" launch captiongrid --name one --workers 1 --steps 400000 --dashboard telemetry.interval_seconds=0.5 \
  evaluation.every_steps=50000 evaluation.episodes=16
expect_within $BOUND_SECONDS "the launcher prints the page's address" grep -q '^dashboard: http://127.0.0.1:' "$scratch/one.out"
url=$(sed -n 's/^dashboard: //p' "$scratch/one.out")
get() { curl --silent --fail --max-time 10 "$@"; }
get_json() { get "${url}$1" | python3 -c "import json, sys; answer = json.load(sys.stdin); print($2)"; }
has_status() { [[ $(get_json "api/status?run=$id" 'len((answer.get("status") or {}).get("peers", []))') -ge 1 ]]; }
id=$(get_json api/runs 'answer["runs"][0]["id"]')
expect_within $BOUND_SECONDS "the page has the learner's status" has_status
expect_within $BOUND_SECONDS "evaluations are played while the run trains" has_lines "$runs/one/evaluations.jsonl" 1
expect_exit "$process" 0 $BOUND_SECONDS "the run ends, and its page with it"
expect "nothing is left of it" test -z "$(pgrep -f "$runs/one" || true)"
expect "no evaluation failed" test "$(newest_metric "$runs/one" evaluation/failed)" = 0
expect "every one has a line of the curve" test \
  "$(lines "$runs/one/evaluations.jsonl")" = "$(newest_metric "$runs/one" evaluation/finished)"
expect "each was finished or skipped" test \
  "$(($(newest_metric "$runs/one" evaluation/finished) + $(newest_metric "$runs/one" evaluation/skipped)))" = 8
expect "every skipped one has a line in the log" test \
  "$(grep -c 'evaluation of step [0-9]* is skipped' "$runs/one/learner.log")" = "$(newest_metric "$runs/one" evaluation/skipped)"
best=$(newest_metric "$runs/one" evaluation/best_step)
expect "the best checkpoint is evaluated alike by hand" "$BINARY" eval "$runs/one/best" --episodes 16 --threads 1 \
  --json "$scratch/best.json"
expect "with the same return" python3 -c '
import json, sys
report, best = json.load(open(sys.argv[1])), sys.argv[2]
returns = [line["summary"]["mean"] for line in report["lines"] if line["measure"] == "return"]
assert str(report["step"]) == best, report["step"]
assert abs(returns[0] - float(sys.argv[3])) < 1e-9, returns
' "$scratch/best.json" "$best" "$(newest_metric "$runs/one" evaluation/best_return)"
expect "its episode is replayed" "$BINARY" replay --plain --from 0 --to 3 "$runs/one/best/episode-0.json"
start resumed "$BINARY" launch --resume best --name one --steps "$((best + 30000))"
expect_exit "$process" 0 $BOUND_SECONDS "the run continues from its best checkpoint"
expect "and says so" grep -q "resumed from .*best: $best steps" "$runs/one/learner.log"

# A run whose evaluations take longer than their interval.
start slow "$BINARY" launch captiongrid --name slow --workers 1 --steps 200000 run.seed=2 evaluation.every_steps=5000 \
  evaluation.episodes=200
expect_exit "$process" 0 $BOUND_SECONDS "a run whose evaluations are too slow ends"
expect "it skipped some" test "$(newest_metric "$runs/slow" evaluation/skipped)" -ge 1

# The page of several runs.
start page "$BINARY" dashboard "$runs" --listen 127.0.0.1:0 --ready-file "$scratch/url"
expect_within $BOUND_SECONDS "the page is served" test -s "$scratch/url"
url=$(cat "$scratch/url")
code() { curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' "$@"; }
expect "it lists both runs" test "$(get_json api/runs 'len(answer["runs"])')" = 2
expect "the policy forbids everything from elsewhere" grep -qi "content-security-policy: default-src 'none'" \
  <(curl --silent --dump-header - --output /dev/null "$url")
expect "another name for this machine is refused" test "$(code --header 'Host: evil.example' "$url")" = 403
expect "a path out of the runs is not found" test "$(code --path-as-is "${url}../../etc/passwd")" = 404
expect "a POST is refused" test "$(code --data x "${url}api/runs")" = 405
id=$(get_json api/runs 'answer["runs"][0]["id"]')
expect "captions have labels and who gave them" test "$(get_json "api/captions?run=$id" \
  'any(row.get("label") is not None and row["by"] for row in answer["rows"])')" = True
expect "the episode has a screen" test "$(get_json "api/episode?run=$id" '"lines" in answer["frames"][0]')" = True
if [[ -n $browser ]]; then
  expect "a browser shows every view" "$browser" scripts/dashboard/browse.py "$url" "${pictures:-$scratch}"
else
  say "skip  the browser: name a Python that has playwright with --browser"
fi
end_process "$process"

# Beyond loopback.
start token "$BINARY" dashboard "$runs" --listen 0.0.0.0:0 --ready-file "$scratch/open"
expect_within $BOUND_SECONDS "the page is served beyond loopback" test -s "$scratch/open"
open=$(sed 's/0\.0\.0\.0/127.0.0.1/' "$scratch/open")
expect "without the token nothing is shown" test "$(code "${open%%\?*}api/runs")" = 401
expect "a wrong token is refused" test "$(code "${open%%\?*}?token=0")" = 401
expect "the token leads to the page" test "$(curl --silent --location --cookie-jar "$scratch/jar" --output /dev/null \
  --write-out '%{http_code}' "$open")" = 200
expect "and the cookie to its contents" test "$(code --cookie "$scratch/jar" "${open%%\?*}api/runs")" = 200
report_checks
