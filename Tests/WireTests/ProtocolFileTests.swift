import Foundation
import Testing

@testable import Wire

/// proto/tengu.proto is the specification, so no field of it may be without a writer and a reader.
@Suite struct ProtocolFileTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Fields of each message of the protocol, without reserved numbers.
  private static func messages() throws -> [(name: String, fields: [String])] {
    let text = try String(contentsOf: root.appending(path: "proto/tengu.proto"), encoding: .utf8)
    var messages: [(name: String, fields: [String])] = []
    for line in text.split(separator: "\n") {
      if let match = line.firstMatch(of: #/^message (\w+) \{/#) { messages.append((String(match.1), [])) }
      if let match = line.firstMatch(of: #/^ +(?:repeated )?[\w.]+ (\w+) = \d+;/#), !messages.isEmpty,
        !line.contains(#/^ +[A-Z_0-9]+ = /#)
      {
        messages[messages.count - 1].fields.append(String(match.1))
      }
    }
    return messages
  }

  /// The bodies of all functions of the codec whose declaration names the C structure of `message`.
  private static func code(of message: String, in sources: String) -> String {
    let structure = "Tengu__\(message)"
    var code = ""
    var isInside = false
    for line in sources.split(separator: "\n", omittingEmptySubsequences: false) {
      let isDeclaration = line.contains("func ") || line.contains("init(") || line.contains("case .")
      if isDeclaration, line.contains(try! Regex("\(structure)\\b")) { isInside = true }
      if isInside { code += line + "\n" }
      if line.hasPrefix("  }") { isInside = false }
    }
    return code
  }

  @Test func everyFieldHasAWriterAndAReader() throws {
    let directory = Self.root.appending(path: "Sources/Wire")
    let names = try FileManager.default.subpathsOfDirectory(atPath: directory.path()).filter { $0.hasSuffix(".swift") }
    let sources = try names.map { try String(contentsOf: directory.appending(path: $0), encoding: .utf8) }
      .joined(separator: "\n")
    let messages = try Self.messages()
    #expect(messages.count == 25 && messages.reduce(0) { $0 + $1.fields.count } > 90)
    for (message, fields) in messages {
      let own = Self.code(of: message, in: sources)
      for field in fields {
        // The envelope's bodies and the tensors' descriptions are written and read by shared code.
        let isShared = message == "Envelope" || message == "TensorSpec" || field == "tensors"
        let code = isShared ? sources : own
        let writer = try Regex("\\.\(field) = ")
        let reader = try Regex("\\.\(field)\\b(?! = )")
        #expect(code.contains(writer), "nothing writes \(message).\(field)")
        #expect(code.contains(reader), "nothing reads \(message).\(field)")
      }
    }
  }

  @Test func theFileNamesTheVersionThatTheCodecSpeaks() throws {
    let text = try String(contentsOf: Self.root.appending(path: "proto/tengu.proto"), encoding: .utf8)
    #expect(text.contains("This file is version \(Envelope.schemaVersion)."))
  }
}
