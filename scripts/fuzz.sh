#!/usr/bin/env bash
# Fuzzes the decoders of bytes from outside with libFuzzer, AddressSanitizer and, for the C code, UBSan.
#
# Usage: scripts/fuzz.sh [--together] [SECONDS] [TARGET ...]
#
#   SECONDS   how long each target runs (default: 20)
#   TARGET    wire, safetensors, manifest, toml, answers, episodes, keys, servers, programs, models (default: all of them, one after the other)
#   --together  all targets at the same time instead of one after the other
#   --seeds   write the seeds of Fuzz/corpus again instead of fuzzing; after a change of a format
#   --help    this text
#
# Builds into .build-fuzz, with the lowest priority. A run starts from Fuzz/corpus/TARGET, cluster/configs and the tests' tiny models, and keeps
# what it finds in .build-fuzz/corpus/TARGET. Exit status 1: an input crashed a decoder, broke an invariant, took more
# than 512 MB or more than 10 s (60 s with --together); it is in .build-fuzz/finds.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

ALL_TARGETS=(wire safetensors manifest toml answers episodes keys servers programs models)
OUT=$ROOT/.build-fuzz
FUZZER=$OUT/fuzz
CLANG=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang

# In the order of their dependencies.
C_MODULES=(CFiles CPlatform CWire CIntegerProduct)
SYSTEM_MODULES=(CZeroMQ CSodium COpenBLAS CProtobufC CZstd CZlib CCurl)
SWIFT_MODULES=(Runtime Statistics Tensor Trajectories RewardPrograms Environments Captions Transport EnvironmentServers Wire Judging LanguageModelClient
  LocalModel Checkpoints Configuration Replays)
LIBRARIES=(-lzmq -lsodium -lopenblas -lprotobuf-c -lzstd -lz -lcurl)

compile_c() {
  local module=$1 source
  for source in Sources/"$module"/*.c; do
    nice -n 19 "$CLANG" -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
      -I "Sources/$module/include" -c "$source" -o "$OUT/$module-$(basename "$source").o"
  done
  # As SwiftPM makes it for a C target.
  printf 'module %s { umbrella header "%s/Sources/%s/include/%s.h"\n export * }\n' \
    "$module" "$ROOT" "$module" "$module" >"$OUT/$module.modulemap"
}

# compile_swift MODULE FOLDER
compile_swift() {
  local module=$1 maps=() name sources
  for name in "${C_MODULES[@]}"; do maps+=(-Xcc "-fmodule-map-file=$OUT/$name.modulemap"); done
  for name in "${SYSTEM_MODULES[@]}"; do maps+=(-Xcc "-fmodule-map-file=Sources/$name/module.modulemap"); done
  mapfile -t sources < <(find "$2" -name '*.swift' | sort)
  nice -n 19 swiftc -O -g -sanitize=fuzzer,address -parse-as-library -wmo -swift-version 6 -enable-testing \
    -package-name tengu -module-name "$module" -module-cache-path "$OUT/cache" -I "$OUT" -Xcc -fno-math-errno \
    "${maps[@]}" -emit-module -emit-module-path "$OUT/$module.swiftmodule" -c -o "$OUT/$module.o" "${sources[@]}"
}

# Whether a file in folder `$2` is newer than the object file of module `$1`, or there is none.
changed() {
  [[ ! -e $OUT/$1.o || -n $(find "$2" -newer "$OUT/$1.o" -print -quit) ]]
}

# Compiles what has changed, and what comes after it.
build() {
  local module folder stale=false
  mkdir -p "$OUT/finds"
  for module in "${C_MODULES[@]}"; do compile_c "$module"; done
  for module in "${SWIFT_MODULES[@]}" FuzzTargets; do
    folder=Sources/$module
    [[ $module != FuzzTargets ]] || folder=Fuzz/Targets
    if $stale || changed "$module" "$folder"; then
      compile_swift "$module" "$folder"
      stale=true
    fi
  done
  nice -n 19 swiftc -sanitize=fuzzer,address -o "$FUZZER" "$OUT"/*.o "${LIBRARIES[@]}"
}

write_seeds() {
  local target
  for target in "${ALL_TARGETS[@]}"; do
    mkdir -p "Fuzz/corpus/$target"
    TENGU_FUZZ_TARGET=$target TENGU_FUZZ_SEEDS=Fuzz/corpus/$target "$FUZZER"
  done
}

# Seconds that one input may take: by the clock, which also counts while other processes have the processor.
longest_seconds=10

# fuzz TARGET SECONDS: prints one line; fails if an input was found.
fuzz() {
  local target=$1 seconds=$2 kept=$OUT/corpus/$1 log=$OUT/$1.log status=0 longest=65536 seeds=("Fuzz/corpus/$1")
  mkdir -p "$kept"
  [[ $target != models ]] || { seeds=(Tests/LocalModelTests/Golden) && longest=140000; }
  # A configuration is short; long ones take long, because every unknown field is compared with all known ones.
  [[ $target != toml ]] || { seeds+=(cluster/configs cluster/experiments) && longest=4096; }
  TENGU_FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=symbolize=0:detect_leaks=0 \
    timeout $((seconds + 60)) nice -n 19 "$FUZZER" "$kept" "${seeds[@]}" -max_total_time="$seconds" -timeout="$longest_seconds" \
    -rss_limit_mb=512 -max_len="$longest" -print_final_stats=1 -artifact_prefix="$OUT/finds/$target-" \
    >"$log" 2>&1 </dev/null || status=$?
  say "$target: $(grep -o 'number_of_executed_units: [0-9]*' "$log" | grep -o '[0-9]*' || printf '?') executions," \
    "coverage $(grep -o 'cov: [0-9]*' "$log" | tail -1 | grep -o '[0-9]*' || printf '?')," \
    "$(if [[ $status -eq 0 ]]; then printf 'no finds'; else printf 'FOUND: see %s and %s/finds' "$log" "$OUT"; fi)"
  return "$((status > 0))"
}

main() {
  local seconds=20 targets=() writes_seeds=false is_together=false failures=0 runs=() target argument
  for argument in "$@"; do
    case $argument in
      -h | --help) show_help && exit 0 ;;
      --seeds) writes_seeds=true ;;
      --together) is_together=true && longest_seconds=60 ;;
      *[!0-9]*) targets+=("$argument") ;;
      *) seconds=$argument ;;
    esac
  done
  for target in "${targets[@]}"; do
    [[ " ${ALL_TARGETS[*]} " == *" $target "* ]] || usage_error "there is no target \"$target\""
  done
  [[ ${#targets[@]} -gt 0 ]] || targets=("${ALL_TARGETS[@]}")
  build
  if $writes_seeds; then write_seeds && return; fi
  for target in "${targets[@]}"; do
    if $is_together; then
      fuzz "$target" "$seconds" &
      runs+=($!)
    else
      fuzz "$target" "$seconds" || failures=$((failures + 1))
    fi
  done
  for target in "${runs[@]}"; do wait "$target" || failures=$((failures + 1)); done
  [[ $failures -eq 0 ]]
}

main "$@"
