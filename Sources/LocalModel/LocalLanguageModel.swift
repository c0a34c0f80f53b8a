import Dispatch
import Glibc
import Judging
import Runtime
import Synchronization

/// A language model in this process, read from a GGUF file. It answers like a server of that file, without one.
///
/// Questions that arrive together are evaluated together, on one thread; the keys and values of a common beginning are
/// computed once. With answers of one token a question costs the tokens in which it differs from others.
///
/// `@unchecked Sendable`: the queue is serial, and only its work touches the evaluator.
public final class LocalLanguageModel: LanguageModel, @unchecked Sendable {
  /// Counters since the model was read.
  public struct Statistics: Sendable, Hashable, CustomStringConvertible {
    public var asked = 0
    public var answered = 0
    public var failed = 0
    /// Tokens of the questions of all answers, and those of the answers.
    public var promptTokens = 0
    public var answerTokens = 0
    /// Rounds in which all waiting questions got one token.
    public var rounds = 0

    public var description: String {
      "questions: asked \(asked), answered \(answered), failed \(failed), tokens \(promptTokens) + \(answerTokens), "
        + "in \(rounds) rounds"
    }
  }

  private struct Waiting {
    var progress: QuestionEvaluator.Progress
    var arrival: ContinuousClock.Instant
    var deadline: ContinuousClock.Instant
    var continuation: CheckedContinuation<Result<ModelAnswer, ModelFailure>, Never>
  }

  private struct State {
    var waiting: [Waiting] = []
    /// Whether the queue works or is about to.
    var isWorking = false
    var statistics = Statistics()
  }

  /// Time in which questions that follow a round's answers can join the next one.
  private static let gatheringMicroseconds: UInt32 = 2000

  public let name: String?
  public let concurrency = 48
  /// One line about the model and its memory.
  public let summary: String

  private let path: String
  private let context: Int
  private let text: QuestionText
  private let evaluator: QuestionEvaluator
  private let queue = DispatchQueue(label: "local model")
  private let state = Mutex(State())

  /// Reads a model.
  /// - Parameters:
  ///   - path: a GGUF file; what it states is checked.
  ///   - seed: seeds the choice of tokens at temperatures above 0.
  /// - Throws: if the file cannot be read or has a model of another kind.
  public convenience init(file path: String, seed: UInt64 = 0) throws(LocalModelError) {
    try self.init(file: path, form: .fastest, seed: seed)
  }

  init(file path: String, form: Projection.Form, seed: UInt64 = 0) throws(LocalModelError) {
    self.path = path
    let file = try ModelFile(path)
    let tokenizer = try Tokenizer(file)
    let shape = try DecoderShape(file, vocabulary: tokenizer.count)
    let weights = try DecoderWeights(file, shape, form: form)
    text = QuestionText(file, tokenizer)
    context = shape.context
    evaluator = QuestionEvaluator(text: text, tokenizer: tokenizer, weights: weights, seed: seed)
    name = Self.name(ofFile: path)
    let numbers = weights.head.form == .integers ? "8-bit products" : "float products"
    summary = "model \(Self.name(ofFile: path)) in this process, \(weights.bytes >> 20) MiB of weights, \(numbers)"
  }

  /// The name that a server gives to the model of a file.
  public static func name(ofFile path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    return last.hasSuffix(".gguf") ? String(last.dropLast(5)) : last
  }

  public var statistics: Statistics { state.withLock { $0.statistics } }

  public func answer(
    _ question: ModelQuestion, deadlineSeconds: Double
  ) async throws(ModelFailure) -> ModelAnswer {
    guard let tokens = text.tokens(of: question.input) else {
      throw .refused(
        server: path, status: 400, "the model has no turns of ChatML; use a prompt of the style completion")
    }
    guard !tokens.isEmpty, tokens.count < context else {
      throw .refused(
        server: path, status: 413, "a question of \(tokens.count) tokens; the model reads 1 to \(context - 1)")
    }
    let progress = QuestionEvaluator.Progress(question: question, tokens: tokens, asked: tokens.count)
    let start = ContinuousClock.now
    let result = await withCheckedContinuation { continuation in
      let waiting = Waiting(
        progress: progress, arrival: start, deadline: start + .seconds(deadlineSeconds), continuation: continuation)
      let isIdle = state.withLock { state in
        state.statistics.asked += 1
        state.waiting.append(waiting)
        defer { state.isWorking = true }
        return !state.isWorking
      }
      if isIdle { queue.async { self.work() } }
    }
    return try result.get()
  }

  /// Answers questions until none waits.
  private func work() {
    var open: [Waiting] = []
    while true {
      let isDone = state.withLock { state in
        let room = max(0, Decoder.maximumQuestions - open.count)
        open += state.waiting.prefix(room)
        state.waiting.removeFirst(min(room, state.waiting.count))
        if open.isEmpty { state.isWorking = false }
        return open.isEmpty
      }
      if isDone { return }
      let now = ContinuousClock.now
      for late in open where late.deadline < now {
        finish(late, .failure(.unavailable("\(path): no answer in time; the questions before it took too long")))
      }
      open.removeAll { $0.deadline < now }
      var questions = open.map(\.progress)
      evaluator.advance(&questions)
      for index in open.indices { open[index].progress = questions[index] }
      state.withLock { $0.statistics.rounds += 1 }
      let complete = open.filter { $0.progress.isComplete }
      open.removeAll { $0.progress.isComplete }
      for waiting in complete { finish(waiting, .success(answer(waiting))) }
      if !complete.isEmpty { gather(complete.count) }
    }
  }

  /// Waits until as many questions have arrived as were answered, or until none arrives any more.
  private func gather(_ count: Int) {
    var before = -1
    while true {
      let waiting = state.withLock { $0.waiting.count }
      if waiting >= count || waiting == before { return }
      before = waiting
      usleep(Self.gatheringMicroseconds)
    }
  }

  private func finish(_ waiting: Waiting, _ result: Result<ModelAnswer, ModelFailure>) {
    state.withLock { state in
      switch result {
      case .success(let answer):
        state.statistics.answered += 1
        state.statistics.promptTokens += answer.promptTokens
        state.statistics.answerTokens += answer.answerTokens
      case .failure: state.statistics.failed += 1
      }
    }
    waiting.continuation.resume(returning: result)
  }

  private func answer(_ waiting: Waiting) -> ModelAnswer {
    let progress = waiting.progress
    var said = evaluator.tokenizer.text(of: progress.answer.filter { !evaluator.tokenizer.isControl($0) })
    // A text that ends the answer is not part of it.
    for stop in progress.question.stops where !stop.isEmpty {
      if let found = said.firstRange(of: stop) { said = String(said[..<found.lowerBound]) }
    }
    let elapsed = ContinuousClock.now - waiting.arrival
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    return ModelAnswer(
      text: said, tokens: progress.question.topAlternatives > 0 ? progress.written : [],
      promptTokens: progress.asked, answerTokens: progress.written.count, model: name ?? "", server: "this process",
      latencySeconds: seconds)
  }
}
