/// How environments of a run are made: the run's `[environment]` section, and what the machine and the caller add.
public struct EnvironmentOptions: Sendable, Hashable {
  /// The task's name in the registry.
  public var task: String
  /// Steps after which an episode is truncated; nil for the task's own limit.
  public var maximumEpisodeSteps: Int?
  /// Values of the fields that tasks declare, by name. A task reads its own and finds the default where there is none.
  public var settings: [String: EnvironmentField.Value]
  /// The folder of the game's files on this machine; nil for the task's usual one.
  public var gameDirectory: String?
  /// The names of the observations to produce; nil for those of the task's choice.
  public var observationKeys: [String]?
  /// Whether environments collect also those `Environment.facts` that cost time. Evaluations need them, training does not.
  public var recordsFacts = false
  /// Seconds that a call of an environment in another process may take; 0 = no limit.
  public var callSeconds = 30.0
  /// Whether a task that is a program named by the options may run here, and with which interpreter.
  public var programs = Programs.asConfigured

  public init(
    task: String, maximumEpisodeSteps: Int? = nil, settings: [String: EnvironmentField.Value] = [:],
    gameDirectory: String? = nil, observationKeys: [String]? = nil
  ) {
    self.task = task
    self.maximumEpisodeSteps = maximumEpisodeSteps
    self.settings = settings
    self.gameDirectory = gameDirectory
    self.observationKeys = observationKeys
  }

  /// The integer in a field; its default if the options have none.
  /// - Throws: `EnvironmentError` if the value is a text, or not in the field's range.
  public func integer(_ field: EnvironmentField) throws(EnvironmentError) -> Int {
    guard case .integer(let number) = try field.checked(settings[field.name]) else { throw field.refusal }
    return number
  }

  /// The text in a field; its default if the options have none.
  /// - Throws: `EnvironmentError` if the value is an integer.
  public func text(_ field: EnvironmentField) throws(EnvironmentError) -> String {
    guard case .text(let text) = try field.checked(settings[field.name]) else { throw field.refusal }
    return text
  }
}

/// Which programs a task may run. The options of a run can come from another machine, or from a file that somebody sent.
public enum Programs: Sendable, Hashable {
  /// Those that the options name: they are the user's own.
  case asConfigured
  /// With the user's interpreter instead of the one that the options name.
  case interpreter(String)
  /// None; the text says how to allow them.
  case refused(String)
}

/// A field of `[environment]` that a task declares: with it a task has settings of its own, and no other task or module
/// knows them.
public struct EnvironmentField: Sendable, Hashable {
  public enum Value: Sendable, Hashable {
    case integer(Int)
    case text(String)
  }

  /// The key in the section.
  public let name: String
  public let defaultValue: Value
  /// The values that an integer may have; nil for a text.
  public let range: ClosedRange<Int>?
  /// Whether what the task shows and pays depends on the field, so that a resumed run must keep it.
  public let shapesUnrolls: Bool
  /// One or two sentences with the unit, which begin with the name of the task or the game. Users read them in the
  /// reference page and in every run's `config.toml`.
  public let explanation: String

  /// A field that holds an integer.
  public init(
    _ name: String, default defaultValue: Int, in range: ClosedRange<Int>, shapesUnrolls: Bool = true,
    _ explanation: String
  ) {
    precondition(range.contains(defaultValue), "the default of environment.\(name) is not in its range")
    self.name = name
    self.defaultValue = .integer(defaultValue)
    self.range = range
    self.shapesUnrolls = shapesUnrolls
    self.explanation = explanation
  }

  /// A field that holds a text; it may be empty if the default is.
  public init(_ name: String, default defaultValue: String, shapesUnrolls: Bool = true, _ explanation: String) {
    self.name = name
    self.defaultValue = .text(defaultValue)
    range = nil
    self.shapesUnrolls = shapesUnrolls
    self.explanation = explanation
  }

  /// The value, or the default.
  fileprivate func checked(_ value: Value?) throws(EnvironmentError) -> Value {
    guard let value else { return defaultValue }
    if case .integer(let number) = value, let range, !range.contains(number) { throw refusal }
    return value
  }

  fileprivate var refusal: EnvironmentError {
    EnvironmentError("\(name) is not " + (range.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "a text"))
  }
}

/// A value is a JSON number or a JSON text.
extension EnvironmentField.Value: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int.self) {
      self = .integer(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .integer(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    }
  }
}
