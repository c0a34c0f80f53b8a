/// A table that reads well as plain text and as Markdown. The first column is text, the others numbers.
public struct TextTable: Sendable {
  private let rows: [[String]]

  /// - Parameter rows: of equal length, the first being the header.
  public init(_ rows: [[String]]) {
    precondition(rows.allSatisfy { $0.count == rows[0].count }, "every row of a table has all columns")
    self.rows = rows
  }

  /// Columns aligned, a rule under the header, no line feed at the end.
  public var markdown: String {
    let widths = rows[0].indices.map { column in rows.map { max($0[column].count, 3) }.max() ?? 0 }
    var lines = rows.map { line($0, widths) }
    let rule = widths.enumerated().map { column, width in
      column == 0 ? String(repeating: "-", count: width) : String(repeating: "-", count: width - 1) + ":"
    }
    lines.insert("| " + rule.joined(separator: " | ") + " |", at: 1)
    return lines.joined(separator: "\n")
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = cells.enumerated().map { column, cell in
      let space = String(repeating: " ", count: widths[column] - cell.count)
      return column == 0 ? cell + space : space + cell
    }
    return "| " + padded.joined(separator: " | ") + " |"
  }
}
