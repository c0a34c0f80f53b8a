import Configuration
import Foundation
import Runtime

/// Reads the TOML of an experiment. Every error names the file and the key.
struct ExperimentReader {
  private static let keys = [
    "title", "text", "configuration", "mode", "steps", "seeds", "window", "measure", "evaluate", "points", "all", "arm",
    "small", "smoke", "baseline", "goal", "maximum_seeds", "test",
  ]
  private static let sizeKeys = ["steps", "seeds", "window", "evaluate"]
  private static let armKeys = ["name", "title", "mode", "launch", "steps", "start"]
  private static let testKeys = ["row", "title", "arm", "against", "measure", "factor", "at_least", "at_most"]
  /// Most runs of one experiment, a guard against typing mistakes.
  private static let maximumRuns = 10_000

  let file: String
  private var problems: [String] = []

  init(file: String) { self.file = file }

  /// - Parameter size: the version to read.
  /// - Throws: `ConfigurationError` with every problem found.
  mutating func read(_ table: TOMLTable, size: ExperimentSize) throws(ConfigurationError) -> Experiment {
    for key in table.keys where !Self.keys.contains(key) { note("unknown key \"\(key)\"") }
    let mode = choice("mode", in: table, default: ExperimentArm.Mode.serial)
    let shared = overrides(in: table["all"]?.table ?? TOMLTable(), except: [], place: "all")
    var experiment = Experiment(
      name: URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent, title: text("title", in: table) ?? "",
      text: text("text", in: table) ?? "", configuration: configuration(in: table),
      steps: count("steps", in: table, default: nil), seeds: seeds(in: table, default: nil),
      window: count("window", in: table, default: 200),
      measure: choice("measure", in: table, default: Measure.success),
      evaluationEpisodes: table["evaluate"] == nil ? 0 : count("evaluate", in: table, default: nil),
      points: count("points", in: table, default: 50),
      arms: arms(in: table, mode: mode, shared: shared), baseline: text("baseline", in: table),
      goal: table["goal"] == nil ? nil : number("goal", in: table))
    experiment.furtherSeeds = furtherSeeds(in: table, after: experiment.seeds)
    experiment.tests = tests(in: table, of: experiment.arms)
    if let baseline = experiment.baseline, !experiment.arms.contains(where: { $0.name == baseline }) {
      note("\"baseline\" names no arm: \"\(baseline)\"")
    }
    for other in ExperimentSize.allCases where other != .full {
      let section = table[other.rawValue]?.table ?? TOMLTable()
      for key in section.keys where !Self.sizeKeys.contains(key) { note("unknown key \"\(other).\(key)\"") }
      if other == size {
        resize(&experiment, section)
        experiment.name += "-\(other)"
      }
    }
    if size == .small {
      if experiment.tests.isEmpty { note("there is no [[test]], so there is no small version") }
      experiment.keepArmsOfTests()
    }
    if experiment.arms.count * experiment.everySeed.count > Self.maximumRuns {
      note("more than \(Self.maximumRuns) runs")
    }
    guard problems.isEmpty else { throw ConfigurationError(problems) }
    return experiment
  }

  /// Replaces steps, seeds, window and evaluation by those of `[small]` or `[smoke]`.
  private mutating func resize(_ experiment: inout Experiment, _ section: TOMLTable) {
    let steps = count("steps", in: section, default: experiment.steps)
    // An arm's own number of steps is for the whole experiment, so scale it.
    for index in experiment.arms.indices {
      guard let own = experiment.arms[index].steps else { continue }
      let share = Double(steps) / Double(experiment.steps)
      experiment.arms[index].steps = max(1, Int(saturating: Double(own) * share))
    }
    experiment.steps = steps
    experiment.seeds = seeds(in: section, default: experiment.seeds)
    experiment.window = count("window", in: section, default: experiment.window)
    experiment.evaluationEpisodes = count("evaluate", in: section, default: experiment.evaluationEpisodes)
    experiment.furtherSeeds = []
  }

  private mutating func note(_ problem: String) { problems.append("\(file): \(problem)") }

  private mutating func text(_ key: String, in table: TOMLTable) -> String? {
    guard let node = table[key] else { return nil }
    guard let text = node.string else {
      note("\"\(key)\" must be a text")
      return nil
    }
    return text
  }

  /// - Returns: nil, with a problem, if the key is not a number.
  private mutating func number(_ key: String, in table: TOMLTable) -> Double? {
    guard let number = table[key].flatMap({ $0.double ?? $0.int.map(Double.init) }), number.isFinite else {
      note("\"\(key)\" must be a number")
      return nil
    }
    return number
  }

  /// The seeds after the last one, up to `maximum_seeds` in all.
  private mutating func furtherSeeds(in table: TOMLTable, after seeds: [Int]) -> [Int] {
    guard table["maximum_seeds"] != nil else { return [] }
    let maximum = min(count("maximum_seeds", in: table, default: nil), Self.maximumRuns)
    guard let last = seeds.max(), maximum > seeds.count else { return [] }
    return (1...maximum - seeds.count).map { last + $0 }
  }

