import NeuralNetwork

/// The mean vector of a text's hashed words and word pairs, as ONNX operators: a loop over the bytes that ends with the
/// longest text of the batch. It computes what `TextEmbedding` does, in the same order of additions.
///
/// ONNX has no exclusive or for integers in its operator set 17, so FNV-1a takes it from a table of all pairs of bytes.
struct ONNXText {
  /// The 32-bit FNV-1a (Fowler, Noll, Vo).
  private static let offsetBasis = 2_166_136_261
  private static let prime = 16_777_619
  private static let modulus = 1 << 32
  private static let space = 32

  /// Name of the table [4096, size] in the graph.
  let table: String
  let size: Int

  /// What the loop carries from byte to byte: [N] each, the last two [N, 1] and [N, size].
  private static let carried: [(name: String, element: ONNXGraph.Element)] = [
    ("reads", .bool), ("isInWord", .bool), ("hasPrevious", .bool), ("previous", .int64), ("word", .int64),
    ("pair", .int64), ("count", .float), ("sum", .float),
  ]

  /// Constants of the outer graph that the body reads.
  private struct Tables {
    let exclusiveOr, letters, zero, basis, b256, b4096, b65536, prime, modulus, space, axis: String
  }

  /// - Parameter bytes: name of the texts [N, length], uint8.
  /// - Returns: the name of the vectors [N, size], after ELU.
  func add(_ bytes: String, to graph: inout ONNXGraph) -> String {
    let tables = Self.tables(&graph)
    let int64: ONNXGraph.Attribute = .integer(ONNXGraph.Element.int64.rawValue)
    let float: ONNXGraph.Attribute = .integer(ONNXGraph.Element.float.rawValue)
    let text = graph.add("Cast", [bytes], [("to", int64)])
    // One column of zeros closes the last word.
    let column = graph.add("Gather", [text, tables.zero], [("axis", .integer(1))])
    let zeros = graph.add("Mul", [column, tables.zero])
    let end = graph.add("Unsqueeze", [zeros, tables.axis])
    let padded = graph.add("Concat", [text, end], [("axis", .integer(1))])
    let yes = graph.add("Equal", [zeros, zeros])
    let no = graph.add("Not", [yes])
    let start = graph.add("Add", [zeros, tables.basis])
    let none = graph.add("Cast", [end], [("to", float)])
    let nothing = graph.add("Mul", [none, graph.constant([Float](repeating: 0, count: size), shape: [1, size])])
    let steps = graph.add(
      "Gather", [graph.add("Shape", [padded]), graph.constant(integers: [1], shape: [])], [("axis", .integer(0))])
    let go = graph.add("Equal", [tables.zero, tables.zero])
    let body = body(padded, tables, in: graph)
    graph.skip(past: body)
    let results = Self.carried.map { _ in graph.fresh("result") }
    graph.add(
      "Loop", [steps, go, yes, no, no, start, start, start, none, nothing], [("body", .graph(body))], outputs: results)
    let words = graph.add("Max", [results[6], graph.constant([Float(1)], shape: [1])])
    return graph.add("Elu", [graph.add("Div", [results[7], words])])
  }

  private static func tables(_ graph: inout ONNXGraph) -> Tables {
    let letters = (0..<256).map { byte -> Int in
      switch UInt8(byte) {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 128...: byte
      default: -1
      }
    }
    let pairs = (0..<256 * 256).map { UInt8(truncatingIfNeeded: $0 >> 8 ^ $0 & 0xFF) }
    func scalar(_ value: Int) -> String { graph.constant(integers: [value], shape: []) }
    return Tables(
      exclusiveOr: graph.constant(bytes: pairs), letters: graph.constant(integers: letters), zero: scalar(0),
      basis: scalar(offsetBasis), b256: scalar(256), b4096: scalar(4096), b65536: scalar(65_536), prime: scalar(prime),
      modulus: scalar(modulus), space: scalar(space), axis: graph.constant(integers: [1]))
  }

