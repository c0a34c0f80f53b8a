import Foundation
import Runtime
import Testing

/// Files fail with one plain reason.
@Suite struct SystemReasonTests {
  private func reason(_ work: () throws -> Void) throws -> String {
    SystemReason.text(of: try #require(throws: (any Error).self, performing: work))
  }

  @Test func theSystemsOwnWordsAreGiven() throws {
    #expect(try reason { _ = try Data(contentsOf: URL(fileURLWithPath: "/nowhere")) } == "No such file or directory")
    #expect(try reason { _ = try Data(contentsOf: URL(fileURLWithPath: "/tmp")) } == "Is a directory")
    #expect(try reason { _ = try String(contentsOfFile: "/tmp", encoding: .utf8) } == "Is a directory")
    #expect(
      try reason { try Data([1]).write(to: URL(fileURLWithPath: "/nowhere/file")) } == "No such file or directory")
    #expect(try reason { try Data([1]).write(to: URL(fileURLWithPath: "/dev/full")) } == "No space left on device")
    #expect(
      try reason {
        try FileManager.default.createDirectory(atPath: "/proc/none", withIntermediateDirectories: true)
      } == "No such file or directory")
  }

  @Test func anErrorOfAnotherKindDescribesItself() {
    struct Own: Error, CustomStringConvertible { let description = "own words" }
    #expect(SystemReason.text(of: Own()) == "own words")
    #expect(SystemReason.path(of: Own()) == nil)
  }
}
