import Environments
import Foundation
import Runtime
import Transport

/// How the servers of a task are started or reached: its fields of `[environment]`.
struct ServerOptions: Sendable, Hashable {
  static let pythonField = EnvironmentField(
    "python", default: "python3", shapesUnrolls: false,
    "Python environments: the interpreter that has the environment's package and numpy; a path, or a name in PATH.")
  static let argumentsField = EnvironmentField(
    "arguments", default: "",
    "Python environments: keyword arguments of the environment as a JSON object, such as '{\"size\": 8}'.")
  static let wrappersField = EnvironmentField(
    "wrappers", default: "",
    "Python environments: wrappers as MODULE:CLASS, separated by commas; the first one is the innermost.")
  static let captionField = EnvironmentField(
    "caption", default: "",
    "Python environments: what the caption of a step is: \"info.KEY\", \"obs.KEY\", \"events\" (MiniGrid: what "
      + "changed), or \"python:MODULE:FUNCTION\" of environment, observation and info. Empty for no captions.")
  static let categoriesField = EnvironmentField(
    "categories", default: "",
    "Python environments: observations whose integers are categories, as NAME:NUMBER with a number for each channel, such "
      + "as \"image:11,6,4\", which MiniGrid's tasks have anyway.")
  static let serversField = EnvironmentField(
    "servers", default: 0, in: 0...1024, shapesUnrolls: false,
    "Python environments: server processes of a worker, at least one for each of its rollout threads. 0 starts as many as "
      + "there are rollout threads.")
  static let addressesField = EnvironmentField(
    "addresses", default: "", shapesUnrolls: false,
    "Python environments: HOST:PORT of servers that run already, separated by commas. Empty starts servers on the worker's "
      + "machine.")
  static let keyField = EnvironmentField(
    "key", default: "", shapesUnrolls: false,
    "Python environments: file of the secret key that the servers at environment.addresses allow, which also names the "
      + "servers' own key: tengu keys new NAME --role worker --learner keys/servers.public. Needed for other machines.")

  static let fields = [
    pythonField, argumentsField, wrappersField, captionField, categoriesField, serversField, addressesField, keyField,
  ]

  let task: String
  let python: String
  let servers: Int
  let addresses: [Endpoint]
  /// How the servers at `addresses` and this process prove who they are.
  let security: ConnectSecurity
  /// Seconds that a call of an environment may take; 0 = no limit.
  let callSeconds: Double
  /// What the server plays, as options of its command line.
  private let taskArguments: [String]

  /// - Throws: `EnvironmentError` naming the field.
  init(_ options: EnvironmentOptions) throws(EnvironmentError) {
    task = options.task
    switch options.programs {
    case .asConfigured: python = try options.text(Self.pythonField)
    case .interpreter(let path): python = path
    case .refused(let text): throw EnvironmentError("\(options.task) is a Python program of somebody else; \(text)")
    }
    servers = try options.integer(Self.serversField)
    callSeconds = options.callSeconds
    var addresses: [Endpoint] = []
    for text in try options.text(Self.addressesField).split(separator: ",") {
      do {
        addresses.append(try Endpoint(String(text).trimmingCharacters(in: .whitespaces)))
      } catch {
        throw EnvironmentError("environment.addresses: \(error)")
      }
    }
    self.addresses = addresses
    security = try Self.security(keyFile: options.text(Self.keyField), addresses)
    var arguments = ["--task", options.task]
    for (name, field) in [
      ("arguments", Self.argumentsField), ("wrappers", Self.wrappersField), ("caption", Self.captionField),
      ("categories", Self.categoriesField),
    ] {
      let text = try options.text(field)
      // One word, because a value may begin with a hyphen.
      if !text.isEmpty { arguments.append("--\(name)=\(text)") }
    }
    if let steps = options.maximumEpisodeSteps { arguments.append("--maximum-steps=\(steps)") }
    taskArguments = arguments
  }

  /// - Throws: `EnvironmentError` for a key file that cannot be used, and for an address on another machine without one.
  private static func security(
    keyFile: String, _ addresses: [Endpoint]
  ) throws(EnvironmentError) -> ConnectSecurity {
    if keyFile.isEmpty {
      guard let far = addresses.first(where: { !$0.isLoopback }) else { return .loopback }
      throw EnvironmentError(
        "environment.addresses: \(far) is on another machine, which needs a key (environment.key); docs/environments.md "
          + "says how to make the keys")
    }
    if addresses.isEmpty { throw EnvironmentError("environment.key has no effect without environment.addresses") }
    do {
      let file = try KeyFile(readingSecret: keyFile)
      guard let server = file.learner else {
        throw EnvironmentError(
          "environment.key: \(keyFile) does not name the servers' public key; make it with tengu keys new NAME --role worker "
            + "--learner keys/servers.public")
      }
      return .curve(own: file.pair, learner: server)
    } catch let error as EnvironmentError {
      throw error
    } catch {
      throw EnvironmentError("environment.key: \(error)")
    }
  }

  /// What the servers play and where: equal for options whose description is equal.
  var descriptionKey: [String] { [python] + taskArguments + addresses.map(\.description) }

  /// The command that starts a server, whose program arrives first on its standard input.
  /// - Parameters:
  ///   - programBytes: size of the program.
  ///   - progress: path of the file in which it notes the environment that it steps.
  func command(programBytes: Int, progress: String) -> ProgramCall {
    let name = "tengu_env_server.py"
    let loader = """
      import os
      text = bytearray()
      while len(text) < \(programBytes): text += os.read(0, \(programBytes) - len(text)) or exit()
      exec(compile(text, "\(name)", "exec"), {"__name__": "__main__", "__file__": "\(name)"})
      """
    return ProgramCall(python, ["-u", "-c", loader, "--stream", "--progress", progress] + taskArguments)
  }
}
