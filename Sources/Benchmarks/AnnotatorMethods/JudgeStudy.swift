import Foundation
import Judging
import LanguageModelClient

/// The annotator's methods, each judged on a stub with correlated errors and on recorded answers of real models.
public enum JudgeStudy {
  /// Where things are, from the root of the repository.
  public struct Files: Sendable {
    public var messages = "cluster/messages/nethack.tsv"
    public var attacks = "Tests/JudgingTests/Fixtures/attacks.tsv"
    /// Folder of recordings (`*.answers`).
    public var recordings = "cluster/recordings"

    public init() {}
  }

  private typealias Row = @Sendable (Study) throws -> StudyVerdict

  /// The rows, those with few and short answers first, because they are recorded in this order.
  private static let rows: [(number: Int, name: String, run: Row)] = [
    (69, "soft labels", { try $0.softLabels() }), (4, "agreement", { try $0.agreement() }),
    (27, "self-certainty", { try $0.certainty() }), (43, "diversity", { try $0.diversity() }),
    (9, "optimism", { try $0.optimism() }), (33, "planted texts", { try $0.plantedTexts() }),
    (33, "planted texts rewarded", { try $0.plantedTextsRewarded() }), (46, "facts", { try $0.facts() }),
    (30, "principle", { try $0.principle() }), (25, "episodes", { try $0.episodes() }),
    (41, "corrections", { try $0.corrections() }), (45, "rubric", { try $0.rubric() }),
    (24, "second look", { try $0.secondLook() }), (62, "principles", { try $0.principles() }),
    (15, "critiques", { try $0.critiqueVote() }), (28, "consistency", { try $0.consistency() }),
  ]

  /// Judges every row on the stub and on every recording.
  /// - Parameter show: receives each verdict as soon as it is complete.
  /// - Throws: errors of the files; a row that lacks recorded answers has the verdict "not recorded".
  public static func run(_ files: Files, show: (StudyVerdict) -> Void) throws -> [StudyVerdict] {
    let names = try FileManager.default.contentsOfDirectory(atPath: files.recordings)
      .filter { $0.hasSuffix(".answers") }.sorted()
    var sources: [any AnswerSource] = [StubSource()]
    for name in names {
      sources.append(RecordedSource(try AnswerRecording(contentsOf: "\(files.recordings)/\(name)")))
    }
    let studies = try sources.map { try study($0, files) }
    var verdicts: [StudyVerdict] = []
    for row in rows.sorted(by: { $0.number < $1.number }) {
      for study in studies {
        let verdict = try self.verdict(row.number, row.name, row.run, study)
        show(verdict)
        verdicts.append(verdict)
      }
    }
    return verdicts
  }

  /// Asks a model every question of every row that the recording lacks, and adds the answers to it. It can be stopped and
  /// started again at any time.
  /// - Parameters:
  ///   - server: the server's address.
  ///   - model: the model's name in a new recording.
  ///   - path: the recording, which is made if it does not exist.
  public static func record(
    server: String, model: String, to path: String, _ files: Files, show: (StudyVerdict) -> Void
  ) throws {
    var options = LanguageModelOptions(servers: [server]) { FileHandle.standardError.write(Data("  \($0)\n".utf8)) }
    options.requestsPerServer = 1
    options.requestTimeoutSeconds = 120
    let pool = try LanguageModelPool(options)
    defer { pool.close() }
    let study = try study(try RecordedSource(continuing: path, asking: pool, named: model), files)
    for row in rows { show(try row.run(study)) }
  }

  private static func study(_ source: any AnswerSource, _ files: Files) throws -> Study {
    Study(
      source, messages: StudyMessages(try LabelledSet(contentsOf: files.messages)),
      attacks: try StudyAttacks(contentsOf: files.attacks))
  }

  private static func verdict(_ number: Int, _ name: String, _ run: Row, _ study: Study) throws -> StudyVerdict {
    do {
      return try run(study)
    } catch StudyError.missing {
      return StudyVerdict(row: number, method: name, source: study.source.name, conditions: [], note: "")
    }
  }
}
