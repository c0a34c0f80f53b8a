import Captions
import Foundation

/// Captions to be labelled, each once, the most frequent first where their number is known.
public struct CaptionList: Sendable, Hashable {
  /// Bytes of a file of messages at most.
  public static let maximumFileBytes = 256 << 20
  /// Columns of a table that hold the messages, and how often each was met.
  private static let textColumns = ["message", "caption"]
  private static let countColumns = ["steps", "count"]

  /// Sums of steps, in the order of the first mention.
  private var counts: [[UInt8]: Int] = [:]
  private var order: [[UInt8]] = []

  public init() {}

  /// The captions, those with the most steps first; among equals in the order in which they were added.
  public var captions: [[UInt8]] {
    order.enumerated().sorted { left, right in
      let (a, b) = (counts[left.element] ?? 0, counts[right.element] ?? 0)
      return a != b ? a > b : left.offset < right.offset
    }.map(\.element)
  }

  /// Adds a caption, cut to the length that a ledger keeps; no effect if it is empty.
  /// - Parameter steps: how often it was met; 0 if that is not known.
  public mutating func add(_ caption: [UInt8], steps: Int = 0) {
    let cut = Array(caption.prefix(CaptionLedger.maximumCaptionBytes))
    if cut.isEmpty { return }
    if counts[cut] == nil { order.append(cut) }
    counts[cut, default: 0] += max(0, steps)
  }

  /// Adds the messages of a file: one on each line, or a table with columns separated by tabs whose first line names a
  /// column `message` or `caption`, and perhaps `steps` or `count`. Bytes may be written as in exports of labels. Empty
  /// lines, and lines that begin with `#`, are ignored.
  /// - Throws: `LabelImportError` naming the line.
  public mutating func addFile(_ data: Data, name: String) throws(LabelImportError) {
    guard data.count <= Self.maximumFileBytes else {
      throw LabelImportError(file: name, line: 1, problem: "longer than \(Self.maximumFileBytes) bytes")
    }
    var header: [String]?
    for (index, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map { [UInt8]($0) }
      guard let columns = header else {
        let names = fields.map { String(decoding: $0, as: UTF8.self) }
        let isTable = names.contains { Self.textColumns.contains($0) }
        header = isTable ? names : [Self.textColumns[0]]
        if !isTable { try add(fields, [Self.textColumns[0]], name, index + 1) }
        continue
      }
      try add(fields, columns, name, index + 1)
    }
  }

  private mutating func add(
    _ fields: [[UInt8]], _ columns: [String], _ name: String, _ line: Int
  ) throws(LabelImportError) {
    guard fields.count == columns.count, let text = columns.firstIndex(where: Self.textColumns.contains) else {
      throw LabelImportError(file: name, line: line, problem: "\(fields.count) columns, not \(columns.count)")
    }
    var steps = 0
    if let column = columns.firstIndex(where: Self.countColumns.contains) {
      guard let number = Int(String(decoding: fields[column], as: UTF8.self)), number >= 0 else {
        throw LabelImportError(file: name, line: line, problem: "\(columns[column]) is not a number")
      }
      steps = number
    }
    // A message with a backslash that begins no escape is meant as it is.
    let written = fields[text]
    add(String(validating: written, as: UTF8.self).flatMap(EscapedText.unescape) ?? written, steps: steps)
  }
}
