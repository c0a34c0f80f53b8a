import FoundationEssentials

/// The metrics of one instant.
public struct MetricsRecord: Sendable, Equatable {
  /// Seconds since 1970.
  public var time: Double
  /// Environment steps.
  public var step: Int
  /// Those that are known; a name without a value is unknown, not zero.
  public var values: [MetricName: Double]

  public init(time: Double, step: Int, values: [MetricName: Double]) {
    self.time = time
    self.step = step
    self.values = values
  }

  /// One JSON object and a line feed. Names come in their declared order; what is not finite becomes null.
  public var jsonLine: String {
    var line = "{\"time\":\(Self.json(time)),\"step\":\(step)"
    for name in MetricName.allCases {
      guard let value = values[name] else { continue }
      line += ",\"\(name.rawValue)\":\(Self.json(value))"
    }
    return line + "}\n"
  }

  /// Reads a line back. Null and names of other versions are left out; nil if the line is no record.
  public init?(jsonLine line: String) {
    guard let members = try? JSONDecoder().decode([String: Double?].self, from: Data(line.utf8)),
      let time = members["time"] ?? nil, let stepNumber = members["step"] ?? nil, let step = Int(exactly: stepNumber)
    else { return nil }
    self.init(time: time, step: step, values: [:])
    for (key, value) in members {
      if let name = MetricName(rawValue: key), let value { values[name] = value }
    }
  }

  /// Shortest text that reads back to the same number; whole numbers without a fraction.
  private static func json(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    // Beyond 2^53 whole numbers are no longer exact, and the general form says so.
    if let whole = Int(exactly: value), abs(whole) < 1 << 53 { return "\(whole)" }
    return "\(value)"
  }
}
