import Foundation
import TestSupport
import Testing

@testable import Learner

struct PrincipleFileTests {
  private let folder: TemporaryDirectory
  private var file: PrincipleFile

  init() throws {
    folder = try TemporaryDirectory()
    file = PrincipleFile(runDirectory: URL(filePath: folder.path))
  }

  @Test mutating func aChangeIsToldOnce() throws {
    #expect(file.change(now: 0) == nil)
    try file.write("Go down.")
    // The file is read once a second.
    #expect(file.change(now: 0.5) == nil)
    #expect(file.change(now: 1) == .principle("Go down."))
    #expect(file.change(now: 2) == nil)
    try file.write("")
    #expect(file.change(now: 3) == .principle(""))
  }

  @Test mutating func whatIsNoPrincipleIsRefusedOnceAndChangesNothing() throws {
    try file.write("Go down.")
    #expect(file.change(now: 0) == .principle("Go down."))
    try Data("{message} \u{1B}[2J".utf8).write(to: file.path)
    guard case .refused(let reason)? = file.change(now: 1) else {
      Issue.record("not refused")
      return
    }
    #expect(reason.contains("principle.txt") && reason.contains("stays as it is"))
    #expect(file.change(now: 2) == nil && file.current == "Go down.")
    #expect(throws: (any Error).self) { try file.write("{braces}") }
  }
}
