import CWire
import Environments
import Runtime
import Tensor
import Testing
import Trajectories
import Transport

@testable import EnvironmentServers

struct ServerMessageTests {
  /// A field of a description.
  private struct Field {
    var name = "state"
    var type: UInt32 = 6
    var dims: [UInt32] = [2]
    var encoding: UInt32 = 2
    var categories: UInt32 = 0
    var low: [Float] = [-4]
    var high: [Float] = [2]
  }

  /// Protobuf of a description, written by hand as foreign servers do.
  private func description(
    _ fields: [Field], actions: UInt64 = 3, space: [UInt8] = [], rowBytes: UInt64 = 8
  ) -> [UInt8] {
    var out = text(1, "gymnasium:Test") + number(3, actions) + number(4, rowBytes) + space
    for field in fields {
      var inner = text(1, field.name) + number(2, UInt64(field.type))
      inner += bytes(3, field.dims.flatMap { varint(UInt64($0)) }) + number(4, UInt64(field.encoding))
      inner += number(5, UInt64(field.categories))
      inner += bytes(6, field.low.withUnsafeBytes { Array($0) }) + bytes(7, field.high.withUnsafeBytes { Array($0) })
      out += bytes(5, inner)
    }
    return out
  }

  /// The space of actions of a description.
  private func space(_ counts: [UInt64] = [], low: [Float] = [], high: [Float] = []) -> [UInt8] {
    let floats = [low, high].map { $0.withUnsafeBytes { Array($0) } }
    return bytes(7, bytes(1, counts.flatMap(varint)) + bytes(2, floats[0]) + bytes(3, floats[1]))
  }

  private func reply(_ content: [UInt8], version: UInt64 = 1) -> Frame {
    Frame(bytes: number(1, version) + number(2, 7) + content)
  }

  private func varint(_ number: UInt64) -> [UInt8] {
    number < 128 ? [UInt8(number)] : [UInt8(number & 127) | 128] + varint(number >> 7)
  }
  private func number(_ field: UInt64, _ value: UInt64) -> [UInt8] { varint(field << 3) + varint(value) }
  private func bytes(_ field: UInt64, _ value: [UInt8]) -> [UInt8] {
    varint(field << 3 | 2) + varint(UInt64(value.count)) + value
  }
  private func text(_ field: UInt64, _ value: String) -> [UInt8] { bytes(field, Array(value.utf8)) }

