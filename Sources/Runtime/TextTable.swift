/// A table with aligned columns, as Markdown or as plain text. Text is aligned to the left, numbers to the right. Cells may
/// contain texts of peers, so they are escaped with `String.printable`.
public struct TextTable: Sendable {
  private let rows: [[String]]
  private let textColumns: Set<Int>

  /// - Parameters:
  ///   - rows: rows of equal length; the first one is the header of `markdown`.
  ///   - textColumns: indices of the columns that hold text. All others hold numbers.
  public init(_ rows: [[String]], textColumns: Set<Int> = [0]) {
    precondition(rows.allSatisfy { $0.count == rows[0].count }, "every row of a table must have all columns")
    self.textColumns = textColumns
    self.rows = rows.map { $0.map(\.printable) }
  }

  /// The table as Markdown with a rule under the header; no line feed at the end.
  public var markdown: String {
    let widths = widths(minimum: 3)
    var lines = rows.map { "| " + aligned($0, widths).joined(separator: " | ") + " |" }
    let rule = widths.enumerated().map { column, width in
      textColumns.contains(column)
        ? String(repeating: "-", count: width) : String(repeating: "-", count: width - 1) + ":"
    }
    if !lines.isEmpty { lines.insert("| " + rule.joined(separator: " | ") + " |", at: 1) }
    return lines.joined(separator: "\n")
  }

  /// The rows with two spaces between columns, without spaces at the end of a line and without a line feed at the end.
  public var plain: String {
    let widths = widths(minimum: 0)
    return rows.map { row in
      let line = aligned(row, widths).joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }

  private func widths(minimum: Int) -> [Int] {
    (rows.first ?? []).indices.map { column in rows.reduce(minimum) { max($0, $1[column].count) } }
  }

  private func aligned(_ cells: [String], _ widths: [Int]) -> [String] {
    cells.enumerated().map { column, cell in
      let space = String(repeating: " ", count: widths[column] - cell.count)
      return textColumns.contains(column) ? cell + space : space + cell
    }
  }
}
