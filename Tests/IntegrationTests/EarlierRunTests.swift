import Checkpoints
import Configuration
import Foundation
import LabelStore
import Learner
import TestSupport
import Testing

/// A run that is continued: from a checkpoint, or knowingly from the beginning, and never from the beginning by
/// accident.
struct EarlierRunTests {
  private let folder: TemporaryDirectory
  private let configuration = SmallRun.grid(seed: 7, steps: 64 * 4)
  private var checkpoints: URL { folder.url.appending(path: "run/checkpoints") }

  init() throws { folder = try TemporaryDirectory() }

  /// Plays four updates.
  private func play() throws { try SmallRun.serial(configuration, in: folder).run(until: { nil }) }

  private func answers() throws -> Int {
    try LabelStore(path: folder.path + "/run/labels.sqlite", access: .readOnly).counts().answers
  }

  private func more() -> RunConfiguration {
    var more = configuration
    more.run.steps = 64 * 8
    return more
  }

  private func damageAll() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: checkpoints.path) {
      try Data("torn".utf8).write(to: checkpoints.appending(path: "\(name)/state.safetensors"))
    }
  }

  @Test func aRunCanBeResumedFromItsFirstMoment() throws {
    _ = try SmallRun.serial(configuration, in: folder)
    let store = CheckpointStore(reading: checkpoints)
    #expect(try store.steps() == [0])
    let run = try SmallRun.serial(configuration, in: folder, resume: .auto)
    #expect(run.learner.policy.policyVersion == 0)
  }

  @Test func withoutAnIntactCheckpointItRefusesAndSaysWhatThereIs() throws {
    try play()
    let count = try answers()
    #expect(count > 0)
    try damageAll()
    let damaged = try #require(throws: RunError.self) { try SmallRun.serial(more(), in: folder, resume: .auto) }
    let text = "\(damaged)"
    #expect(text.contains("none of 2 checkpoints is intact") && text.contains("state.safetensors: has 4 bytes"))
    #expect(text.contains("has trained 256 steps and has \(count) answers of annotators in "))
    #expect(text.hasSuffix("--resume fresh, which keeps the labels"))
    try FileManager.default.removeItem(at: checkpoints)
    let missing = try #require(throws: RunError.self) { try SmallRun.serial(more(), in: folder, resume: .auto) }
    #expect("\(missing)".contains("holds no checkpoint to resume from. The run has trained 256 steps"))
    #expect(try answers() == count, "a refusal changes nothing")
  }

  @Test func itBeginsAgainKnowinglyAndKeepsTheLabels() throws {
    try play()
    let count = try answers()
    try damageAll()
    let run = try SmallRun.serial(more(), in: folder, resume: .fresh)
    #expect(run.learner.policy.policyVersion == 0)
    #expect(try CheckpointStore(reading: checkpoints).steps() == [0])
    let aside = try FileManager.default.contentsOfDirectory(atPath: checkpoints.path).filter { $0.hasPrefix("aside-") }
    #expect(aside.count == 2)
    try run.run(until: { nil })
    #expect(run.learner.end == .completed)
    #expect(try answers() >= count)
    let log = try String(contentsOfFile: folder.path + "/run/learner.log", encoding: .utf8)
    #expect(log.contains("begins again at step 0 as --resume fresh asks: \(count) answers of annotators are kept, 2 "))
  }
}
