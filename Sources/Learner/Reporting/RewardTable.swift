import Foundation
import LabelStore
import Runtime

/// The rewards that a run has paid for one caption, all sessions together.
public struct CaptionPayment: Sendable, Hashable {
  /// The caption's bytes; empty for the steps without a caption.
  public var caption: [UInt8]
  /// Steps that led to the caption.
  public var steps = 0
  /// Steps of these that were paid a reward other than 0.
  public var paidSteps = 0
  /// Sum of the intrinsic rewards paid, as the policy learned from them.
  public var paid = 0.0
  /// The reward model's score; nil if it had none.
  public var score: Float?
  public var label: Float?
  /// Times the score changed between above 0 and not above 0.
  public var flips = 0

  public init(caption: [UInt8]) { self.caption = caption }

  /// Adds another session's payments for the same caption; score and label stay.
  mutating func add(_ other: CaptionPayment) {
    steps += other.steps
    paidSteps += other.paidSteps
    paid += other.paid
    flips += other.flips
  }

  /// Adds another caption's payments; label and score become means over steps.
  mutating func merge(_ other: CaptionPayment) {
    let share = Float(other.steps) / Float(max(1, steps + other.steps))
    if let mine = label, let theirs = other.label { label = mine + share * (theirs - mine) }
    if let mine = score, let theirs = other.score { score = mine + share * (theirs - mine) }
    add(other)
  }
}

/// The rewards that a run has paid, as in the run directory's rewards.tsv: a line for each caption, the most paid
/// first. At most four more lines sum up the captions that exceed the table: with and without a label, with and without
/// a score.
public struct RewardTable: Sendable, Hashable {
  /// Captions with a line. Of more captions, half of the lines go to those that were paid most (by absolute value), and
  /// half to those of the rest that were met most often.
  public static let maximumRows = 10_000
  static let header = ["paid", "paid_steps", "steps", "score", "label", "flips", "caption"]
  /// Replaces the caption in the last lines. No escaped caption begins like this.
  private static let others = "\\others"

  /// The most paid first.
  public private(set) var rows: [CaptionPayment]
  /// Sums over all other captions, one for each combination of label and score. Label and score are means over steps.
  public private(set) var others: [CaptionPayment] = []

  public init(_ payments: [CaptionPayment] = []) {
    let paid = payments.sorted { (abs($0.paid), $0.steps) > (abs($1.paid), $1.steps) }
    let rest = paid.dropFirst(Self.maximumRows / 2).sorted { ($0.steps, abs($0.paid)) > ($1.steps, abs($1.paid)) }
    let kept = paid.prefix(Self.maximumRows / 2) + rest.prefix(Self.maximumRows / 2)
    rows = kept.sorted { ($0.paid, $0.steps) > ($1.paid, $1.steps) }
    for payment in rest.dropFirst(Self.maximumRows / 2) { addToOthers(payment) }
  }

  private mutating func addToOthers(_ payment: CaptionPayment) {
    let index = others.firstIndex {
      ($0.label == nil) == (payment.label == nil) && ($0.score == nil) == (payment.score == nil)
    }
    if let index {
      others[index].merge(payment)
    } else {
      var payment = payment
      payment.caption = []
      others.append(payment)
    }
  }

  /// Adds an earlier session's payments. Captions that this one has not met are kept.
  public mutating func add(_ earlier: RewardTable) {
    var byCaption = Dictionary(rows.map { ($0.caption, $0) }) { first, _ in first }
    for row in earlier.rows {
      if byCaption[row.caption] == nil { byCaption[row.caption] = row } else { byCaption[row.caption]?.add(row) }
    }
    let rest = others + earlier.others
    self = RewardTable(Array(byCaption.values))
    for payment in rest { addToOthers(payment) }
  }

  /// All rows and the others.
  public var sum: CaptionPayment {
    var sum = CaptionPayment(caption: [])
    for payment in rows + others { sum.add(payment) }
    return sum
  }

  // MARK: Text

  /// The file's text.
  public var text: String {
    var lines = [Self.header.joined(separator: "\t")]
    lines += rows.map { Self.line($0, EscapedText.escape($0.caption)) }
    lines += others.map { Self.line($0, Self.others) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(_ row: CaptionPayment, _ caption: String) -> String {
    func number(_ value: Float?) -> String { value.map { "\($0)" } ?? "" }
    return [
      "\(row.paid)", "\(row.paidSteps)", "\(row.steps)", number(row.score), number(row.label), "\(row.flips)", caption,
    ].joined(separator: "\t")
  }

  /// Reads a file's text.
  /// - Throws: `RunError` that names the file and the line.
  public init(text: String, fileName: String) throws {
    self.init()
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    guard lines.first.map({ $0.split(separator: "\t").map(String.init) }) == Self.header else {
      throw RunError.refused(
        "\(fileName) is not a table of rewards: its first line must be \(Self.header.joined(separator: ", "))")
    }
    var (payments, rest): ([CaptionPayment], [CaptionPayment]) = ([], [])
    for (index, line) in lines.enumerated().dropFirst() {
      guard let (row, isOthers) = Self.row(line) else {
        throw RunError.refused("\(fileName), line \(index + 1): not \(Self.header.joined(separator: ", "))")
      }
      if isOthers { rest.append(row) } else { payments.append(row) }
    }
    self = RewardTable(payments)
    for payment in rest { addToOthers(payment) }
  }

  private static func row(_ line: Substring) -> (CaptionPayment, isOthers: Bool)? {
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
    guard fields.count == header.count, let paid = Double(fields[0]), let paidSteps = Int(fields[1], radix: 10),
      let steps = Int(fields[2], radix: 10), let flips = Int(fields[5], radix: 10), paid.isFinite,
      [paidSteps, steps, flips].allSatisfy(plausibleCount.contains)
    else { return nil }
    let isOthers = fields[6] == others
    guard let caption = isOthers ? [] : EscapedText.unescape(String(fields[6])) else { return nil }
    func number(_ field: Substring) -> Float?? { field.isEmpty ? .some(nil) : Float(field) }
    guard let score = number(fields[3]), let label = number(fields[4]) else { return nil }
    var row = CaptionPayment(caption: caption)
    (row.paid, row.paidSteps, row.steps, row.flips) = (paid, paidSteps, steps, flips)
    (row.score, row.label) = (score, label)
    return (row, isOthers)
  }
}