  /// One byte of every text.
  private func body(_ text: String, _ tables: Tables, in graph: ONNXGraph) -> ONNXGraph {
    var body = graph.subgraph("byte")
    let (index, condition) = (body.fresh("index"), body.fresh("condition"))
    let names = Self.carried.map { body.fresh($0.name) }
    body.input(index, .int64, [])
    body.input(condition, .bool, [])
    for (name, part) in zip(names, Self.carried) { body.input(name, part.element, shape(of: part.name)) }
    let (reads, isInWord, hasPrevious, previous) = (names[0], names[1], names[2], names[3])

    let byte = body.add("Gather", [text, index], [("axis", .integer(1))])
    let found = body.add("Gather", [tables.letters, byte], [("axis", .integer(0))])
    let isKnown = body.add("GreaterOrEqual", [found, tables.zero])
    let isLetter = body.add("And", [isKnown, reads])
    let letter = body.add("Where", [isLetter, found, tables.zero])
    let begins = body.add("And", [isLetter, body.add("Not", [isInWord])])
    let word = body.add("Where", [begins, tables.basis, names[4]])
    let joined = hash(previous, tables.space, tables, &body)
    let pair = body.add("Where", [begins, joined, names[5]])
    let nextWord = body.add("Where", [isLetter, hash(word, letter, tables, &body), word])
    let nextPair = body.add("Where", [isLetter, hash(pair, letter, tables, &body), pair])
    let closes = body.add("And", [body.add("And", [isInWord, reads]), body.add("Not", [isLetter])])
    let closesPair = body.add("And", [closes, hasPrevious])

    var (count, sum) = (names[6], names[7])
    for (hash, counts) in [(nextWord, closes), (nextPair, closesPair)] {
      let row = fold(hash, tables, &body)
      let weight = body.add(
        "Unsqueeze", [body.add("Cast", [counts], [("to", .integer(ONNXGraph.Element.float.rawValue))]), tables.axis])
      let vector = body.add("Gather", [table, row], [("axis", .integer(0))])
      sum = body.add("Add", [sum, body.add("Mul", [vector, weight])])
      count = body.add("Add", [count, weight])
    }
    let isText = body.add("Not", [body.add("Equal", [byte, tables.zero])])
    let readsOn = body.add("And", [reads, isText])
    let some = body.add(
      "ReduceMax", [body.add("Cast", [readsOn], [("to", .integer(ONNXGraph.Element.int64.rawValue))])],
      [("keepdims", .integer(0))])
    let goesOn = body.add("Cast", [some], [("to", .integer(ONNXGraph.Element.bool.rawValue))])
    body.output(goesOn, .bool, [])
    let next = [
      readsOn, isLetter, body.add("Or", [hasPrevious, closes]), body.add("Where", [closes, nextWord, previous]),
      nextWord, nextPair, count, sum,
    ]
    for (value, part) in zip(next, Self.carried) { body.output(value, part.element, shape(of: part.name)) }
    return body
  }

  private func shape(of name: String) -> [ONNXGraph.Size] {
    switch name {
    case "count": [.dynamic("N"), .fixed(1)]
    case "sum": [.dynamic("N"), .fixed(size)]
    default: [.dynamic("N")]
    }
  }

  /// The hash after one more byte: (hash xor byte) * prime modulo 2^32.
  private func hash(_ hash: String, _ byte: String, _ tables: Tables, _ graph: inout ONNXGraph) -> String {
    let low = graph.add("Mod", [hash, tables.b256])
    let high = graph.add("Sub", [hash, low])
    let mixed = graph.add("Add", [high, exclusiveOr(low, byte, tables, &graph)])
    return graph.add("Mod", [graph.add("Mul", [mixed, tables.prime]), tables.modulus])
  }

  /// The row of a hash: its low 12 bits xor the 12 bits above its lower half.
  private func fold(_ hash: String, _ tables: Tables, _ graph: inout ONNXGraph) -> String {
    let first = graph.add("Mod", [hash, tables.b4096])
    let second = graph.add("Mod", [graph.add("Div", [hash, tables.b65536]), tables.b4096])
    let low = exclusiveOr(
      graph.add("Mod", [first, tables.b256]), graph.add("Mod", [second, tables.b256]), tables, &graph)
    let high = exclusiveOr(
      graph.add("Div", [first, tables.b256]), graph.add("Div", [second, tables.b256]), tables, &graph)
    return graph.add("Add", [graph.add("Mul", [high, tables.b256]), low])
  }

  /// The exclusive or of two bytes.
  private func exclusiveOr(_ a: String, _ b: String, _ tables: Tables, _ graph: inout ONNXGraph) -> String {
    let place = graph.add("Add", [graph.add("Mul", [a, tables.b256]), b])
    let value = graph.add("Gather", [tables.exclusiveOr, place], [("axis", .integer(0))])
    return graph.add("Cast", [value], [("to", .integer(ONNXGraph.Element.int64.rawValue))])
  }
}
