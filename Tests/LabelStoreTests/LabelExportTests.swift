import Captions
import Foundation
import Runtime
import Testing

@testable import LabelStore

struct LabelExportTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test(arguments: LabelFormat.allCases, 0..<5 as Range<UInt64>)
  func whatIsExportedImportedAndExportedIsTheSame(format: LabelFormat, seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let records = (0..<60).map { _ in randomRecord(&generator) }
    let first = try LabelStore(path: folder.path("first"))
    try first.append(records)
    let text = try exported(first, format)
    let second = try LabelStore(path: folder.path("second"))
    #expect(try second.importLabels(Data(text.utf8), format, file: "labels") == records.count)
    #expect(try exported(second, format) == text)
    #expect(try second.all() == first.all())
    // One line an answer, whatever is in it.
    #expect(text.utf8.count { $0 == UInt8(ascii: "\n") } == records.count + (format == .csv ? 1 : 0))
  }

  /// An import takes many transactions; one that ended early is continued where it ended.
  @Test func aLongImportIsContinued() throws {
    let count = 2 * LabelStore.answersPerTurn + 7
    let lines = try (0..<count).map { try LabelFormat.jsonl.line(record("c\($0)", .label(1))) }
    let store = try LabelStore(path: folder.path("store"))
    let first = LabelStore.answersPerTurn
    let all = Data(lines.joined().utf8)
    #expect(try store.importLabels(Data(lines.prefix(first).joined().utf8), .jsonl, file: "f") == first)
    #expect(try store.importLabels(all, .jsonl, file: "f", skip: first) == count - first)
    #expect(try store.all().map(\.caption) == (0..<count).map { bytes("c\($0)") })
    #expect(try store.importLabels(all, .jsonl, file: "f", skip: count + 1) == 0)
    var seen: [Int] = []
    let records = try LabelStore.records(of: all, .jsonl, file: "f")
    #expect(try store.importLabels(records, skip: 1) { seen.append($0) } == count - 1)
    #expect(seen.last == count && seen == seen.sorted())
  }

  @Test func everyByteComesThroughEscaping() {
    let all = (0...255).map { UInt8($0) }
    let samples: [[UInt8]] = [
      all, Array(all.reversed()), Array("\\x41 é 漢 \u{1F600}".utf8), [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80],
    ]
    for bytes in samples {
      let text = EscapedText.escape(bytes)
      #expect(EscapedText.unescape(text) == bytes)
      #expect(!text.utf8.contains { $0 < 0x20 })
    }
    #expect(EscapedText.escape(Array("a\\b\u{1}é".utf8) + [0xFF]) == "a\\\\b\\x01é\\xFF")
    for wrong in ["\\", "\\q", "\\x", "\\x4", "\\xZZ"] { #expect(EscapedText.unescape(wrong) == nil) }
  }

  @Test(arguments: [
    "", "{", "[]", "{\"caption\":\"a\"}", "\"text\"",
    "{\"caption\":\"\",\"run\":\"\",\"annotator\":\"\",\"kind\":\"\",\"version\":\"\",\"answeredAt\":1}",
    "{\"caption\":\"\\\\q\",\"run\":\"\",\"annotator\":\"\",\"kind\":\"\",\"version\":\"\",\"answeredAt\":1}",
    "{\"caption\":\"a\",\"label\":\"1\",\"run\":\"\",\"annotator\":\"\",\"kind\":\"\",\"version\":\"\",\"answeredAt\":1}",
    "{\"caption\":\"a\",\"label\":3e38,\"run\":\"\",\"annotator\":\"\",\"kind\":\"\",\"version\":\"\",\"answeredAt\":1}",
    "{\"caption\":\"a\",\"goal\":\"\",\"run\":\"\",\"annotator\":\"\",\"kind\":\"\",\"version\":\"\",\"answeredAt\":1}",
  ])
  func aBadLineIsNamedAndNothingIsTakenIn(line: String) throws {
    if line.isEmpty { return }
    let store = try LabelStore(path: folder.path("store"))
    let good = try LabelFormat.jsonl.line(record("good", .label(1)))
    let error = #expect(throws: LabelImportError.self) {
      try store.importLabels(Data((good + good + line + "\n" + good).utf8), .jsonl, file: "some.jsonl")
    }
    #expect(error?.file == "some.jsonl" && error?.line == 3)
    #expect(try store.counts().answers == 0)
  }

  @Test(arguments: ["a,b", "\"a\"b", "\"a", "a\"b"])
  func aBadRowOfCSVIsNamed(row: String) throws {
    let store = try LabelStore(path: folder.path("store"))
    let text = LabelFormat.csv.header + (try LabelFormat.csv.line(record("good", .abstain))) + row + "\r\n"
    let error = #expect(throws: LabelImportError.self) { try store.importLabels(Data(text.utf8), .csv, file: "f") }
    #expect(error?.line == 3)
    let headless = #expect(throws: LabelImportError.self) {
      try store.importLabels(Data("a,b\r\n".utf8), .csv, file: "f")
    }
    #expect(headless?.line == 1)
    #expect(try store.counts().answers == 0)
  }

  @Test func withdrawnCaptionsAreAskedAgainAndStayAsHistory() throws {
    let store = try LabelStore(path: folder.path("store"))
    try store.append([
      record("gold 1", .label(0)), record("gold 1", .label(1)), record("door", .abstain), record("x", .label(0)),
    ])
    var filter = LabelFilter()
    filter.text = bytes("gold")
    #expect(try store.withdraw(filter, date: 5) == 1)
    #expect(try store.all().map(\.caption) == [bytes("door"), bytes("x")])
    #expect(try store.history(of: bytes("gold 1")).count == 2 && store.withdraw(filter, date: 6) == 0)
    #expect(try store.counts() == LabelStoreCounts(answers: 4, labelled: 1, positive: 0, abstained: 1))
    // A later answer is valid again.
    try store.append([record("gold 1", .label(0.5))])
    #expect(try store.all().last?.verdict == .label(0.5))
    #expect(try store.labels(filter, limit: 9).map(\.verdict) == [.label(0.5)])
    filter = LabelFilter()
    filter.isAbstained = true
    #expect(try store.labels(filter, limit: 9).map(\.caption) == [bytes("door")])
  }

  @Test func theLatestComeFirstAndNoMoreThanTheLimit() throws {
    let store = try LabelStore(path: folder.path("store"))
    try store.append((0..<25).map { record("\($0)", .label(0)) })
    #expect(try store.labels(limit: 3).map(\.caption) == ["24", "23", "22"].map(bytes))
  }

  @Test func statisticsAreThoseOfTheAnswers() throws {
    let store = try LabelStore(path: folder.path("store"))
    let records = (1...20).map { number -> LabelRecord in
      var answer = record("\(number)", number == 1 ? .abstain : .label(number > 10 ? 1 : 0), at: Double(number * 2))
      answer.judgement.evidence = LabelEvidence(
        goal: "gold", model: "m", latencySeconds: Double(number), promptTokens: 10, answerTokens: 2)
      return answer
    }
    try store.append(records + [record("rule", .label(1))])
    let sources = try store.sources()
    #expect(sources.map(\.model) == ["m", ""] && sources[0].goal == "gold")
    #expect(sources[0].answers == 20 && sources[0].abstained == 1 && sources[0].positiveShare == 10.0 / 19)
    #expect(sources[0].promptTokens == 200 && sources[0].answerTokens == 40)
    #expect(sources[0].latencyMedian == 10 && sources[0].latency95 == 19 && sources[1].latencyMedian == nil)
    #expect(sources[0].answersPerSecond == 20.0 / 38 && sources[1].answersPerSecond == nil)
    let text = LabelReport.statistics(sources, try store.counts())
    #expect(text.contains("52.6%") && text.contains("21 answers in all"))
    #expect(LabelReport.answers([records[1]], date: 124).contains("2 min"))
  }

  private func exported(_ store: LabelStore, _ format: LabelFormat) throws -> String {
    var text = ""
    try store.export(format) { text += $0 }
    return text
  }

  private func randomRecord(_ generator: inout SplitMix64) -> LabelRecord {
    let texts = ["", "a", "b,c", "\"q\"", "line\nbreak\r\n", "back\\slash", "é漢", "\u{1}", " space ", "e\u{301}"]
    func text() -> String { texts.randomElement(using: &generator) ?? "" }
    func raw(_ minimum: Int) -> [UInt8] {
      (0..<Int.random(in: minimum..<12, using: &generator)).map { _ in .random(in: .min ... .max, using: &generator) }
    }
    let verdict: Verdict = Bool.random(using: &generator) ? .abstain : .label(.random(in: 0...1, using: &generator))
    var record = LabelRecord(
      caption: raw(1), judgement: Judgement(verdict),
      source: RecordSource(
        annotator: text(), origin: LabelOrigin(kind: text(), version: text()),
        answeredAt: .random(in: 0...2e9, using: &generator)))
    if Bool.random(using: &generator) { record.judgement.logOdds = .random(in: -30...30, using: &generator) }
    if Bool.random(using: &generator) { record.judgement.asked = raw(0) }
    if Bool.random(using: &generator) { record.template = raw(1) }
    record.source.run = text()
    guard Bool.random(using: &generator) else { return record }
    record.judgement.evidence = LabelEvidence(
      prompt: text(), goal: text(), model: text(), server: text(),
      latencySeconds: .random(in: 0...60, using: &generator), promptTokens: .random(in: 0...5_000, using: &generator),
      answerTokens: .random(in: 0...90, using: &generator), samples: .random(in: 0...5, using: &generator),
      answerDigest: .random(in: .min ... .max, using: &generator))
    return record
  }
}
