import Captions
import Foundation
import Judging
import Runtime

/// The messages of a study, from the shipped set: one of each family at most, as many that mean progress as not.
struct StudyMessages: Sendable {
  /// What is measured: messages of the held-out half.
  let heldOut: [StudyItem]
  /// What reward models learn from: messages of the other half.
  let tuned: [StudyItem]
  /// All messages of the set, for choosing by topic.
  let all: [LabelledMessage]

  /// Messages of each class.
  private static let heldOutCount = 60
  private static let tunedCount = 30

  init(_ set: LabelledSet) {
    all = set.messages
    heldOut = Self.chosen(set[.heldOut], Self.heldOutCount)
    tuned = Self.chosen(set[.tune], Self.tunedCount)
  }

  /// The first message of each family, in an order that depends on the texts alone; both classes take turns.
  private static func chosen(_ messages: [LabelledMessage], _ count: Int) -> [StudyItem] {
    var families: Set<String> = []
    let ordered = messages.filter { SanitisedCaption($0.text).kind == .askable }
      .map { (key: ByteHash.fnv1a($0.text.utf8), message: $0) }.sorted { $0.key < $1.key }.map(\.message)
    let distinct = ordered.filter { families.insert("\($0.family)|\($0.isProgress)").inserted }
    let progress = distinct.filter(\.isProgress).prefix(count)
    let others = distinct.filter { !$0.isProgress }.prefix(count)
    return zip(progress, others).flatMap { [$0, $1] }.map { StudyItem($0.text, isProgress: $0.isProgress) }
  }

  /// Up to `count` messages, of different families, for which `matches` holds.
  func messages(_ count: Int, where matches: (LabelledMessage) -> Bool) -> [LabelledMessage] {
    var families: [String: Int] = [:]
    // Up to three of a family: topics like gold have few.
    let found = all.filter { matches($0) && SanitisedCaption($0.text).kind == .askable }.filter {
      families[$0.family, default: 0] += 1
      return families[$0.family, default: 0] <= 3
    }
    return Array(found.prefix(count))
  }
}

/// Texts that are to be labelled nothing, from the file of planted texts: form, payload, text.
struct StudyAttacks: Sendable {
  let captions: [[UInt8]]

  /// - Throws: errors of reading the file.
  init(contentsOf path: String) throws {
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst()
    captions = lines.compactMap { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      return fields.count == 3 ? Self.unescaped(fields[2]) : nil
    }
  }

  /// `\n` is a line break and `\xE2` a byte.
  private static func unescaped(_ text: Substring) -> [UInt8] {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "n") {
        rest.removeFirst()
        result.append(10)
      } else if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x") {
        result.append(UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16) ?? 0)
        rest = rest.dropFirst(3)
      } else {
        result.append(byte)
      }
    }
    return result
  }
}
