import Checkpoints
import Foundation
import Runtime
import Telemetry
import TestSupport
import Testing

@testable import Learner

@Suite struct RewardTableTests {
  private func payment(
    _ caption: String, paid: Double, steps: Int = 10, score: Float? = nil, label: Float? = nil, flips: Int = 0
  ) -> CaptionPayment {
    var payment = CaptionPayment(caption: Array(caption.utf8))
    (payment.paid, payment.steps, payment.paidSteps) = (paid, steps, paid == 0 ? 0 : 2)
    (payment.score, payment.label, payment.flips) = (score, label, flips)
    return payment
  }

  @Test func readsBackWhatItWrites() throws {
    let odd = ["", "tab\there", "line\nbreak", "back\\slash", "\\others", "You kill the newt!"]
    var table = RewardTable(
      odd.enumerated().map { payment($1, paid: Double($0) - 2.5, score: Float($0), label: $0 % 2 == 0 ? nil : 1) })
    let read = try RewardTable(text: table.text, fileName: "t")
    #expect(read.text == table.text && read.rows.map(\.caption) == table.rows.map(\.caption))
    #expect(table.rows.first?.caption == Array("You kill the newt!".utf8))
    table = RewardTable()
    #expect(try RewardTable(text: table.text, fileName: "t") == table)
  }

  @Test func whatDoesNotFitIsSummed() throws {
    let count = RewardTable.maximumRows + 5
    let table = RewardTable((0..<count).map { payment("c\($0)", paid: Double($0)) })
    #expect(table.rows.count == RewardTable.maximumRows && table.others.count == 1)
    #expect(table.others[0].paid == 10 && table.others[0].steps == 50)
    #expect(table.sum.steps == 10 * count)
    #expect(try RewardTable(text: table.text, fileName: "t").sum == table.sum)
  }

  /// Most steps of a long run lead to captions that were never paid.
  @Test func whatIsMetMostIsKeptAndWhatIsKnownIsCounted() throws {
    let half = RewardTable.maximumRows / 2
    var payments = (0..<2 * half).map { payment("paid \($0)", paid: 1, steps: 2, score: 1, label: 1) }
    payments += (0..<half).map { payment("unpaid \($0)", paid: 0, steps: 3, score: 0, label: 0) }
    payments += [payment("", paid: 0, steps: 1_000_000), payment("unknown", paid: 0, steps: 1)]
    var table = RewardTable(payments)
    #expect(table.rows.contains { $0.caption.isEmpty } && table.rows.contains { $0.caption == Array("unpaid 7".utf8) })
    #expect(table.rows.count == 2 * half && table.others.count == 2)
    let known = try #require(table.others.first { $0.label != nil })
    #expect(known.steps == 2 * half + 3 && abs((known.score ?? 0) - Float(2 * half) / Float(2 * half + 3)) < 1e-3)
    let coverage = RewardReport.coverage(table, nil)
    #expect(coverage.contains("with a labelled one    \(7 * half) "), "\(coverage)")
    #expect(coverage.contains("with a caption    \(7 * half + 1) "), "\(coverage)")
    #expect(try RewardTable(text: table.text, fileName: "t").sum == table.sum)
    table.add(table)
    #expect(table.others.count == 2 && table.sum.steps == 2 * (7 * half + 1 + 1_000_000))
  }

  @Test func sessionsAddUp() {
    var table = RewardTable([payment("a", paid: 1, label: 1, flips: 1), payment("b", paid: 2)])
    table.add(RewardTable([payment("a", paid: 3, label: 0, flips: 2), payment("c", paid: -1)]))
    #expect(table.rows.map { String(decoding: $0.caption, as: UTF8.self) } == ["a", "b", "c"])
    #expect(table.rows[0].paid == 4 && table.rows[0].flips == 3 && table.rows[0].label == 1)
    #expect(table.sum.paid == 5 && table.sum.steps == 40)
  }

  @Test(arguments: [
    ("", "is not a table"), ("paid\tsteps\n", "is not a table"),
    (RewardTable().text + "1\t2\n", "line 2"), (RewardTable().text + "x\t1\t1\t\t\t0\ta\n", "line 2"),
    (RewardTable().text + "1\t1\t1\t\t\t0\ta\n1\t1\t1\t\t\t0\tbad\\q\n", "line 3"),
  ])
  func whatIsNoTableIsRefused(text: String, problem: String) {
    #expect { try RewardTable(text: text, fileName: "runs/a/rewards.tsv") } throws: { error in
      "\(error)".contains("runs/a/rewards.tsv") && "\(error)".contains(problem)
    }
  }

  @Test func theReportsSayWhatIsPaidForAndHowMuchIsKnown() {
    let table = RewardTable([
      payment("You kill the newt!", paid: 3, steps: 30, score: 1, label: 1), payment("", paid: 0, steps: 60),
      payment("It's a wall.", paid: 1, steps: 10, score: 1),
    ])
    let top = RewardReport.captions(table.rows.prefix(1), of: table.sum).split(separator: "\n")
    #expect(top.count == 2 && top[1].contains("75.0%") && top[1].hasSuffix("You kill the newt!"))
    var record = MetricsRecord(time: 0, step: 100, values: [.rewardHackingAlarm: 1, .rewardModelAgreement: 0.75])
    let coverage = RewardReport.coverage(table, record)
    for text in ["with a caption     40  40.0%", "30  30.0%", "ALARM", "0.75"] {
      #expect(coverage.contains(text), "\(coverage)")
    }
    record.values[.rewardHackingAlarm] = 0
    #expect(!RewardReport.coverage(table, record).contains("ALARM"))
  }
}

@Suite struct RewardTableFileTests {
  /// The newest table waits for the disk, and only that one.
  @Test func aFullDiskDelaysTheTable() throws {
    let folder = try TemporaryDirectory()
    let files = FaultyFileSystem()
    let directory = try RunDirectory(parent: folder.url, name: "run", resume: false, files: files)
    var file = RewardTableFile(directory, continues: false) { _ in }
    func payments(_ steps: Int) -> [CaptionPayment] {
      var payment = CaptionPayment(caption: [65])
      payment.steps = steps
      return [payment]
    }
    func steps() throws -> [Int] {
      let text = try String(contentsOf: directory.rewards, encoding: .utf8)
      return try RewardTable(text: text, fileName: "t").rows.map(\.steps)
    }
    #expect(file.write(payments(1), now: 0) == nil && file.isWritten)
    files.follow(.from(1))
    let line = file.write(payments(2), now: 10)
    #expect(line?.hasPrefix("rewards cannot be written: \(directory.rewards.path).tmp: cannot write: No space") == true)
    #expect(file.write(payments(3), now: 10.5) == nil && file.failures == 1 && !file.isWritten)
    #expect(try steps() == [1])
    #expect(file.writeWaiting(now: 11) == nil && file.failures == 2)
    files.follow(.never)
    #expect(file.writeWaiting(now: 12) == nil, "the pause is not over")
    #expect(file.writeWaiting(now: 13) == "rewards are written again, after 3 s")
    #expect(try steps() == [3] && file.isWritten && file.writeWaiting(now: 14) == nil)
  }
}
