import Runtime
import Testing

@testable import Configuration

struct TOMLTests {
  private func error(_ text: String) -> TOMLError? {
    do {
      _ = try TOMLTable(text)
      return nil
    } catch { return error }
  }

  @Test func valuesOfEveryTypeAreRead() throws {
    let table = try TOMLTable(
      """
      # a comment
      a = 1_000 # another
      b = 0x1F
      """ + "\r\n"
        + """
        c = +2.5e-1
        d = true
        e = "x\\t\\u00e9\\"" 
        f = 'C:\\dir'
        g = [1, 2.0, [ 'x', ], # in an array
          { k = 1, l.m = 2 } ,
        ]
        h = \"\"\"
        one
        two \\
           three""\"""
        i = '''a'b'''
        j = inf
        "k l" = -0
        1.2 = 0o17
        n = 1e3
        """)
    #expect(table["a"] == .integer(1000) && table["b"] == .integer(31) && table["c"] == .real(0.25))
    #expect(table["d"] == .boolean(true) && table["e"] == .text("x\té\"") && table["f"] == .text("C:\\dir"))
    let inner = try #require(table["g"]?.array?.last?.table)
    #expect(table["g"]?.array?.prefix(3) == [.integer(1), .real(2), .array([.text("x")])])
    #expect(inner["k"] == .integer(1) && inner["l"]?.table?["m"] == .integer(2))
    #expect(table["h"] == .text("one\ntwo three\"\"") && table["i"] == .text("a'b") && table["j"] == .real(.infinity))
    #expect(table["k l"] == .integer(0) && table["1"]?.table?["2"] == .integer(15) && table["n"] == .real(1000))
    #expect(table.keys.first == "1" && table.keys.count == 13)
  }

  @Test func tablesAreDefinedInPieces() throws {
    let table = try TOMLTable(
      """
      [a.b]
      x = 1
      [a]
      y.z = 2
      y.w = 3
      [[c]]
      n = 1
      [[c]]
      n = 2
      [c.d]
      m = 3
      """)
    #expect(table["a"]?.table?["b"]?.table?["x"] == .integer(1) && table["a"]?.table?["y"]?.table?.keys == ["w", "z"])
    let elements = try #require(table["c"]?.array)
    #expect(elements.map { $0.table?["n"] } == [.integer(1), .integer(2)])
    #expect(elements[1].table?["d"]?.table?["m"] == .integer(3))
  }

  @Test func linesAreFoundInEveryNotation() throws {
    let table = try TOMLTable(
      "# seed = 1\nrun.seed = 1\n[ learner ]\n  \"batch_size\"=3\nworker = { threads = 1 }\n")
    #expect(table.line(of: ["run", "seed"]) == 2 && table.line(of: ["learner"]) == 3)
    #expect(table.line(of: ["learner", "batch_size"]) == 4 && table.line(of: ["learner", "worker", "threads"]) == 5)
    #expect(table.line(of: ["learner", "other"]) == 3 && table.line(of: ["telemetry", "episodes"]) == nil)
  }

