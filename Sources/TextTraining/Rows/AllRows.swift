/// The rows of the text policy, in the order in which they run.
public enum AllRows {
  public static let all: [TextRow] =
    GradientRows.all + PreferenceRows.all + RewardRows.all + TokenRows.all + NashRow.all
    + JudgeRows.all + SearchRow.all + RefinementRows.all + ConsistencyRows.all
    + DiscussionRow.all

  /// - Throws: `TextRowError` that lists the rows if there is none of this name.
  public static func row(named name: String) throws -> TextRow {
    guard let row = all.first(where: { $0.name == name }) else {
      throw TextRowError("there is no text row \"\(name)\"; rows: \(all.map(\.name).joined(separator: ", "))")
    }
    return row
  }
}

/// A row that cannot run or did not measure what it claims.
public struct TextRowError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
