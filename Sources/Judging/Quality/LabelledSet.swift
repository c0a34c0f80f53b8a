import Foundation
import Runtime

/// A labelled set: what annotators are measured with.
///
/// The file is text in columns separated by tabs. Its first line names them: `label` (1 for progress, 0 for anything
/// else) and `message` have to be there, `category` and `reason` may be, others are passed over. Lines that are empty or
/// start with `#` say nothing.
public struct LabelledSet: Sendable, Hashable {
  /// A larger file is refused before it is read.
  public static let maximumFileBytes = 16 << 20
  public static let maximumMessages = 100_000

  public let messages: [LabelledMessage]

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
      throw LabelledSetError(file: path, line: nil, problem: "cannot be read: \(error.localizedDescription)")
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
  /// - Parameter file: what errors call it.
  public init(_ text: String, file: String) throws(LabelledSetError) {
    var columns: Columns?
    var messages: [LabelledMessage] = []
    // Where each text stood: a message that comes twice would weigh double, or contradict itself.
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
  }

  public subscript(half: LabelledMessage.Half) -> [LabelledMessage] { messages.filter { $0.half == half } }
}

/// Where the columns stand.
private struct Columns {
  let count: Int
  let label: Int
  private let message: Int
  private let category: Int?
  private let reason: Int?

  init?(_ names: [Substring]) {
    guard let label = names.firstIndex(of: "label"), let message = names.firstIndex(of: "message") else { return nil }
    count = names.count
    self.label = label
    self.message = message
    category = names.firstIndex(of: "category")
    reason = names.firstIndex(of: "reason")
  }

  /// nil when the label is none.
  func message(_ fields: [Substring]) -> LabelledMessage? {
    guard fields[label] == "0" || fields[label] == "1" else { return nil }
    return LabelledMessage(
      String(fields[message]), isProgress: fields[label] == "1", category: category.map { String(fields[$0]) } ?? "",
      reason: reason.map { String(fields[$0]) } ?? "")
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
  /// From 1; nil where the file as a whole is meant.
  public let line: Int?
  public let problem: String

  public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(problem)" }
}

/// A message with the label that people give it.
public struct LabelledMessage: Sendable, Hashable {
  /// The halves of a labelled set.
  public enum Half: String, Sendable, Hashable, CaseIterable {
    /// May be looked at: rules, prompts and thresholds are made with it.
    case tune
    /// Only measured with. A rule or prompt that was changed after looking here needs new messages.
    case heldOut = "held-out"
  }

  /// Whether the message reports progress.
  public let isProgress: Bool
  /// What it is about, in one word; empty where the file does not say.
  public let category: String
  /// Why the label is what it is; empty where the file does not say.
  public let reason: String
  /// As the game prints it.
  public let text: String

  public init(_ text: String, isProgress: Bool, category: String = "", reason: String = "") {
    self.text = text
    self.isProgress = isProgress
    self.category = category
    self.reason = reason
  }

  /// Which half it belongs to. Depends on the text alone, so that a message keeps its half in every file and in every
  /// version of a file.
  public var half: Half {
    // The lowest bit of FNV-1a is no more than the parity of the text's lowest bits.
    ByteHash.fnv1a(text.utf8) >> 32 & 1 == 0 ? .tune : .heldOut
  }
}

/// A message that is progress and one that is not, in the order they are first asked in.
public struct MessagePair: Sendable, Hashable {
  public let first: LabelledMessage
  public let second: LabelledMessage

  /// Draws pairs at random, none of them twice, the better one as likely first as second.
  /// - Returns: fewer than `count` where there are no more.
  public static func draw(
    _ count: Int, from messages: [LabelledMessage], using generator: inout some RandomNumberGenerator
  ) -> [MessagePair] {
    let progress = messages.filter(\.isProgress)
    let others = messages.filter { !$0.isProgress }
    let possible = progress.count * others.count
    // Floyd's sampling without replacement: one draw for each pair, however many are possible.
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
