import Runtime

/// All settings of a run: task, network, learning, labels, transport and records.
///
/// `RunConfiguration.load` and `init(toml:fileName:)` make values of this type, in the order defaults < file < command
/// line. `ConfigurationField.all` lists the meaning, the unit and the range of each field.
public struct RunConfiguration: Sendable, Hashable {
  public var run = RunSection()
  public var environment = EnvironmentSection()
  public var network = NetworkSection()
  public var worker = WorkerSection()
  public var learner = LearnerSection()
  public var reward = RewardSection()
  public var annotator = AnnotatorSection()
  public var languageModel = LanguageModelSection()
  public var transport = TransportSection()
  public var checkpoint = CheckpointSection()
  public var telemetry = TelemetrySection()

  /// The defaults.
  public init() {}

  /// Environment steps of one unroll of one group: unroll length T times environments E.
  public var unrollFrames: Int { learner.unrollLength * worker.environmentsPerGroup }

  /// The seed of the run as random generators take it.
  public var seed: UInt64 { UInt64(bitPattern: Int64(run.seed)) }

  /// The resolved configuration as TOML, each field under its explanation. Reading the text gives this value again.
  public func tomlText() -> String {
    var text = ""
    var section: Substring = ""
    for field in ConfigurationField.all {
      if field.section != section {
        section = field.section
        text += (text.isEmpty ? "" : "\n") + "[\(section)]\n"
      }
      for line in Self.wrapped(field.explanation, columns: 98) { text += "# \(line)\n" }
      text += "\(field.name) = \(field.value(self).toml)\n"
    }
    return text
  }

  /// Prose broken into lines of at most `columns` characters, but for longer words.
  private static func wrapped(_ text: String, columns: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= columns {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  /// SHA-256, in hexadecimal, of the fields that the shape or the meaning of an unroll depends on. Learner, workers and
  /// checkpoints with the same hash fit each other; other fields may change between a run and its resumption.
  public var hash: String {
    let fields = ConfigurationField.all.filter(\.shapesUnrolls)
    let canonical = fields.map { "\($0.path) = \($0.value(self).toml)\n" }.joined()
    return SHA256.hexadecimal(of: canonical)
  }

  /// The fields in which two configurations differ, in the table's order.
  public func differences(from other: RunConfiguration) -> [ConfigurationField] {
    ConfigurationField.all.filter { $0.value(self) != $0.value(other) }
  }
}

/// Why a configuration was refused: every problem found, one line each.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable, Hashable {
  /// Each problem names its place: `file:line: problem`, `command line: problem`, or the fields concerned.
  public let problems: [String]

  public init(_ problems: [String]) { self.problems = problems }

  public var description: String { problems.joined(separator: "\n") }
}
