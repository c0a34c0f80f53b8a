/// A run's metrics as text that Prometheus reads.
///
/// Sources: Prometheus text format 0.0.4; OpenMetrics 1.0.0, in which the name of a counter's family lacks `_total` and the
/// last line is `# EOF`.
struct Exposition: Sendable {
  enum Format {
    case prometheus, openMetrics

    var contentType: String {
      switch self {
      case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
      case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
      }
    }
  }

  /// What describes the run, as labels of `tengu_run_info`. The first also labels every metric.
  let run: [(name: String, value: String)]

  func text(of record: MetricsRecord?, as format: Format) -> String {
    let pairs = run.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
    var text = Self.family("tengu_run_info", "gauge", "What runs here.")
    text += "tengu_run_info{\(pairs.joined(separator: ","))} 1\n"
    let labels = pairs.first.map { "{\($0)}" } ?? ""
    for name in MetricName.allCases {
      guard let value = record?.values[name] else { continue }
      let family = format == .openMetrics ? name.prometheusFamily : name.prometheusName
      let (unit, meaning) = name.definition
      text += Self.family(
        family, name.kind.rawValue, "\(meaning) Unit: \(name.prometheusFactor == 1 ? unit : "bytes").")
      text += "\(name.prometheusName)\(labels) \(Self.number(value * name.prometheusFactor))\n"
    }
    if let record, !record.facts.isEmpty {
      text += Self.family("tengu_fact", "gauge", "Mean of a fact of the last episodes.")
      for (name, value) in record.facts.sorted(by: { $0.key < $1.key }) {
        let labels = (pairs.prefix(1) + ["fact=\"\(Self.escaped(name))\""]).joined(separator: ",")
        text += "tengu_fact{\(labels)} \(Self.number(value))\n"
      }
    }
    return text + (format == .openMetrics ? "# EOF\n" : "")
  }

  private static func family(_ name: String, _ type: String, _ help: String) -> String {
    "# HELP \(name) \(escaped(help))\n# TYPE \(name) \(type)\n"
  }

  private static func number(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int(exactly: value), abs(whole) < 1 << 53 { return "\(whole)" }
    return "\(value)"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
