import Foundation
import Runtime

/// What a language-model server of this machine is started with.
public struct ModelServerOptions: Sendable, Equatable {
  /// A GGUF file; nil for the small model that is fetched.
  public var model: String?
  /// Port on 127.0.0.1; 0 takes any free one.
  public var port = 8080
  /// Threads that compute.
  public var threads = 1
  /// Requests answered at once; each keeps its own prefix cache.
  public var slots = 1
  /// Tokens that a prompt and its answer may have together.
  public var context = 2048
  /// A file whose first line is the key that clients must send.
  public var keyFile: String?
  /// A file that receives the server's address and the model's name once it answers.
  public var readyFile: String?

  public init(model: String? = nil) { self.model = model }

  /// Options of `tengu serve-llm`.
  var arguments: [String] {
    option("--model", model)
      + [
        "--port", "\(port)", "--threads", "\(threads)", "--slots", "\(slots)", "--context", "\(context)",
      ] + option("--key-file", keyFile) + option("--ready-file", readyFile)
  }
}

/// llama.cpp's HTTP server with one model, on loopback.
public struct ModelServer {
  private let options: ModelServerOptions
  private let installation: Installation
  private let files: ModelServerFiles
  private let model: String
  private let name: String

  /// - Throws: `LauncherError` naming the model or key file that cannot be used. Nothing is fetched yet.
  public init(_ options: ModelServerOptions, in installation: Installation) throws(LauncherError) {
    self.installation = installation
    files = ModelServerFiles(installation)
    var options = options
    options.keyFile = options.keyFile.map(installation.absolute)
    options.readyFile = options.readyFile.map(installation.absolute)
    self.options = options
    if let given = options.model.map(installation.absolute) {
      try Self.check(model: given)
      model = given
      name = URL(fileURLWithPath: given).deletingPathExtension().lastPathComponent
    } else {
      model = files.smallModel
      name = ModelServerFiles.smallModelName
    }
    if let keyFile = options.keyFile { try Self.check(keyFile: keyFile) }
  }

  private static func check(model: String) throws(LauncherError) {
    guard isFile(model), let file = FileHandle(forReadingAtPath: model) else {
      throw LauncherError("there is no model \(model)")
    }
    defer { try? file.close() }
    guard let start = try? file.read(upToCount: 4), start == Data("GGUF".utf8) else {
      throw LauncherError("\(model) is not a GGUF file")
    }
  }

  private static func check(keyFile: String) throws(LauncherError) {
    guard let text = try? String(contentsOfFile: keyFile, encoding: .utf8) else {
      throw LauncherError("cannot read the key file \(keyFile)")
    }
    guard text.split(separator: "\n", omittingEmptySubsequences: false).first?.isEmpty == false else {
      throw LauncherError("the first line of \(keyFile) is empty; write the key there")
    }
  }

  /// Fetches the server, and the small model if it is the one to serve, where they are missing.
  /// - Throws: `LauncherError` saying what could not be fetched.
  public func fetch() throws {
    try files.fetch(model: options.model == nil)
  }

  /// One line that says where the fetched files are.
  public var whereabouts: String { "the server and \(name) are in \(installation.languageModel)" }

  /// Turns this process into the server; returns only by throwing. SIGTERM and SIGINT end the server.
  public func replaceThisProcess() throws -> Never {
    let script = "\(installation.home)/scripts/lib/llm_server.py"
    guard isFile(script) else {
      throw LauncherError("there is no \(script); set TENGU_HOME to the folder of Tengu's repository")
    }
    let arguments =
      ["-I", script, "--library", files.library, "--model", model, "--name", name]
      + ["--port", "\(options.port)", "--threads", "\(options.threads)"]
      + ["--slots", "\(options.slots)", "--context", "\(options.context)"]
      + option("--key-file", options.keyFile) + option("--ready-file", options.readyFile)
    try ProgramCall("python3", arguments).replaceThisProcess()
  }
}
