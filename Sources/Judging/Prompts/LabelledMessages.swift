/// A table of messages with a label for each goal, for worked examples and calibration.
///
///     | message                | default | combat |
///     |------------------------|---------|--------|
///     | You kill the goblin!   | yes     | yes    |
///     | $ - 17 gold pieces.    | yes     | -      |
public struct LabelledMessages: Sendable, Hashable {
  /// Maximum number of rows: examples are part of every question, and calibration asks about every row.
  public static let maximumRows = 100

  public struct Row: Sendable, Hashable {
    public let message: String
    /// One label for each goal; nil if the message is not used for it.
    public let labels: [Bool?]
  }

  public let goals: [String]
  public let rows: [Row]

  /// The messages with a label for a goal, in order; empty for an unknown goal.
  public func messages(goal: String) -> [(message: String, label: Bool)] {
    guard let column = goals.firstIndex(of: goal) else { return [] }
    return rows.compactMap { row in row.labels[column].map { (row.message, $0) } }
  }

  /// Reads a table.
  /// - Parameter lines: lines with their numbers in the file; empty lines are ignored.
  /// - Throws: an error with the number of the line that cannot be read.
  static func parse(_ lines: [(number: Int, text: Substring)], file: String) throws(PromptError) -> LabelledMessages {
    var rows: [Row] = []
    var goals: [String]?
    var isRuled = false
    for (number, line) in lines where !line.allSatisfy(\.isWhitespace) {
      let cells = try cells(of: line, number, file)
      if let goals {
        guard isRuled else {
          guard cells.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 == "-" } }), cells.count == goals.count + 1 else {
            throw PromptError(file: file, line: number, problem: "expected a row of dashes, a cell for each column")
          }
          isRuled = true
          continue
        }
        rows.append(try row(cells, columns: goals.count, number, file))
        guard rows.count <= maximumRows else {
          throw PromptError(file: file, line: number, problem: "more than \(maximumRows) messages")
        }
      } else {
        guard cells.first == "message", cells.count > 1, Set(cells).count == cells.count else {
          throw PromptError(file: file, line: number, problem: "expected the columns: message, then a goal each")
        }
        goals = Array(cells.dropFirst())
      }
    }
    guard let goals, !rows.isEmpty else {
      throw PromptError(file: file, line: lines.first?.number ?? 0, problem: "the table has no messages")
    }
    return LabelledMessages(goals: goals, rows: rows)
  }

  private static func cells(of line: Substring, _ number: Int, _ file: String) throws(PromptError) -> [String] {
    let trimmed = line.trimmingSpaces
    guard trimmed.hasPrefix("|"), trimmed.hasSuffix("|"), trimmed.count > 1 else {
      throw PromptError(file: file, line: number, problem: "a row of a table begins and ends with |")
    }
    return trimmed.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
      .map { String($0.trimmingSpaces) }
  }

  private static func row(
    _ cells: [String], columns: Int, _ number: Int, _ file: String
  ) throws(PromptError) -> Row {
    guard cells.count == columns + 1, let message = cells.first, !message.isEmpty else {
      throw PromptError(file: file, line: number, problem: "expected a message and \(columns) labels")
    }
    var labels: [Bool?] = []
    for cell in cells.dropFirst() {
      switch cell {
      case "yes": labels.append(true)
      case "no": labels.append(false)
      case "-": labels.append(nil)
      default: throw PromptError(file: file, line: number, problem: "a label is yes, no or -, not \"\(cell)\"")
      }
    }
    return Row(message: message, labels: labels)
  }
}

extension Substring {
  /// Removes spaces at both ends.
  var trimmingSpaces: Substring {
    var result = self
    while result.first == " " { result.removeFirst() }
    while result.last == " " { result.removeLast() }
    return result
  }
}
