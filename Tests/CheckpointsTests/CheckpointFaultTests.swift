import Foundation
import Runtime
import TestSupport
import Testing

@testable import Checkpoints

/// A disk that fails at the n-th operation, for every n.
@Suite struct CheckpointFaultTests {
  private func tensors(_ step: Int) -> [NamedTensor] { [NamedTensor("p", [Float](repeating: Float(step), count: 40))] }

  private func save(_ store: CheckpointStore, _ step: Int) throws -> SavedCheckpoint {
    try store.save(step: step, policyVersion: UInt64(step), tensors: tensors(step))
  }

  /// Operations of a save into a store of two that keeps two.
  private func operationsOfASave() throws -> Int {
    let folder = try TemporaryDirectory()
    let files = FaultyFileSystem()
    let store = try CheckpointStore(directory: folder.file("c"), keep: 2, files: files)
    for step in [10, 20] { _ = try save(store, step) }
    let before = files.operations
    _ = try save(store, 30)
    return files.operations - before
  }

  @Test(arguments: [false, true], FaultyFileSystem.Fault.allCases)
  func anIntactCheckpointIsLeftWhateverFails(crashes: Bool, fault: FaultyFileSystem.Fault) throws {
    let operations = try operationsOfASave()
    #expect(operations == 9)  // folder, three files, folder sync, rename, parent sync, rename and removal of the oldest
    for failAt in 1...operations {
      let folder = try TemporaryDirectory()
      let url = folder.file("c")
      for step in [10, 20] { _ = try save(try CheckpointStore(directory: url, keep: 2), step) }
      let files = FaultyFileSystem(crashes ? .from(failAt) : .at(failAt), fault: fault)
      let store = try CheckpointStore(directory: url, keep: 2, files: files)
      let published = failAt > 6
      if failAt <= 7 {
        #expect(throws: CheckpointError.self) { try save(store, 30) }
      } else {
        let saved = try save(store, 30)
        #expect(saved.warnings.count == 1)
      }
      let reopened = try CheckpointStore(directory: url, keep: 2)
      let newest = try reopened.loadNewest()
      #expect(newest.checkpoint?.step == (published ? 30 : 20), "failure at \(failAt)")
      #expect(newest.rejected.isEmpty)
      #expect(try reopened.steps().contains(20))
      #expect(folder.names("c").allSatisfy { $0.hasPrefix("step-") })
      // The next save succeeds as if nothing had happened.
      _ = try save(reopened, 40)
      #expect(try reopened.loadNewest().checkpoint?.step == 40)
      #expect(try reopened.steps().count == 2)
    }
  }

  /// A disk that fails now and then: after each save the newest intact checkpoint is the newest that was reported, or
  /// the one whose publication was reported as failed.
  @Test(arguments: 1...20 as ClosedRange<UInt64>, FaultyFileSystem.Fault.allCases)
  func whatWasReportedIsThere(seed: UInt64, fault: FaultyFileSystem.Fault) throws {
    let folder = try TemporaryDirectory()
    let files = FaultyFileSystem(fault: fault)
    let store = try CheckpointStore(directory: folder.file("c"), keep: 2, files: files)
    var reported = 0
    files.follow(.some(seed: seed, share: 0.15))
    for step in 1...12 {
      if (try? save(store, step)) != nil { reported = step }
      let newest = try CheckpointStore(reading: folder.file("c")).loadNewest()
      #expect(newest.rejected.isEmpty)
      let found = newest.checkpoint?.step ?? 0
      #expect(found == reported || found == step, "\(found) is neither \(reported) nor \(step)")
      reported = max(reported, found)
    }
  }

  @Test func aFailedSaveFreesItsSpace() throws {
    let folder = try TemporaryDirectory()
    let files = FaultyFileSystem(.at(4))
    let store = try CheckpointStore(directory: folder.file("c"), keep: 2, files: files)  // one operation: the folder
    #expect { try save(store, 10) } throws: {
      "\($0)".hasSuffix(".tmp-step-000000000010/manifest.json: cannot write: No space left on device")
    }
    #expect(folder.names("c").isEmpty)
  }

  @Test func theSystemsErrorsNameTheFile() throws {
    let folder = try TemporaryDirectory()
    #expect {
      try CheckpointStore(directory: folder.file("missing/c"), keep: 1)
    } throws: {
      "\($0)" == "\(folder.file("missing/c").path): cannot create: No such file or directory"
    }
    let files = PosixFileSystem()
    // A checkpoint's files are always new.
    #expect { try files.write([1], to: "/dev/full") } throws: { "\($0)" == "/dev/full: cannot create: File exists" }
    #expect { try files.read("/dev/null", maximumBytes: 1) } throws: { "\($0)" == "/dev/null: is not a regular file" }
    try files.write([1, 2, 3], to: folder.file("three").path)
    #expect { try files.read(folder.file("three").path, maximumBytes: 2) } throws: {
      "\($0)".hasSuffix("three: 3 bytes are more than 2")
    }
    #expect(try files.read(folder.file("three").path, maximumBytes: 3) == [1, 2, 3])
    #expect(throws: CheckpointError.self) { try files.remove(folder.file("none").path) }
    #expect(throws: CheckpointError.self) { try files.names(in: folder.file("none").path) }
    #expect(throws: CheckpointError.self) { try files.rename(folder.file("none").path, to: folder.file("x").path) }
    #expect(throws: CheckpointError.self) { try files.synchronise(directory: folder.file("none").path) }
  }
}
