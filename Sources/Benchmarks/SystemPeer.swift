import Captions
import Foundation

extension SystemCase.Peer {
  /// What it is called in tables.
  var name: String {
    switch self {
    case .oni(let framesPerSecond): "ONI (\(Int(framesPerSecond)), rescaled)"
    case .sampleFactory: "Sample Factory"
    case .itself(let name, _): name
    }
  }

  /// A call that measures its frames a second, once.
  /// - Parameter system: what it is measured beside.
  /// - Throws: `BenchmarkError` when this machine does not have it.
  func measuring(
    of system: SystemCase, _ settings: BenchmarkSettings, program: String
  ) throws -> (_ round: Int) throws -> Double {
    switch self {
    case .oni(let framesPerSecond):
      let torch = try settings.torch().get()
      return { _ in
        framesPerSecond * SystemCase.oniTrainStepSeconds
          / (try torch.secondsPerCall("train 1024 \(min(settings.seconds, 3))"))
      }
    case .sampleFactory:
      let python = settings.sampleFactoryPython
      guard FileManager.default.isExecutableFile(atPath: python) else {
        throw BenchmarkError("no Sample Factory at \(python); scripts/bench/setup-peers.sh installs it")
      }
      return { _ in try Self.sampleFactory(python, seconds: settings.seconds) }
    case .itself(let name, let overrides):
      let other = SystemCase(name, system.configuration, system.overrides + overrides)
      return { _ in try SystemWindow(of: other, settings, program: program).framesPerSecond }
    }
  }

  private static func sampleFactory(_ python: String, seconds: Double) throws -> Double {
    struct Answer: Decodable { var framesPerSecond: Double }
    let process = try ChildProcess(
      python, ["scripts/bench/sample_factory_cartpole.py", "--seconds", "\(seconds)", "--warm-up", "\(seconds / 3)"])
    let answer = try process.decoded(Answer.self)
    try process.awaitEnd()
    return answer.framesPerSecond
  }
}
