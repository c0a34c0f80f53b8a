import Foundation
import Runtime
import Testing

@testable import Checkpoints

/// The power fails before the n-th operation, for every n; a change not yet synchronised is kept or lost at random.
@Suite struct PowerFailureTests {
  private static let url = URL(filePath: "/c")

  private func save(_ store: CheckpointStore, _ step: Int, version: UInt64) throws {
    _ = try store.save(step: step, policyVersion: version, tensors: [NamedTensor("p", [Float(step)])])
  }

  /// A store that holds durable checkpoints of steps 10 and 20.
  private func preparedDisk() throws -> VolatileFileSystem {
    let disk = VolatileFileSystem()
    let store = try CheckpointStore(directory: Self.url, keep: 2, files: disk)
    try disk.synchronise(directory: "/")
    for step in [10, 20] { try save(store, step, version: UInt64(step)) }
    return disk
  }

  @Test func aPublishedCheckpointSurvives() throws {
    let disk = try preparedDisk()
    disk.restart { false }
    let newest = try CheckpointStore(directory: Self.url, keep: 2, files: disk).loadNewest()
    #expect(newest.checkpoint?.step == 20)
  }

  /// Saves the step while the power fails at every operation in turn; `check` sees what is left.
  private func failEverywhere(step: Int, version: UInt64, _ check: (CheckpointStore, String) throws -> Void) throws {
    var generator = SplitMix64(seed: 99)
    var failures = 0
    for offset in 1...20 {
      for attempt in 0..<20 {
        let disk = try preparedDisk()
        let store = try CheckpointStore(directory: Self.url, keep: 2, files: disk)
        disk.failAt = disk.operations + offset
        do { try save(store, step, version: version) } catch { failures += 1 }
        // The first two attempts are the extremes: all is lost, all is kept.
        disk.restart { attempt == 0 ? false : attempt == 1 ? true : Bool.random(using: &generator) }
        try check(
          CheckpointStore(directory: Self.url, keep: 2, files: disk), "power failed at \(offset), attempt \(attempt)")
      }
    }
    #expect(failures > 100)
  }

  @Test func theNewOrThePreviousOneIsIntact() throws {
    var found: Set<Int> = []
    try failEverywhere(step: 30, version: 30) { store, what in
      let newest = try store.loadNewest()
      #expect(newest.rejected.isEmpty, "\(what)")
      let step = try #require(newest.checkpoint?.step, "\(what)")
      #expect([20, 30].contains(step), "\(what)")
      found.insert(step)
    }
    #expect(found == [20, 30])
  }

  @Test func replacingAStepNeverLosesTheOneBefore() throws {
    try failEverywhere(step: 20, version: 21) { store, what in
      let newest = try store.loadNewest()
      #expect(newest.rejected.isEmpty, "\(what)")
      #expect([10, 20].contains(newest.checkpoint?.step), "\(what)")
    }
  }

  @Test func aStoreOfAsidesAloneIsNotTakenForANewRun() throws {
    let disk = try preparedDisk()
    let store = try CheckpointStore(directory: Self.url, keep: 2, files: disk)
    for step in [10, 20] {
      try disk.rename(
        "/c/\(CheckpointStore.folder(step: step))", to: "/c/aside-\(CheckpointStore.folder(step: step))-1")
    }
    #expect { try store.loadNewest() } throws: {
      "\($0)" == "/c: holds only checkpoints that were set aside; rename aside-step-000000000020-1 to resume from it"
    }
  }
}
