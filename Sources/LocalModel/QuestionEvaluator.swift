import Glibc
import Judging
import Runtime
import Tensor

/// Continues questions by tokens, several at once. It keeps the keys and values of the beginnings that questions share, so
/// that a question costs the tokens in which it differs from earlier ones. One thread uses it at a time.
final class QuestionEvaluator {
  /// A question with what was written of its answer.
  struct Progress {
    let question: ModelQuestion
    /// The question's tokens, then the answer's.
    var tokens: [Int]
    /// Tokens of the question.
    let asked: Int
    /// The answer's tokens with their alternatives.
    var written: [ModelAnswer.Token] = []
    var isComplete = false

    var answer: ArraySlice<Int> { tokens[asked...] }
  }

  /// Beginnings that are kept: judges have one or two instructions, and tasks may change them.
  private static let maximumPrefixes = 4
  /// Tokens by which a question may differ from a kept beginning.
  static let maximumSuffix = 160

  let text: QuestionText
  let tokenizer: Tokenizer
  private let decoder: Decoder
  private let shape: DecoderShape
  /// The most recently used beginning is last.
  private var prefixes: [KeyValuePrefix] = []
  private var generator: SplitMix64

  init(text: QuestionText, tokenizer: Tokenizer, weights: DecoderWeights, seed: UInt64) {
    self.text = text
    self.tokenizer = tokenizer
    shape = weights.shape
    decoder = Decoder(weights)
    generator = SplitMix64(seed: seed)
  }

  /// Adds one token to each answer that is not complete.
  func advance(_ questions: inout [Progress]) {
    let open = questions.indices.filter { !questions[$0].isComplete }
    // Neighbours share a beginning, and are evaluated together.
    var groups: [(prefix: KeyValuePrefix, members: [Int])] = []
    for index in open {
      let prefix = beginning(of: questions[index].tokens)
      if let last = groups.indices.last(where: { groups[$0].prefix === prefix }) {
        groups[last].members.append(index)
      } else {
        groups.append((prefix, [index]))
      }
    }
    for group in groups {
      var members = group.members[...]
      while !members.isEmpty {
        let sizes = members.map {
          (tokens: questions[$0].tokens.count, shared: shared(group.prefix, questions[$0].tokens))
        }
        let count = Self.passSize(sizes)
        advance(Array(members.prefix(count)), of: &questions, after: group.prefix)
        members = members.dropFirst(count)
      }
    }
  }

  /// The number of questions, from the first one on, that one pass has room for: at least one. What they share is what the
  /// least similar of them shares.
  static func passSize(_ questions: [(tokens: Int, shared: Int)]) -> Int {
    var (count, tokens, shared) = (0, 0, Int.max)
    for question in questions.prefix(Decoder.maximumQuestions) {
      tokens += question.tokens
      shared = min(shared, question.shared)
      if count > 0, tokens - (count + 1) * shared > Decoder.maximumRows { break }
      count += 1
    }
    return count
  }

  /// The last token of a question is always evaluated, because its logits are the answer.
  private func shared(_ prefix: KeyValuePrefix, _ tokens: [Int]) -> Int {
    min(prefix.shared(with: tokens), tokens.count - 1)
  }

  /// The kept beginning that has most in common with these tokens; a new one if they differ in too many.
  private func beginning(of tokens: [Int]) -> KeyValuePrefix {
    let best = prefixes.indices.max { prefixes[$0].shared(with: tokens) < prefixes[$1].shared(with: tokens) }
    if let best, tokens.count - prefixes[best].shared(with: tokens) <= Self.maximumSuffix {
      let prefix = prefixes.remove(at: best)
      prefixes.append(prefix)
      return prefix
    }
    let prefix = KeyValuePrefix(tokens, shape)
    decoder.fill(prefix)
    if prefixes.count == Self.maximumPrefixes { prefixes.removeFirst() }
    prefixes.append(prefix)
    return prefix
  }

  private func advance(_ members: [Int], of questions: inout [Progress], after prefix: KeyValuePrefix) {
    let count = members.map { shared(prefix, questions[$0].tokens) }.min() ?? 0
    let logits = decoder.logits(
      after: members.map { questions[$0].tokens[count...] }, prefix: count > 0 ? (prefix, count) : nil)
    for (row, index) in members.enumerated() { write(logits.row(row), to: &questions[index]) }
  }

  /// Chooses the next token of an answer.
  private func write(_ logits: UnsafePointer<Float>, to progress: inout Progress) {
    let question = progress.question
    let best = TokenRanking.best(max(1, question.topAlternatives), of: logits, count: shape.vocabulary)
    var token = best.tokens[0].token
    if question.temperature > 0 {
      let scaled = FloatBuffer(count: shape.vocabulary)
      for index in 0..<shape.vocabulary { scaled.pointer[index] = logits[index] / Float(question.temperature) }
      token =
        Rows.sample(scaled.pointer, count: shape.vocabulary, uniform: Float(generator.next() >> 40) * 0x1p-24).index
    }
    // A damaged file can have weights that are no numbers; an answer without probabilities is unreadable.
    let alternatives = best.tokens.prefix(question.topAlternatives).filter(\.logProbability.isFinite).map {
      ModelAnswer.Alternative(text: tokenizer.text(of: [$0.token]), logProbability: min(0, $0.logProbability))
    }
    progress.written.append(ModelAnswer.Token(text: tokenizer.text(of: [token]), alternatives: alternatives))
    guard !text.ends.contains(token) else {
      progress.isComplete = true
      return
    }
    progress.tokens.append(token)
    let said = tokenizer.text(of: progress.answer)
    progress.isComplete =
      progress.answer.count >= question.maximumTokens || progress.tokens.count >= shape.context
      || question.stops.contains { !$0.isEmpty && said.contains($0) }
  }
}

/// The likeliest tokens of a row of logits.
enum TokenRanking {
  struct Entry: Hashable {
    var token: Int
    var logProbability: Double
  }

  /// - Returns: the `number` likeliest tokens, likeliest first, with the logarithms of their probabilities.
  static func best(_ number: Int, of logits: UnsafePointer<Float>, count: Int) -> (tokens: [Entry], normaliser: Float) {
    var best: [(token: Int, logit: Float)] = []
    var least = -Float.infinity
    for token in 0..<count where logits[token] > least || best.count < number {
      let place = best.firstIndex { $0.logit < logits[token] } ?? best.count
      best.insert((token, logits[token]), at: place)
      if best.count > number { best.removeLast() }
      if best.count == number { least = best[number - 1].logit }
    }
    let top = best.first?.logit ?? 0
    var sum = Lanes.Vector.zero
    Lanes.forEach(count) { i, left in
      let values = Lanes.load(logits + i, remaining: left, fill: -.infinity)
      sum += Lanes.exponential(values - top).replacing(with: 0, where: values .== -.infinity)
    }
    let normaliser = top + logf(Lanes.sum(sum))
    return (best.map { Entry(token: $0.token, logProbability: Double($0.logit - normaliser)) }, normaliser)
  }
}
