import Foundation

/// Shows a report as tables that read well both as plain text and as Markdown.
public struct BenchmarkTable {
  private let report: BenchmarkReport

  public init(_ report: BenchmarkReport) { self.report = report }

  /// A line about the machine, then a table for each group.
  public var text: String {
    let machine = report.machine
    let heading =
      "\(machine.processor), \(machine.cores) cores, Linux \(machine.kernelRelease), "
      + "OpenBLAS kernels \(machine.blasKernels)"
    var groups: [String] = []
    for measurement in report.measurements where !groups.contains(measurement.group) {
      groups.append(measurement.group)
    }
    let tables = groups.map { group in
      "### \(group)\n\n" + table(report.measurements.filter { $0.group == group })
    }
    return ([heading] + tables).joined(separator: "\n\n") + "\n"
  }

  private func table(_ measurements: [Measurement]) -> String {
    var rows = [["what", "value", "unit", "beside", "its value", "ratio", "share"]]
    var notes: [String] = []
    for measurement in measurements {
      rows.append(cells(of: measurement))
      if let skipped = measurement.skipped { notes.append("- \(measurement.name): not measured: \(skipped)") }
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var lines = rows.map { row in Self.line(zip(row, widths).enumerated().map { Self.padded($1.0, $1.1, column: $0) }) }
    lines.insert(Self.line(widths.enumerated().map { Self.rule($1, column: $0) }), at: 1)
    return lines.joined(separator: "\n") + (notes.isEmpty ? "" : "\n\n" + notes.joined(separator: "\n"))
  }

  private func cells(of measurement: Measurement) -> [String] {
    let beside = measurement.beside
    let share = measurement.share.map { String(format: "%.0f%% of ", 100 * $0.value) + $0.of }
    return [
      measurement.name, measurement.value.map(Self.number) ?? "-", measurement.unit, beside?.name ?? "",
      beside.map { Self.number($0.value) } ?? "", beside.map { String(format: "%.2fx", $0.ratio) } ?? "", share ?? "",
    ]
  }

  /// Numbers stand to the right.
  private static func isNumber(_ column: Int) -> Bool { [1, 4, 5].contains(column) }

  private static func padded(_ text: String, _ width: Int, column: Int) -> String {
    let space = String(repeating: " ", count: width - text.count)
    return isNumber(column) ? space + text : text + space
  }

  private static func rule(_ width: Int, column: Int) -> String {
    isNumber(column) ? String(repeating: "-", count: max(width - 1, 1)) + ":" : String(repeating: "-", count: width)
  }

  private static func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

  /// Four significant digits, and thousands grouped.
  static func number(_ value: Double) -> String {
    let magnitude = abs(value)
    guard magnitude < 1000 else {
      var digits = String(format: "%.0f", magnitude)[...]
      var groups: [Substring] = []
      while !digits.isEmpty {
        groups.insert(digits.suffix(3), at: 0)
        digits = digits.dropLast(3)
      }
      return (value < 0 ? "-" : "") + groups.joined(separator: ",")
    }
    return String(format: magnitude < 1 ? "%.4f" : magnitude < 10 ? "%.3f" : magnitude < 100 ? "%.2f" : "%.1f", value)
  }
}