  /// The first four ended the process in the assertions of the library that Tengu used before.
  @Test(arguments: [
    ("[.a]", "a key is missing"), ("[=]", "a key is missing"), ("[[[", "a key is missing"),
    (String(repeating: "[", count: 100_000), "a key is missing"), ("[a", "\"]\" is missing"),
    ("[[a]", "\"]\" is missing"),
    ("a", "\"=\" is missing"), ("a =", "a value is missing"), ("= 1", "a key is missing"),
    ("a. = 1", "a key is missing"),
    ("a = 01", "no value"), ("a = 1__0", "no value"), ("a = 1.", "no value"), ("a = 1e", "no value"),
    ("a = 9223372036854775808", "no value"), ("a = 1e999", "no value"), ("a = 0x", "no value"), ("a = .5", "no value"),
    ("a = +-1", "no value"), ("a = yes", "no value"), ("a = 0xG1", "no value"), ("a = --1", "no value"),
    ("a = 1979-05-27", "dates and times"), ("a = 07:32:00", "dates and times"),
    ("a = \"x", "without its closing quote"), ("a = 'x\n'", "line break"), ("a = \"\u{7}\"", "control character"),
    ("a = \"\\x\"", "unknown escape"), ("a = \"\\uD800\"", "digits of a character"), ("a = \"\\u12", "digits of"),
    ("a = \"\\U0011FFFF\"", "digits of a character"), ("a = \"\\u+123\"", "digits of a character"),
    ("a = [1 2]", "\"]\" is missing"), ("a = [1,,2]", "a value is missing"), ("a = [", "a value is missing"),
    ("a = {x = 1,}", "a key is missing"), ("a = {x = 1", "\"}\" is missing"), ("a = {\nx = 1}", "a key is missing"),
    ("a = 1 b = 2", "more than one setting"), ("[a] b = 1", "more than one setting"), ("a = 1\rb = 2", "more than one"),
    ("a = 1\na = 2", "defined already"), ("[a]\n[a]", "defined already"), ("a = 1\n[a]", "defined already"),
    ("[a]\n[[a]]", "defined already"), ("[[a]]\n[a]", "defined already"), ("a = [1]\n[[a]]", "defined already"),
    ("a = {}\n[a.b]", "defined already"), ("a = {}\na.b = 1", "defined already"),
    ("[a.b]\n[a]\nb.c = 1", "defined already"),
    ("a.b = 1\n[a]", "defined already"), ("a = 1\na.b = 2", "defined already"),
    ("a = {b = 1, b = 2}", "defined already"),
  ])
  func otherTextsAreRefused(text: String, reason: String) {
    let found = error(text)
    #expect(found?.description.contains(reason) == true, "\(text.prefix(40)): \(String(describing: found))")
    #expect(
      found?.line == text.split(separator: "\n", omittingEmptySubsequences: false).count || text == "a = 'x\n'"
        || text.hasPrefix("a = {\n"))
  }

  @Test func depthIsBounded() throws {
    func nested(_ open: String, _ close: String, _ depth: Int) -> String {
      "a = " + String(repeating: open, count: depth) + String(repeating: close, count: depth)
    }
    #expect(error(nested("[", "]", TOMLReader.maximumDepth - 1)) == nil)
    #expect(error(nested("[", "]", 100_000))?.description.hasPrefix("values inside more than 32") == true)
    #expect(error(nested("{a=", "}", 100_000))?.description.hasPrefix("values inside more than 32") == true)
    let parts = Array(repeating: "a", count: 100_000).joined(separator: ".")
    #expect(error("[\(parts)]")?.description == "a key of more than 32 parts")
    #expect(error("\(parts) = 1")?.description == "a key of more than 32 parts")
    // Headers add to each other, but never beyond the depth of one path.
    #expect(error((0..<50).map { "[a.b.c\($0)]\n" }.joined()) == nil)
  }

  /// No change of a byte or two makes the reader do more than refuse.
  @Test func everyMutantIsReadOrRefused() {
    let text =
      Array(RunConfiguration().tomlText().utf8) + Array("[[a.\"b c\"]]\nd = [{x=1.5e3}, '''q''', \"\\u00e9\"]\n".utf8)
    var generator = RandomGenerator(seed: 8)
    let interesting = Array("[]{}=.,\"'\\#\n\r\t 0_eE+-xXuU".utf8) + [0, 0x7F, 0xC3, 0xFF]
    for _ in 0..<3_000 {
      var mutant = text
      for _ in 0...generator.below(3) {
        let place = generator.below(mutant.count)
        switch generator.below(3) {
        case 0: mutant[place] = interesting[generator.below(interesting.count)]
        case 1: mutant.insert(interesting[generator.below(interesting.count)], at: place)
        default: mutant.remove(at: place)
        }
      }
      _ = error(String(decoding: mutant, as: UTF8.self))
    }
  }
}