  private mutating func tests(in table: TOMLTable, of arms: [ExperimentArm]) -> [AcceptanceTest] {
    var tests: [AcceptanceTest] = []
    for node in table["test"]?.array ?? [] {
      guard let entry = node.table else { continue }
      let title = text("title", in: entry) ?? ""
      if title.isEmpty { note("a [[test]] needs a \"title\": the requirement in words") }
      for key in entry.keys where !Self.testKeys.contains(key) { note("test \"\(title)\": unknown key \"\(key)\"") }
      let against = text("against", in: entry)
      for arm in [text("arm", in: entry) ?? ""] + (against.map { [$0] } ?? [])
      where !arms.contains(where: { $0.name == arm }) {
        note("test \"\(title)\": there is no arm \"\(arm)\"")
      }
      if entry["factor"] != nil, against == nil { note("test \"\(title)\": \"factor\" is of the arm \"against\"") }
      guard let bar = bar(in: entry, title) else { continue }
      tests.append(
        AcceptanceTest(
          row: text("row", in: entry) ?? "", title: title, arm: text("arm", in: entry) ?? "", against: against,
          measure: entry["measure"] == nil ? nil : choice("measure", in: entry, default: Measure.success),
          factor: entry["factor"] == nil ? 1 : number("factor", in: entry) ?? 1, bar: bar))
    }
    return tests
  }

  private mutating func bar(in table: TOMLTable, _ title: String) -> AcceptanceTest.Bar? {
    guard (table["at_least"] == nil) != (table["at_most"] == nil) else {
      note("test \"\(title)\": it needs \"at_least\" or \"at_most\", one of them")
      return nil
    }
    if table["at_least"] != nil { return number("at_least", in: table).map(AcceptanceTest.Bar.atLeast) }
    return number("at_most", in: table).map(AcceptanceTest.Bar.atMost)
  }

  /// A path is relative to the experiment's file.
  private mutating func configuration(in table: TOMLTable) -> String {
    guard let path = text("configuration", in: table) else {
      note("\"configuration\" must name the run configuration that all arms start from")
      return ""
    }
    return path.hasPrefix("/")
      ? path : URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent(path).standardized.path
  }

  /// - Parameter default: nil if the key is required.
  private mutating func count(_ key: String, in table: TOMLTable, default standard: Int?) -> Int {
    guard let node = table[key] else {
      if standard == nil { note("\"\(key)\" is missing") }
      return standard ?? 1
    }
    guard let number = node.int, number > 0 else {
      note("\"\(key)\" must be a whole number above 0")
      return 1
    }
    return number
  }

  /// A number of seeds, which are then 1, 2, ...; or a list of them.
  private mutating func seeds(in table: TOMLTable, default standard: [Int]?) -> [Int] {
    guard let list = table["seeds"]?.array else {
      if table["seeds"] == nil, let standard { return standard }
      return Array(1...min(count("seeds", in: table, default: nil), Self.maximumRuns))
    }
    let seeds = list.compactMap(\.int)
    if seeds.isEmpty || seeds.count != list.count || Set(seeds).count != seeds.count
      || seeds.contains(where: { $0 < 0 })
    {
      note("\"seeds\" must be different whole numbers, none below 0")
    }
    return seeds
  }

  private mutating func choice<Value: RawRepresentable & CaseIterable>(
    _ key: String, in table: TOMLTable, default standard: Value
  ) -> Value where Value.RawValue == String {
    guard let text = text(key, in: table) else { return standard }
    guard let value = Value(rawValue: text) else {
      note("\"\(key)\" is one of \(Value.allCases.map(\.rawValue).joined(separator: ", ")), not \"\(text)\"")
      return standard
    }
    return value
  }

  private mutating func arms(
    in table: TOMLTable, mode: ExperimentArm.Mode, shared: [String]
  ) -> [ExperimentArm] {
    var arms: [ExperimentArm] = []
    for node in table["arm"]?.array ?? [] {
      guard let entry = node.table else { continue }
      let name = text("name", in: entry) ?? ""
      do { _ = try RunName(name) } catch { note("an arm's name must be valid as the name of a run: \(error)") }
      if arms.contains(where: { $0.name == name }) { note("two arms are called \"\(name)\"") }
      let list = entry["launch"]?.array ?? []
      arms.append(
        ExperimentArm(
          name: name, title: text("title", in: entry) ?? name, mode: choice("mode", in: entry, default: mode),
          overrides: shared + overrides(in: entry, except: Self.armKeys, place: "arm \(name)"),
          steps: entry["steps"] == nil ? nil : count("steps", in: entry, default: nil),
          start: start(of: name, in: entry, after: arms), launchArguments: list.compactMap(\.string)))
    }
    if arms.isEmpty { note("there is no [[arm]]") }
    return arms
  }

  /// The name of an earlier arm; only earlier ones, so that no arm waits for itself.
  private mutating func start(of name: String, in table: TOMLTable, after arms: [ExperimentArm]) -> String? {
    guard let start = text("start", in: table) else { return nil }
    if !arms.contains(where: { $0.name == start && $0.mode == .serial }) {
      note("arm \(name): \"start\" names no serial arm before it: \"\(start)\"")
    }
    return start
  }

  /// `section.field = value` in the form of the command line.
  private mutating func overrides(in table: TOMLTable, except known: [String], place: String) -> [String] {
    var result: [String] = []
    for section in table.keys where !known.contains(section) {
      guard let fields = table[section]?.table else {
        note("\(place): \"\(section)\" is neither a known key nor section.field = value")
        continue
      }
      for field in fields.keys {
        if let node = fields[field], let value = node.string ?? Self.plain(node) {
          result.append("\(section).\(field)=\(value)")
        } else {
          note("\(place): \"\(section).\(field)\" must be a text, a number, true or false")
        }
      }
    }
    return result
  }

  private static func plain(_ node: TOMLValue) -> String? {
    node.bool.map { "\($0)" } ?? node.int.map { "\($0)" } ?? node.double.map { "\($0)" }
  }
}
