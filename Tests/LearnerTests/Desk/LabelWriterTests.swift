import Captions
import Foundation
import GRDB
import LabelStore
import Runtime
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Learner

/// Answers reach the disk in the end, each acknowledged after that and once, whatever holds the store up.
struct LabelWriterTests {
  private let folder: TemporaryDirectory
  private let path: String
  private let now = SharedValue(0.0)

  init() throws {
    folder = try TemporaryDirectory()
    path = folder.path + "/labels.sqlite"
  }

  private func writer(hasThread: Bool) throws -> LabelWriter {
    try LabelWriter(try LabelStore(path: path), hasThread: hasThread) { [now] in now.current }
  }

  private func answers(_ task: UInt64, _ texts: [String], label: Float = 1) -> StoredAnswers {
    let source = RecordSource(run: "r", annotator: "a", origin: LabelOrigin(kind: "rules", version: "1"), answeredAt: 1)
    return StoredAnswers(
      labels: texts.map { LabelRecord(caption: Array($0.utf8), judgement: Judgement(.label(label)), source: source) },
      peer: PeerID([1]), task: task)
  }

  private func stored() throws -> [String] {
    try LabelStore(path: path, access: .readOnly).all().map { String(decoding: $0.caption, as: UTF8.self) }
  }

  /// Takes events until `count` tasks are stored or a minute has passed.
  private func events(of writer: LabelWriter, until count: Int) -> (tasks: [UInt64], notices: [String]) {
    var (tasks, notices): ([UInt64], [String]) = ([], [])
    let deadline = Date(timeIntervalSinceNow: 60)
    while true {
      for event in writer.takeEvents() {
        switch event {
        case .stored(let done): tasks += done.map(\.task)
        case .notice(let line): notices.append(line)
        }
      }
      if tasks.count >= count || Date() > deadline { return (tasks, notices) }
      Thread.sleep(forTimeInterval: 0.002)
    }
  }

  @Test func answersAreStoredAndReportedInOrder() throws {
    let writer = try writer(hasThread: true)
    for task in 1...50 as ClosedRange<UInt64> { writer.put(answers(task, task % 5 == 0 ? [] : ["t\(task)"])) }
    #expect(events(of: writer, until: 50).tasks == Array(1...50))
    #expect(writer.close() == 0 && writer.waitingCount == 0)
    #expect(try stored() == (1...50).filter { $0 % 5 != 0 }.map { "t\($0)" })
  }

  @Test func onTheCallersThreadAnswersAreStoredAtOnce() throws {
    let writer = try writer(hasThread: false)
    writer.put(answers(1, ["a", "b"]))
    #expect(events(of: writer, until: 1).tasks == [1] && writer.close() == 0)
    #expect(try stored() == ["a", "b"])
  }

  /// Another process writes to the store for a while: nobody waits for it, and its end is noticed.
  @Test func aLockedStoreDelaysTheAcknowledgement() throws {
    let writer = try writer(hasThread: false)
    let neighbour = try Neighbour(of: path)
    try neighbour.lock()
    writer.put(answers(1, ["a"]))
    writer.put(answers(2, ["b"]))
    #expect(writer.waitingCount == 2 && writer.failures == 1 && !writer.isFull)
    let begun = writer.takeEvents()
    guard begun.count == 1, case .notice(let line) = begun[0] else { throw Unexpected(begun) }
    #expect(line.hasPrefix("labels cannot be written: label store \(path): another process is writing to it"))
    writer.writeIfAllowed()
    #expect(writer.failures == 1, "the pause is not over")
    now.update { $0 = 2 }
    writer.writeIfAllowed()
    #expect(writer.failures == 2 && writer.takeEvents().isEmpty)
    try neighbour.unlock()
    now.update { $0 = 9 }
    writer.writeIfAllowed()
    let (tasks, notices) = events(of: writer, until: 2)
    #expect(tasks == [1, 2] && notices == ["labels are written again, after 9 s"])
    #expect(try stored() == ["a", "b"])
  }

  @Test func closingTriesOnceMoreAndCountsWhatIsLost() throws {
    for hasThread in [false, true] {
      let writer = try writer(hasThread: hasThread)
      let neighbour = try Neighbour(of: path)
      try neighbour.lock()
      writer.put(answers(1, ["x"]))
      #expect(writer.close() == 1)
      try neighbour.unlock()
      let later = try self.writer(hasThread: hasThread)
      later.put(answers(1, ["x\(hasThread)"]))
      #expect(later.close() == 0)
    }
  }

  /// An answer that the store does not accept holds up nobody.
  @Test func anUnacceptableAnswerIsLeftOut() throws {
    let writer = try writer(hasThread: false)
    writer.put(answers(1, ["good", ""]))
    writer.put(answers(2, ["bad"], label: .nan))
    let (tasks, notices) = events(of: writer, until: 2)
    #expect(tasks == [1, 2] && notices.count == 2 && notices[0].hasPrefix("1 answers are not stored: "))
    #expect(try stored() == ["good"])
  }
}

/// Another connection to a label store, which SQLite treats as it treats another process's.
private final class Neighbour {
  private let database: DatabaseQueue

  init(of path: String) throws {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    database = try DatabaseQueue(path: path, configuration: configuration)
  }

  func lock() throws { try database.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") } }
  func unlock() throws { try database.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") } }
}
