import Glibc

/// What is fuzzed: a decoder of bytes from outside, with what must hold for every input besides that nothing crashes.
struct FuzzTarget: Sendable {
  let name: String
  /// Decodes `bytes` and checks the invariants.
  let run: @Sendable (UnsafeRawBufferPointer) -> Void
  /// Inputs that the decoder accepts, by file name: the beginning of a corpus.
  let seeds: @Sendable () -> [(name: String, bytes: [UInt8])]

  static let all: [FuzzTarget] = [
    .wire, .safetensors, .manifest, .toml, .answers, .episodes, .keys, .servers, .programs,
    .models,
  ]

  /// The target that the environment names.
  static let chosen: FuzzTarget = {
    let name = getenv("TENGU_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = all.first(where: { $0.name == name }) else {
      print("TENGU_FUZZ_TARGET is one of \(all.map(\.name).joined(separator: ", ")), not \"\(name)\"")
      exit(64)
    }
    return target
  }()
}

/// Ends the process where libFuzzer sees it, and keeps the input, unless `condition` holds.
func require(_ condition: Bool, _ what: @autoclosure () -> String) {
  if !condition { fatalError("an invariant is broken: \(what())") }
}

/// Called once. With TENGU_FUZZ_SEEDS it writes the target's seeds into that folder and ends.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>>>
) -> CInt {
  let target = FuzzTarget.chosen
  guard let folder = getenv("TENGU_FUZZ_SEEDS").map({ String(cString: $0) }) else { return 0 }
  for seed in target.seeds() {
    guard let file = fopen("\(folder)/\(seed.name)", "w") else { exit(1) }
    _ = seed.bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
    fclose(file)
  }
  exit(0)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  FuzzTarget.chosen.run(UnsafeRawBufferPointer(start: data, count: count))
  return 0
}
