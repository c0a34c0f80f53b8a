import Foundation
import Runtime
import TestSupport
import Testing

@testable import Checkpoints

@Suite struct RunDirectoryTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func open(_ name: String = "oni", resume: Bool = false) throws -> RunDirectory {
    try RunDirectory(parent: folder.file("runs"), name: name, resume: resume)
  }

  private func text(_ url: URL) throws -> String { try String(contentsOf: url, encoding: .utf8) }

  @Test func makesTheFolders() throws {
    let run = try open()
    #expect(folder.names("runs/oni") == ["checkpoints", "lock"])
    #expect(run.configuration.path == folder.file("runs/oni/config.toml").path)
    #expect(run.checkpoints.lastPathComponent == "checkpoints")
    #expect(
      [run.endpoint, run.processIdentifier, run.log, run.metrics, run.labels].map(\.lastPathComponent)
        == ["endpoint", "learner.pid", "learner.log", "metrics.jsonl", "labels.sqlite"])
  }

  @Test func noOtherUserCanReadTheFiles() throws {
    let run = try open()
    try run.publish("seed = 1\n", to: run.configuration)
    _ = try PosixFileSystem().openForAppending(run.metrics.path)
    try Data().write(to: run.labels)  // as a library does
    let store = try CheckpointStore(directory: run.checkpoints, keep: 1)
    let saved = try store.save(step: 1, policyVersion: 1, tensors: [NamedTensor("p", [1])])
    let files = [run.configuration, run.metrics, run.labels, run.url.appending(path: "lock")].map(\.path)
    for path in files + [run.url.path, run.checkpoints.path, saved.path, "\(saved.path)/state.safetensors"] {
      var facts = stat()
      #expect(stat(path, &facts) == 0 && facts.st_mode & 0o007 == 0, "\(path)")
    }
  }

  /// Whatever fails, a reader finds the whole old text or the whole new one, and the new one if nothing was reported.
  @Test(arguments: FaultyFileSystem.Fault.allCases, [false, true])
  func aPublishedTextIsWhole(fault: FaultyFileSystem.Fault, crashes: Bool) throws {
    let files = FaultyFileSystem(fault: fault)
    let run = try RunDirectory(parent: folder.file("runs"), name: "oni", resume: false, files: files)
    for number in 1...4 {
      files.follow(.never)
      try run.publish("old", to: run.rewards)
      let failAt = files.operations + number
      files.follow(crashes ? .from(failAt) : .at(failAt))
      do {
        try run.publish("new text", to: run.rewards)
        #expect(try text(run.rewards) == "new text" && number == 4)
      } catch {
        #expect(try ["old", "new text"].contains(text(run.rewards)) && number < 4, "failure at \(number)")
      }
    }
  }

  @Test func aRunIsNeverOverwritten() throws {
    do {
      let run = try open()
      try run.publish("seed = 1\n", to: run.configuration)
    }
    #expect { try open() } throws: {
      "\($0)".hasSuffix("the run exists (config.toml); continue it with --resume auto, or choose another --name")
    }
    let run = try open(resume: true)
    #expect(try text(run.configuration) == "seed = 1\n")
  }

  @Test func aFolderWithALaunchersLogIsNotARun() throws {
    try FileManager.default.createDirectory(at: folder.file("runs/oni"), withIntermediateDirectories: true)
    try Data().write(to: folder.file("runs/oni/launch.log"))
    _ = try open()
  }

  /// What a learner wrote that was refused before it got to work must not refuse the next one.
  @Test func anAbandonedRunFreesItsName() throws {
    do {
      let run = try open()
      for file in [run.labels, run.configuration, run.log] { try run.publish("begun", to: file) }
      run.abandon()
    }
    #expect(folder.names("runs/oni") == ["checkpoints", "learner.log", "lock"])
    _ = try open()
  }

  @Test func aRunThatWasThereIsNotAbandoned() throws {
    do {
      let run = try open()
      try run.publish("seed = 1\n", to: run.configuration)
    }
    let run = try open(resume: true)
    run.abandon()
    #expect(try text(run.configuration) == "seed = 1\n")
  }

  @Test func twoLearnersNeverShareARun() throws {
    let first = try open()
    #expect { try open(resume: true) } throws: { "\($0)".hasSuffix("/runs/oni: a learner is using this run") }
    try first.publishProcessIdentifier()
    #expect { try open(resume: true) } throws: {
      "\($0)".hasSuffix("a learner (process \(getpid())) is using this run")
    }
    withExtendedLifetime(first) {}
  }

  @Test func theLockEndsWithItsHolder() throws {
    do { _ = try open() }
    _ = try open(resume: true)
  }

  @Test func theEndpointIsPublishedAndWithdrawn() throws {
    let run = try open()
    try run.publish(endpoint: "127.0.0.1:5555")
    try run.publish(endpoint: "127.0.0.1:5556")
    try run.publishProcessIdentifier()
    #expect(try text(run.endpoint) == "127.0.0.1:5556\n")
    #expect(try text(run.processIdentifier) == "\(getpid())\n")
    run.withdraw()
    #expect(folder.names("runs/oni") == ["checkpoints", "lock"])
  }

  @Test func aStaleEndpointIsWithdrawnOnOpening() throws {
    do { try open().publish(endpoint: "127.0.0.1:5555") }
    let run = try open(resume: true)
    #expect(!FileManager.default.fileExists(atPath: run.endpoint.path))
  }

  @Test(arguments: ["", ".", "..", "../x", "a/b", "/tmp", ".x", "a\0b"])
  func pathsAreRefused(name: String) {
    #expect { try open(name) } throws: { "\($0)".hasSuffix("is not a plain folder name") }
    #expect(folder.names().isEmpty)
  }
}
