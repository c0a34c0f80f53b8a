import Configuration
import IntrinsicReward

/// Reads the text of `reward.chain`: names of transforms separated by spaces, each with its parameters in brackets or
/// without, as in `standardise(decay=0.999) par(slope=1, references=20) count`.
enum RewardChainParser {
  /// - Throws: `ConfigurationError` naming the transform, the parameter and what is allowed.
  static func parse(_ text: String) throws(ConfigurationError) -> [RewardStage] {
    var stages: [RewardStage] = []
    var rest = text[...].trimmed
    while !rest.isEmpty {
      let name = rest.prefix { $0 != " " && $0 != "(" }
      guard let entry = RewardTransformEntry.entry(named: String(name)) else { throw unknown(String(name)) }
      rest = rest.dropFirst(name.count).trimmed
      var stage = RewardStage(entry.name)
      if rest.hasPrefix("(") {
        guard let end = rest.firstIndex(of: ")") else {
          throw problem("the bracket after \"\(entry.name)\" is not closed")
        }
        stage.parameters = try parameters(rest[rest.index(after: rest.startIndex)..<end], of: entry)
        rest = rest[rest.index(after: end)...].trimmed
      }
      stages.append(stage)
    }
    return stages
  }

  private static func parameters(
    _ text: Substring, of entry: RewardTransformEntry
  ) throws(ConfigurationError) -> [String: Double] {
    var values: [String: Double] = [:]
    guard !text.trimmed.isEmpty else { return values }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(\.trimmed)
      guard sides.count == 2 else {
        throw problem("\"\(entry.name)\": expected parameter=value, found \"\(part.trimmed)\"")
      }
      let name = String(sides[0])
      guard let parameter = entry.parameters.first(where: { $0.name == name }) else { throw unknown(name, of: entry) }
      guard values[name] == nil else { throw problem("\"\(entry.name)\" has \"\(name)\" twice") }
      guard let value = parameter.value(of: sides[1]) else {
        throw problem(
          "\"\(entry.name)\": \"\(name)\": expected \(parameter.allowed.description), found \"\(sides[1])\"")
      }
      values[name] = value
    }
    return values
  }

  private static func unknown(_ name: String) -> ConfigurationError {
    let names = RewardTransformEntry.all.map(\.name)
    return problem(
      "unknown transform \"\(name)\"\(NearestName.suggestion(for: name, among: names)); there are "
        + names.joined(separator: ", "))
  }

  private static func unknown(_ name: String, of entry: RewardTransformEntry) -> ConfigurationError {
    let names = entry.parameters.map(\.name)
    guard !names.isEmpty else { return problem("\"\(entry.name)\" has no parameters, found \"\(name)\"") }
    return problem(
      "\"\(entry.name)\" has no parameter \"\(name)\"\(NearestName.suggestion(for: name, among: names)); it has "
        + names.joined(separator: ", "))
  }

  private static func problem(_ text: String) -> ConfigurationError {
    ConfigurationError(["\"reward.chain\": \(text)"])
  }
}

extension RewardTransformEntry.Parameter {
  /// The values it may have.
  var allowed: ConfigurationRange {
    // The table has whole numbers that fit, as bounds of integers.
    isInteger ? .integer(Int(range.lowerBound)...Int(range.upperBound)) : .real(range)
  }

  /// The value of a text, or nil if it is another kind of number or out of range.
  fileprivate func value(of text: Substring) -> Double? {
    let digits = text.filter { $0 != "_" }
    guard let number = isInteger ? Int(digits).map({ Double($0) }) : Double(digits), range.contains(number) else {
      return nil
    }
    return number
  }
}

extension Substring {
  /// Without the spaces around it.
  fileprivate var trimmed: Substring {
    var text = drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }
}
