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

  @Test func aJSONTextFailsWithItsField() throws {
    struct Peer: Decodable {
      var name: String
      var steps: UInt64
    }
    struct Status: Decodable {
      var run: String
      var isOver: Bool?
      var peers: [Peer]
    }
    func reason(_ text: String) throws -> String {
      try self.reason { _ = try JSONDecoder().decode(Status.self, from: Data(text.utf8)) }
    }
    #expect(try reason("") == "it is not a JSON text, or one of its numbers does not fit")
    #expect(try reason("{\"run\": \"a\"") == "it is not a JSON text, or one of its numbers does not fit")
    #expect(try reason("[]") == "the JSON text is not an object")
    #expect(try reason("{}") == "\"run\" is missing")
    #expect(try reason("{\"run\": 1}") == "\"run\" is not a text")
    #expect(try reason("{\"run\": null}").hasPrefix("\"run\" is "))
    #expect(try reason("{\"run\": \"a\", \"isOver\": 1}") == "\"isOver\" is not true or false")
    #expect(try reason("{\"run\": \"a\", \"peers\": {}}") == "\"peers\" is not a list")
    #expect(try reason("{\"run\": \"a\", \"peers\": [{\"name\": \"b\"}]}") == "\"peers[0].steps\" is missing")
    #expect(
      try reason("{\"run\": \"a\", \"peers\": [{\"name\": \"b\", \"steps\": \"c\"}]}")
        == "\"peers[0].steps\" is not a number")
    #expect(
      try reason("{\"run\": \"a\", \"peers\": [{\"name\": \"b\", \"steps\": -1}]}")
        == "it is not a JSON text, or one of its numbers does not fit")
  }

  @Test func anErrorOfAnotherKindDescribesItself() {
    struct Own: Error, CustomStringConvertible { let description = "own words" }
    #expect(SystemReason.text(of: Own()) == "own words")
    #expect(SystemReason.path(of: Own()) == nil)
  }
}
