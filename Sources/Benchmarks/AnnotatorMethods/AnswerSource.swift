import Captions
import Foundation
import Judging
import Runtime

/// One message, or the end of one episode, with the label that is right.
struct StudyItem: Sendable, Hashable {
  /// One message, or several of an episode, the oldest first.
  var captions: [String]
  var isProgress: Bool
  var note: QuestionNote?

  init(_ message: String, isProgress: Bool, note: QuestionNote? = nil) {
    self.init([message], isProgress: isProgress, note: note)
  }

  init(_ captions: [String], isProgress: Bool, note: QuestionNote? = nil) {
    self.captions = captions
    self.isProgress = isProgress
    self.note = note
  }
}

/// An answer as it was read.
struct StudyReply: Sendable, Hashable {
  var label: SampledLabel
  /// Tokens of question and answer.
  var tokens: Int

  var logOdds: Double { label.reading.logOdds }

  /// Whether the answer is progress at a threshold in nats; without log-odds its word decides. nil: unreadable.
  func isProgress(above threshold: Double) -> Bool? {
    logOdds.isFinite ? logOdds > threshold : label.reading.isProgress
  }
}

/// What answers the questions of a study.
protocol AnswerSource: AnyObject {
  var name: String { get }
  /// The prompt that suits the model best.
  var standardPrompt: String { get }

  /// - Parameter sample: 0 for the first answer to the question.
  /// - Throws: `StudyError.missing` if there is no such answer.
  func reply(_ instruction: Instruction, _ item: StudyItem, sample: Int) throws -> StudyReply
}

enum StudyError: Error, CustomStringConvertible {
  case missing(source: String)
  case failed(String)

  var description: String {
    switch self {
    case .missing(let source): "the recording of \(source) lacks an answer; record it with --record"
    case .failed(let text): text
    }
  }
}

/// The recorded answers of a model. With a server, it asks what is missing and adds the answers to the file.
final class RecordedSource: AnswerSource {
  /// Temperature of all answers that are more than one token; one token is read from its log-probabilities.
  private static let temperature = 0.7
  private static let deadlineSeconds = 120.0

  let name: String
  let standardPrompt: String
  private var recording: AnswerRecording
  private let live: (any LanguageModel)?
  private let file: FileHandle?

  init(_ recording: AnswerRecording) {
    self.recording = recording
    name = recording.model
    standardPrompt = Self.prompt(for: recording.model)
    live = nil
    file = nil
  }

  /// Continues the recording in a file, which is made if it does not exist.
  /// - Throws: `RecordingError`, and errors of the file system.
  init(continuing path: String, asking model: any LanguageModel, named name: String) throws {
    if FileManager.default.fileExists(atPath: path) {
      recording = try AnswerRecording(contentsOf: path)
    } else {
      recording = AnswerRecording(model: name)
      try Data(recording.head.utf8).write(to: URL(fileURLWithPath: path))
    }
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seekToEnd()
    self.name = recording.model
    standardPrompt = Self.prompt(for: recording.model)
    live = model
    self.file = file
  }

  /// The smallest models do not follow instructions; they continue text.
  private static func prompt(for model: String) -> String {
    model.lowercased().contains("135m") ? "few-shot" : "default"
  }

  func reply(_ instruction: Instruction, _ item: StudyItem, sample: Int) throws -> StudyReply {
    let captions = item.captions.map { SanitisedCaption($0) }
    let isOneToken = instruction.prompt.answer == .oneToken
    let question = instruction.question(
      episode: captions, note: item.note, temperature: isOneToken ? 0 : Self.temperature)
    let key = QuestionKey(question, sample: isOneToken ? 0 : sample)
    if recording[key] == nil, let live {
      let line = recording.add(Self.trimmed(try ask(live, question)), to: key)
      try file?.write(contentsOf: Data((line + "\n").utf8))
    }
    guard let answer = recording[key] else { throw StudyError.missing(source: name) }
    let label = SampledLabel(
      LabelParser(instruction.prompt).read(answer), certainty: SelfCertainty.measure(answer.tokens),
      length: answer.text.count)
    return StudyReply(label: label, tokens: answer.promptTokens + answer.answerTokens)
  }

  /// Alternatives of a token that are kept, so that the recordings stay small.
  private static let alternatives = 5

  private static func trimmed(_ answer: ModelAnswer) -> ModelAnswer {
    var answer = answer
    for index in answer.tokens.indices {
      answer.tokens[index].alternatives = Array(answer.tokens[index].alternatives.prefix(alternatives))
    }
    return answer
  }

  /// Asks and waits for the answer.
  private func ask(_ model: any LanguageModel, _ question: ModelQuestion) throws -> ModelAnswer {
    let done = DispatchSemaphore(value: 0)
    let box = AnswerBox()
    let deadline = Self.deadlineSeconds
    Task.detached {
      await box.ask(model, question, deadlineSeconds: deadline)
      done.signal()
    }
    done.wait()
    return try box.answer()
  }
}

/// The answer that a task hands to the thread that waits for it.
private final class AnswerBox: @unchecked Sendable {
  // Every access holds the lock.
  private var stored: Result<ModelAnswer, ModelFailure>?
  private let lock = NSLock()

  func ask(_ model: any LanguageModel, _ question: ModelQuestion, deadlineSeconds: Double) async {
    do throws(ModelFailure) {
      set(.success(try await model.answer(question, deadlineSeconds: deadlineSeconds)))
    } catch {
      set(.failure(error))
    }
  }

  /// - Throws: why there is no answer.
  func answer() throws -> ModelAnswer {
    switch lock.withLock({ stored }) {
    case .success(let answer)?: return answer
    case .failure(let failure)?: throw StudyError.failed("\(failure)")
    case nil: throw StudyError.failed("no answer")
    }
  }

  private func set(_ value: Result<ModelAnswer, ModelFailure>) { lock.withLock { stored = value } }
}
