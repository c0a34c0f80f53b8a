import Foundation
import LabelStore

/// What a run has paid for, as it stands in the run directory's rewards.tsv: a line for each caption, the most paid first.
/// All that there is no room for stands in at most four lines more: with and without a label, with and without a score.
public struct RewardTable: Sendable, Hashable {
  /// Captions kept. Of more, one half are those that were paid most, the sign aside, and of the rest those that were met most.
  public static let maximumRows = 10_000
  static let header = ["paid", "paid_steps", "steps", "score", "label", "flips", "caption"]
  /// Stands for a caption in the last lines. An escaped caption never begins so.
  private static let others = "\\others"

  /// The most paid first.
  public private(set) var rows: [CaptionPayment]
  /// All other captions, those that are known alike as one. Label and score are means over steps.
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

  /// Adds what was paid in an earlier session. Captions that this one has not met are kept.
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

  /// - Throws: `RunError` that names the file and the line.
  public init(text: String, fileName: String) throws {
    self.init()
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    guard lines.first.map({ $0.split(separator: "\t").map(String.init) }) == Self.header else {
      throw RunError.refused("\(fileName) is not a table of rewards: its first line is another one")
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
    guard fields.count == header.count, let paid = Double(fields[0]), let paidSteps = Int(fields[1]),
      let steps = Int(fields[2]), let flips = Int(fields[5])
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
