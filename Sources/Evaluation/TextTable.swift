/// A table that reads well as plain text and as Markdown. Texts stand to the left, numbers to the right.
public struct TextTable: Sendable {
  private let rows: [[String]]
  private let textColumns: Set<Int>

  /// - Parameters:
  ///   - rows: of equal length, the first being the header.
  ///   - textColumns: those that hold no numbers.
  public init(_ rows: [[String]], textColumns: Set<Int> = [0]) {
    self.textColumns = textColumns
    precondition(rows.allSatisfy { $0.count == rows[0].count }, "every row of a table has all columns")
    self.rows = rows
  }

  /// Columns aligned, a rule under the header, no line feed at the end.
  public var markdown: String {
    let widths = rows[0].indices.map { column in rows.map { max($0[column].count, 3) }.max() ?? 0 }
    var lines = rows.map { line($0, widths) }
    let rule = widths.enumerated().map { column, width in
      textColumns.contains(column)
        ? String(repeating: "-", count: width) : String(repeating: "-", count: width - 1) + ":"
    }
    lines.insert("| " + rule.joined(separator: " | ") + " |", at: 1)
    return lines.joined(separator: "\n")
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = cells.enumerated().map { column, cell in
      let space = String(repeating: " ", count: widths[column] - cell.count)
      return textColumns.contains(column) ? cell + space : space + cell
    }
    return "| " + padded.joined(separator: " | ") + " |"
  }
}
