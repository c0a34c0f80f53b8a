import Captions
import Foundation
import LabelStore
import Learner
import Runtime

/// The captions of a run: what each is worth, who says so and why, and what the run has paid for it.
struct CaptionsView: Encodable {
  /// One caption.
  struct Row: Encodable {
    /// As text; bytes that are none are escaped.
    var caption: String
    /// 0 to 1; nil without a label.
    var label: Float?
    /// Whether an annotator gave no usable answer.
    var isAbstained = false
    /// The annotator's kind and version.
    var by = ""
    var model = ""
    /// What led to the label, in words.
    var why = ""
    /// Seconds since 1970.
    var answeredAt: Double?
    var score: Float?
    var paid: Double?
    var paidSteps: Int?
    var steps: Int?
  }

  /// The order of the rows.
  enum Order: String, CaseIterable {
    case paid, steps, label, newest, caption
  }

  /// Rows of one answer at most.
  static let maximumRows = 100
  /// Captions that are looked at; of more, those without payments and the oldest labels are left out.
  static let maximumCaptions = 50_000

  var total: Int
  var offset: Int
  var rows: [Row]
  /// Why a part is missing; empty if nothing is.
  var notice: String

  /// - Parameters:
  ///   - search: text that the caption, the annotator or the model contains, in any case.
  ///   - offset: rows to leave out.
  init(_ run: ShownRuns.Run, search: String, order: Order, offset: Int) {
    var (rows, notices): ([[UInt8]: Row], [String]) = ([:], [])
    do { try Self.addLabels(of: run, to: &rows) } catch { notices.append("the labels cannot be read: \(error)") }
    do { try Self.addPayments(of: run, to: &rows) } catch { notices.append("the rewards cannot be read: \(error)") }
    notice = notices.joined(separator: "; ").printable
    let wanted = search.lowercased()
    let found = rows.values.filter { row in
      wanted.isEmpty || [row.caption, row.by, row.model].contains { $0.lowercased().contains(wanted) }
    }
    let sorted = found.sorted { Self.precedes($0, $1, order) }
    total = sorted.count
    self.offset = min(max(0, offset), total)
    self.rows = Array(sorted.dropFirst(self.offset).prefix(Self.maximumRows))
  }

  private static func precedes(_ first: Row, _ second: Row, _ order: Order) -> Bool {
    let (one, two): (Double, Double) =
      switch order {
      case .paid: (first.paid ?? -.infinity, second.paid ?? -.infinity)
      case .steps: (Double(first.steps ?? -1), Double(second.steps ?? -1))
      case .label: (Double(first.label ?? -1), Double(second.label ?? -1))
      case .newest: (first.answeredAt ?? 0, second.answeredAt ?? 0)
      case .caption: (0, 0)
      }
    return one == two ? first.caption < second.caption : one > two
  }

  private static func addLabels(of run: ShownRuns.Run, to rows: inout [[UInt8]: Row]) throws {
    let path = LabelReport.path(run.path)
    guard PosixFileSystem().exists(path) else { return }
    for record in try LabelStore(path: path, access: .readOnly).labels(limit: maximumCaptions) {
      var row = rows[record.caption] ?? Row(caption: EscapedText.escape(record.caption))
      switch record.verdict {
      case .label(let value): row.label = value
      case .abstain: row.isAbstained = true
      }
      row.by = record.source.origin.description.printable
      row.model = (record.judgement.evidence?.model ?? "").printable
      row.why = why(record)
      row.answeredAt = record.source.answeredAt
      rows[record.caption] = row
    }
  }

  private static func why(_ record: LabelRecord) -> String {
    var parts: [String] = []
    let judgement = record.judgement
    if let template = record.template { parts.append("template \"\(EscapedText.escape(template))\"") }
    if let evidence = judgement.evidence {
      if !evidence.prompt.isEmpty { parts.append("prompt \(evidence.prompt)") }
      if !evidence.goal.isEmpty { parts.append("goal \(evidence.goal)") }
      if evidence.samples > 0 { parts.append("\(evidence.samples) answers of \(evidence.server)") }
    }
    if let logOdds = judgement.logOdds { parts.append("log-odds \(String(format: "%.2f", logOdds))") }
    if let asked = judgement.asked { parts.append("asked as \"\(EscapedText.escape(asked))\"") }
    if let unreadable = judgement.unreadable { parts.append("\(unreadable.reason): \(unreadable.said)") }
    return parts.joined(separator: ", ").printable
  }

  private static func addPayments(of run: ShownRuns.Run, to rows: inout [[UInt8]: Row]) throws {
    let path = "\(run.path)/rewards.tsv"
    guard let text = try TextFile.read(path) else { return }
    for payment in try RewardTable(text: text, fileName: path).rows where !payment.caption.isEmpty {
      guard rows[payment.caption] != nil || rows.count < maximumCaptions else { continue }
      var row = rows[payment.caption] ?? Row(caption: EscapedText.escape(payment.caption))
      (row.paid, row.paidSteps, row.steps) = (payment.paid, payment.paidSteps, payment.steps)
      row.score = payment.score
      if row.label == nil { row.label = payment.label }
      rows[payment.caption] = row
    }
  }
}