  @Test func aDescriptionBecomesASpecification() throws {
    let fields = [
      Field(dims: [2], low: [-4, -.infinity], high: [2, 8]),
      Field(name: "tile", type: 1, dims: [3, 3], encoding: 1, categories: 11, low: [], high: []),
      Field(name: "word", type: 1, dims: [16], encoding: 3, low: [], high: []),
      Field(name: "view", type: 1, dims: [16, 20, 1], encoding: 4, low: [], high: []),
    ]
    let read = try ServerReply(reply(bytes(4, description(fields, rowBytes: 360))))
    #expect(read.sequence == 7 && read.error == nil)
    let specification = try #require(read.description).specification
    #expect(
      specification
        == EnvironmentSpecification(
          name: "gymnasium:Test",
          observation: ObservationLayout([
            ObservationField("state", .float32, [2], .numeric(scale: [0.25, 1])),
            ObservationField("tile", .uint8, [3, 3], .categorical(cardinality: 11)),
            ObservationField("word", .uint8, [16], .text),
            ObservationField("view", .uint8, [16, 20, 1], .image),
          ]), actionCount: 3))
  }

  @Test func actionsAreChoicesOrNumbers() throws {
    func actions(_ space: [UInt8]) throws -> ActionSpace? {
      try ServerReply(reply(bytes(4, description([Field()], actions: 0, space: space)))).description?.specification
        .actions
    }
    #expect(try actions(space([4, 300])) == .factored([4, 300]))
    #expect(try actions(space(low: [-2, -.infinity], high: [2, 1])) == .continuous([-2...2, -.infinity...1]))
    for wrong in [
      space(), space([0]), space([UInt64(UInt32.max)]), space(Array(repeating: 2, count: 257)),
      space(low: [1], high: [0]),
      space(low: [.nan], high: [0]), space(low: [0], high: [.nan]), space(low: [0]), space(low: [1], high: [1]),
      space([2], low: [0], high: [1]),
    ] {
      #expect(throws: ServerProblem.self) { try actions(wrong) }
    }
  }

  @Test func aMaskIsAFieldOfBytes() throws {
    let mask = Field(name: "action_mask", type: 1, dims: [3], encoding: 5, low: [], high: [])
    let read = try ServerReply(reply(bytes(4, description([Field(), mask], rowBytes: 16))))
    #expect(read.description?.specification.observation.fields[1].encoding == .actionMask)
    var second = mask
    second.name = "another"
    #expect { try ServerReply(reply(bytes(4, description([mask, second], rowBytes: 16)))) } throws: {
      "\($0)".contains("two masks")
    }
    second.type = 6
    #expect(throws: ServerProblem.self) { try ServerReply(reply(bytes(4, description([second], rowBytes: 16)))) }
  }

  @Test func factsAreReadWithinTheirBounds() throws {
    func facts(_ names: [String], _ values: [Float]) -> [UInt8] {
      bytes(
        6, number(1, 3) + names.flatMap { text(2, $0) } + bytes(3, values.withUnsafeBytes { Array($0) }))
    }
    let read = try ServerReply(reply(facts(["gold", "a\"b", "levels", "large", "more"], [2, 1, .nan, 1e30])))
    #expect(read.facts.map(\.environment) == [3])
    #expect(read.facts.map(\.facts.numbers) == [[.init("gold", 2)]])
    let many = try ServerReply(reply(facts((0..<100).map { "fact \($0)" }, Array(repeating: 1, count: 100))))
    #expect(many.facts[0].facts.numbers.count == 64)
  }

  @Test func errorsAndFailuresArriveOnOneLine() throws {
    let failure = number(1, 5) + text(2, "ValueError: no\nTraceback")
    let read = try ServerReply(reply(text(3, "it is\tfull") + bytes(5, failure)))
    #expect(read.error == "it is\\tfull")
    #expect(read.failures.count == 1 && read.failures[0].environment == 5)
    #expect(read.failures[0].text == "ValueError: no\\nTraceback")
  }

  @Test func whatNoObservationCanBeIsRefused() {
    let wrong: [(Field, String)] = [
      (Field(name: ""), "a name has 1 to 64 bytes"), (Field(type: 9), "unknown type of number"),
      (Field(type: 300), "unknown type of number"), (Field(dims: [0]), "is 0, not from 1"),
      (Field(dims: [4_000_000, 4_000_000]), "larger than"), (Field(dims: Array(repeating: 1, count: 9)), "dimensions"),
      (Field(encoding: 1), "unknown encoding"), (Field(encoding: 3), "unknown encoding"),
      (Field(type: 1, encoding: 4), "unknown encoding"),
      (Field(type: 1, encoding: 1, categories: 0), "categories of \"state\" is 0"),
      (Field(low: [1, 2, 3]), "3 bounds for 2 numbers"),
    ]
    for (field, expected) in wrong {
      #expect { try ServerReply(reply(bytes(4, description([field])))) } throws: { "\($0)".contains(expected) }
    }
    for content in [
      description([]), description([Field(), Field()], rowBytes: 16), description([Field()], rowBytes: 16),
      description([Field()], actions: 0), description([Field()], actions: 1 << 40),
    ] {
      #expect(throws: ServerProblem.self) { try ServerReply(reply(bytes(4, content))) }
    }
  }

  @Test func headersThatAreNoRepliesAreRefused() {
    for frame in [Frame(bytes: [0xFF, 0xFF]), Frame(bytes: [0x0A, 0x7F, 1]), reply([], version: 2), Frame(bytes: [])] {
      #expect(throws: ServerProblem.self) { try ServerReply(frame) }
    }
    #expect { try ServerReply(reply([], version: 2)) } throws: { "\($0)".contains("version 2") }
  }

  /// No header ends the process, whatever its bytes.
  @Test func changedBytesAreReadOrRefused() {
    let good =
      number(1, 1) + number(2, 7)
      + bytes(4, description([Field()], actions: 0, space: space([3], low: [0], high: [1]))) + text(3, "full")
    for index in good.indices {
      for change in [UInt8(0), 1, 0x7F, 0x80, 0xFF] {
        var bad = good
        bad[index] = change
        _ = try? ServerReply(Frame(bytes: bad))
      }
      _ = try? ServerReply(Frame(bytes: Array(good[..<index])))
    }
  }

  @Test func aRequestHasTheNumbersOfTheProtocol() {
    let request = ServerRequest(kind: .step, sequence: 300, batch: 2)
    #expect(request.frame.copiedBytes() == number(1, 1) + number(2, 300) + number(3, 4) + number(4, 2))
    #expect(ServerRequest.version == TENGU_ENVIRONMENTS__PROTOCOL_VERSION__PROTOCOL_VERSION_CURRENT.rawValue)
    #expect(ServerRequest.Kind.close.rawValue == TENGU_ENVIRONMENTS__REQUEST_KIND__REQUEST_KIND_CLOSE.rawValue)
  }

  @Test func differencesAreNamed() {
    func specification(_ cardinality: Int, actions: Int = 2, name: String = "kind") -> EnvironmentSpecification {
      EnvironmentSpecification(
        name: "task",
        observation: ObservationLayout([ObservationField(name, .uint8, [], .categorical(cardinality: cardinality))]),
        actionCount: actions)
    }
    let expected = specification(3)
    #expect(expected.difference(from: specification(3)) == nil)
    #expect(
      expected.difference(from: specification(3, actions: 4)) == "its actions are discrete(4) instead of discrete(2)")
    #expect(expected.difference(from: specification(5)) == "its \"kind\" has other categories or bounds")
    #expect(expected.difference(from: specification(3, name: "x"))?.hasPrefix("it shows x:") == true)
  }
}
