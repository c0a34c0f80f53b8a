import Foundation
import Runtime

/// A set of messages with known labels, for the evaluation of annotators.
///
/// The file is text with columns separated by tabs. The first line names the columns: `label` (1 for progress, 0 for
/// anything else) and `message` are required; `category`, `family` and `reason` are optional, and other columns are
/// ignored. A family is the set of messages of one template, which differ in names and numbers only.
/// Empty lines and lines that start with `#` are ignored.
public struct LabelledSet: Sendable, Hashable {
  /// Maximum size of a file; a larger one is refused before it is read.
  public static let maximumFileBytes = 16 << 20
  public static let maximumMessages = 100_000

  public let messages: [LabelledMessage]
  /// Whether the file names the family of each message, so that its halves share no template.
  public let hasFamilies: Bool

  /// Reads a file.
  /// - Throws: `LabelledSetError`, with file and line.
  public init(contentsOf path: String) throws(LabelledSetError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw LabelledSetError(file: path, line: nil, problem: "does not exist")
    }
    let data: Data
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      data = try handle.read(upToCount: Self.maximumFileBytes + 1) ?? Data()
    } catch {
      throw LabelledSetError(file: path, line: nil, problem: "cannot be read: \(SystemReason.text(of: error))")
    }
    guard data.count <= Self.maximumFileBytes else {
      throw LabelledSetError(file: path, line: nil, problem: "longer than \(Self.maximumFileBytes) bytes")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw LabelledSetError(file: path, line: nil, problem: "not UTF-8")
    }
    try self.init(text, file: path)
  }

  /// Reads the text of a file.
  /// - Parameter file: the file's name in errors.
  public init(_ text: String, file: String) throws(LabelledSetError) {
    var columns: Columns?
    var messages: [LabelledMessage] = []
    // The line of each text, because a repeated message would count twice or contradict itself.
    var lines: [String: Int] = [:]
    // "\r\n" is one character, which does not equal "\n".
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      if line.isEmpty || line.hasPrefix("#") { continue }
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      func failure(_ problem: String) -> LabelledSetError {
        LabelledSetError(file: file, line: index + 1, problem: problem)
      }
      guard let known = columns else {
        columns = try Columns(fields).orThrow(
          failure("the first line has to name the columns \"label\" and \"message\""))
        continue
      }
      guard fields.count == known.count else {
        throw failure("\(fields.count) columns, not \(known.count)")
      }
      let message = try known.message(fields).orThrow(failure("the label \"\(fields[known.label])\" is not 0 or 1"))
      guard !message.text.isEmpty else { throw failure("the message is empty") }
      if let first = lines.updateValue(index + 1, forKey: message.text) {
        throw failure("the message of line \(first) again")
      }
      guard messages.count < Self.maximumMessages else { throw failure("more than \(Self.maximumMessages) messages") }
      messages.append(message)
    }
    guard !messages.isEmpty else {
      throw LabelledSetError(file: file, line: nil, problem: "has no labelled message")
    }
    self.messages = messages
    hasFamilies = columns?.hasFamilies ?? false
  }

  public subscript(half: LabelledMessage.Half) -> [LabelledMessage] { messages.filter { $0.half == half } }
}

/// Positions of the columns.
private struct Columns {
  let count: Int
  let label: Int
  private let message: Int
  private let category: Int?
  private let family: Int?
  private let reason: Int?

  init?(_ names: [Substring]) {
    guard let label = names.firstIndex(of: "label"), let message = names.firstIndex(of: "message") else { return nil }
    count = names.count
    self.label = label
    self.message = message
    category = names.firstIndex(of: "category")
    family = names.firstIndex(of: "family")
    reason = names.firstIndex(of: "reason")
  }

  var hasFamilies: Bool { family != nil }

  /// nil if the label is not 0 or 1.
  func message(_ fields: [Substring]) -> LabelledMessage? {
    guard fields[label] == "0" || fields[label] == "1" else { return nil }
    return LabelledMessage(
      String(fields[message]), isProgress: fields[label] == "1", category: category.map { String(fields[$0]) } ?? "",
      family: family.map { String(fields[$0]) } ?? "", reason: reason.map { String(fields[$0]) } ?? "")
  }
}

extension Optional {
  fileprivate func orThrow(_ error: @autoclosure () -> LabelledSetError) throws(LabelledSetError) -> Wrapped {
    guard let self else { throw error() }
    return self
  }
}

/// Why a file of labelled messages cannot be read.
public struct LabelledSetError: Error, CustomStringConvertible, Sendable, Hashable {
  public let file: String
  /// Line number from 1; nil if the error is about the whole file.
  public let line: Int?
  public let problem: String

  public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(problem)" }
}

/// A message with the label that people gave it.
public struct LabelledMessage: Sendable, Hashable {
  /// The halves of a labelled set.
  public enum Half: String, Sendable, Hashable, CaseIterable {
    /// For development: rules, prompts and thresholds are made with it.
    case tune
    /// For measurements only. If a rule or prompt is changed because of it, new messages are needed.
    case heldOut = "held-out"
  }

  /// Whether the message reports progress.
  public let isProgress: Bool
  /// The topic in one word; empty if the file has none.
  public let category: String
  /// The template in a word or two; empty if the file has none.
  public let family: String
  /// The reason for the label; empty if the file has none.
  public let reason: String
  /// The message as the game prints it.
  public let text: String

  public init(_ text: String, isProgress: Bool, category: String = "", family: String = "", reason: String = "") {
    self.text = text
    self.isProgress = isProgress
    self.category = category
    self.family = family
    self.reason = reason
  }

  /// The half of the message. It depends on the family only, or on the text if there is none, so that a message has the
  /// same half in every file and no template is in both halves.
  public var half: Half {
    // Not the lowest bit: it is only the parity of the lowest bits of the text.
    ByteHash.fnv1a((family.isEmpty ? text : family).utf8) >> 32 & 1 == 0 ? .tune : .heldOut
  }
}

/// A message that means progress and one that does not, in the order of the first question.
public struct MessagePair: Sendable, Hashable {
  public let first: LabelledMessage
  public let second: LabelledMessage

  /// Draws different pairs at random; the better message is first with probability 1/2.
  /// - Returns: fewer than `count` pairs if there are no more.
  public static func draw(
    _ count: Int, from messages: [LabelledMessage], using generator: inout some RandomNumberGenerator
  ) -> [MessagePair] {
    let progress = messages.filter(\.isProgress)
    let others = messages.filter { !$0.isProgress }
    let possible = progress.count * others.count
    // Floyd's sampling without replacement: one draw per pair, however many pairs are possible.
    var drawn: Set<Int> = []
    var numbers: [Int] = []
    for bound in max(possible - count, 0)..<max(possible, 0) {
      let number = Int.random(in: 0...bound, using: &generator)
      let taken = drawn.insert(number).inserted ? number : bound
      drawn.insert(taken)
      numbers.append(taken)
    }
    return numbers.map { number in
      let better = progress[number / others.count]
      let worse = others[number % others.count]
      return Bool.random(using: &generator)
        ? MessagePair(first: better, second: worse) : MessagePair(first: worse, second: better)
    }
  }
}
