import Foundation
import GRDB

/// The texts of a store that other programs cannot read as they are (table `escaped`).
enum EscapedTexts {
  /// Adds a text, unless it is printable UTF-8 already.
  static func add(_ bytes: [UInt8], _ connection: Database) throws {
    let text = EscapedText.escape(bytes)
    if text.utf8.elementsEqual(bytes) { return }
    try connection.cachedStatement(sql: "INSERT OR IGNORE INTO escaped (bytes, text) VALUES (?, ?)")
      .execute(arguments: [Data(bytes), text])
  }
}
