import GRDB

/// Texts that repeat on every row, as numbers of the table `term`. Good for one transaction.
struct TermTable {
  private var numbers: [String: Int64] = [:]
  private var texts: [Int64: String] = [:]

  init() {}

  /// Reads all terms there are.
  init(_ connection: Database) throws {
    let rows = try Row.fetchCursor(connection, sql: "SELECT id, text FROM term")
    while let row = try rows.next() { texts[row[0]] = row[1] }
  }

  /// The number of a text, which gets one if it has none.
  mutating func number(of text: String, _ connection: Database) throws -> Int64 {
    if let number = numbers[text] { return number }
    try connection.cachedStatement(sql: "INSERT OR IGNORE INTO term (text) VALUES (?)").execute(arguments: [text])
    let number = try Int64.fetchOne(connection, sql: "SELECT id FROM term WHERE text = ?", arguments: [text])
    guard let number else { throw DatabaseError(message: "a term vanished") }
    numbers[text] = number
    return number
  }

  /// The text of a number that was read; nil for others, which a whole store does not have.
  func text(_ number: Int64?) -> String? { number.flatMap { texts[$0] } }
}
