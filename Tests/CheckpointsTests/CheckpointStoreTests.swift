import Foundation
import TestSupport
import Testing

@testable import Checkpoints

@Suite struct CheckpointStoreTests {
  let folder: TemporaryDirectory
  let store: CheckpointStore

  init() throws {
    folder = try TemporaryDirectory()
    store = try CheckpointStore(directory: folder.file("checkpoints"), keep: 3)
  }

  private func state(_ value: Float) -> [NamedTensor] {
    [
      NamedTensor("parameters", [Float](repeating: value, count: 100)),
      NamedTensor("generator", [UInt64(value), 1, 2, 3]),
    ]
  }

  private func save(_ step: Int, version: UInt64? = nil) throws -> SavedCheckpoint {
    try store.save(
      step: step, policyVersion: version ?? UInt64(step / 10), tensors: state(Float(step)), metadata: ["seed": "7"])
  }

  private func path(_ step: Int, _ file: String) -> URL {
    folder.file("checkpoints/\(CheckpointStore.folder(step: step))/\(file)")
  }

  /// A program that reads nothing but the tensors' file finds what describes them there.
  @Test func theTensorsFileDescribesItself() throws {
    let saved = try store.save(
      step: 1, policyVersion: 1, tensors: state(1), metadata: ["seed": "7"],
      description: ["task": "Corridor", "network": "m\"lp"])
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(saved.path)/state.safetensors")))
    #expect(
      try SafeTensors.decode(bytes, file: "state").metadata == ["task": "Corridor", "network": "m\"lp"])
    #expect(try CheckpointStore.load(path: saved.path).metadata == ["seed": "7"])
  }

  @Test func anEmptyStoreHasNothing() throws {
    let newest = try store.loadNewest()
    #expect(newest.checkpoint == nil)
    #expect(newest.rejected.isEmpty)
  }

  @Test func whatIsSavedComesBack() throws {
    let saved = try save(300_000)
    #expect(saved.path.hasSuffix("/checkpoints/step-000000300000"))
    #expect(saved.byteCount > 400)
    #expect(saved.warnings.isEmpty)
    #expect(
      folder.names("checkpoints/step-000000300000") == ["manifest.json", "manifest.sha256", "state.safetensors"])
    let checkpoint = try #require(try store.loadNewest().checkpoint)
    #expect(checkpoint.step == 300_000)
    #expect(checkpoint.policyVersion == 30_000)
    #expect(checkpoint.path == saved.path)
    #expect(Set(checkpoint.tensors) == Set(state(300_000)))
    #expect(try checkpoint.text("seed") == "7")
    #expect(try checkpoint.tensor("generator").values(as: UInt64.self) == [300_000, 1, 2, 3])
    #expect { try checkpoint.tensor("weights") } throws: { "\($0)".hasSuffix(": has no tensor \"weights\"") }
    #expect { try checkpoint.text("x") } throws: { "\($0)".hasSuffix(": has no metadata \"x\"") }
    #expect(try CheckpointStore.load(path: saved.path + "/").step == 300_000)
  }

  @Test func theManifestIsReadableByPeople() throws {
    _ = try save(20)
    let text = try String(contentsOf: path(20, "manifest.json"), encoding: .utf8)
    #expect(text.contains("\"format_version\" : 1"))
    #expect(text.contains("\"step\" : 20"))
    #expect(text.contains("\"name\" : \"state.safetensors\""))
    let digest = try String(contentsOf: path(20, "manifest.sha256"), encoding: .utf8)
    #expect(digest.wholeMatch(of: /[0-9a-f]{64}  manifest\.json\n/) != nil)
  }

  @Test func olderOnesBeyondKeepAreRemoved() throws {
    for step in [10, 20, 30, 40, 50] { _ = try save(step) }
    #expect(try store.steps() == [50, 40, 30])
    #expect(folder.names("checkpoints").count == 3)
  }

  @Test func theSameStateIsSavedOnce() throws {
    _ = try save(10)
    let before = try FileManager.default.attributesOfItem(atPath: path(10, "manifest.json").path)[.systemFileNumber]
    #expect(try save(10).byteCount == 0)
    let after = try FileManager.default.attributesOfItem(atPath: path(10, "manifest.json").path)[.systemFileNumber]
    #expect(before as? Int == after as? Int)
  }

  @Test func anotherStateOfTheSameStepSetsTheFirstAside() throws {
    _ = try save(10, version: 1)
    #expect(try save(10, version: 2).byteCount > 0)
    #expect(try store.loadNewest().checkpoint?.policyVersion == 2)
    #expect(folder.names("checkpoints") == ["aside-step-000000000010-1", "step-000000000010"])
  }

  @Test func aDamagedOneOfTheSameStepIsReplaced() throws {
    _ = try save(10)
    try Data("x".utf8).write(to: path(10, "state.safetensors"))
    _ = try save(10)
    #expect(try store.loadNewest().checkpoint?.step == 10)
  }

  @Test func anAbandonedFutureIsSetAside() throws {
    for step in [10, 20, 30] { _ = try save(step) }
    _ = try save(15)  // the run was resumed from step 10
    #expect(try store.loadNewest().checkpoint?.step == 15)
    #expect(
      folder.names("checkpoints") == [
        "aside-step-000000000020-1", "aside-step-000000000030-1", "step-000000000010", "step-000000000015",
      ])
  }

  @Test func remainsOfInterruptedSavesAreRemoved() throws {
    _ = try save(10)
    try FileManager.default.createDirectory(
      at: folder.file("checkpoints/.tmp-step-000000000020"), withIntermediateDirectories: false)
    try Data("half".utf8).write(to: folder.file("checkpoints/.tmp-step-000000000020/state.safetensors"))
    let reopened = try CheckpointStore(directory: folder.file("checkpoints"), keep: 3)
    #expect(folder.names("checkpoints") == ["step-000000000010"])
    #expect(try reopened.loadNewest().checkpoint?.step == 10)
    #expect(try reopened.loadNewest().rejected.isEmpty)
  }

  @Test func strangersInTheFolderAreIgnored() throws {
    _ = try save(10)
    for name in ["step-11", "step-x", "step--00000000012", "notes.txt", "step-0000000000+13"] {
      try Data().write(to: folder.file("checkpoints/\(name)"))
    }
    #expect(try store.steps() == [10])
    #expect(CheckpointStore.step(ofFolder: "step-1000000000000") == 1_000_000_000_000)
  }

  @Test func ifNoneIsIntactThatIsAnErrorAndNotAFreshStart() throws {
    for step in [10, 20] {
      _ = try save(step)
      try FileManager.default.removeItem(at: path(step, "manifest.json"))
    }
    #expect { try store.loadNewest() } throws: {
      "\($0)".contains("none of 2 checkpoints is intact") && "\($0)".contains("No such file")
    }
  }

  @Test func foldersThatWereRenamedAreRefused() throws {
    _ = try save(10)
    try FileManager.default.moveItem(
      at: folder.file("checkpoints/step-000000000010"), to: folder.file("checkpoints/step-000000000090"))
    #expect { try store.loadNewest() } throws: { "\($0)".contains("has step 10 in a folder of step 90") }
    // Under a name that claims no step, such as a copy a user made, it loads.
    try FileManager.default.moveItem(at: folder.file("checkpoints/step-000000000090"), to: folder.file("best"))
    #expect(try CheckpointStore.load(path: folder.file("best").path).step == 10)
  }
}
