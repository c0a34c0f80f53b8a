import NeuralNetwork
import Runtime
import Tensor

/// How answers are sampled.
public struct SamplingOptions: Sendable {
  /// 1 samples from the policy, 0 takes the likeliest token; log-probabilities are those of the tempered policy.
  public var temperature: Float = 1
  /// Answers of each prompt.
  public var repeats = 1
  /// Most tokens of a text, its prompt included.
  public var length = 64
  /// The token that ends an answer.
  public var end: UInt8
  /// A token after which the environment may speak in the middle of an answer; nil for none.
  public var pause: UInt8?

  public init(temperature: Float = 1, repeats: Int = 1, length: Int = 64, end: UInt8) {
    self.temperature = temperature
    self.repeats = repeats
    self.length = length
    self.end = end
  }
}

/// Samples answers to prompts, many at once. One thread at a time uses it.
///
/// Every answer has random numbers of its own, from the seed and its number: what is sampled does not depend on which
/// answers are sampled together.
public final class TextSampler {
  /// Texts decoded together: their keys and values stay in the caches.
  public static let rows = 64

  private let decoder: Decoder
  /// Decodes the second policy of a mixture.
  private lazy var otherDecoder = Decoder(decoder.transformer, rows: Self.rows, length: decoder.length)

  private struct Row {
    var sequence: TokenSequence
    /// Tokens that the policy does not choose, in reverse order; the next one is the last.
    var forced: [UInt8]
    var generator: RandomGenerator
    var isFinished = false
    let prompt: Int
  }

  public init(_ transformer: Transformer) {
    decoder = Decoder(transformer, rows: Self.rows, length: transformer.options.context)
  }

  /// A second policy, whose log-probabilities are mixed into those of the first one, token by token:
  /// softmax(share log other + (1 - share) log policy).
  public struct Mixture {
    public let policy: TextPolicy
    public let share: Float

    public init(policy: TextPolicy, share: Float) {
      self.policy = policy
      self.share = share
    }
  }

  /// What follows an answer's end token: tokens of the environment, after which the policy continues; nil ends the text. It
  /// is asked after a pause too, where nil lets the policy continue.
  public typealias Reply = (_ prompt: Int, _ tokens: [UInt8]) -> [UInt8]?

  /// - Parameters:
  ///   - prompts: each of 1 to `length` - 1 tokens.
  ///   - seed: of the answers' random numbers.
  /// - Returns: `repeats` texts for each prompt, in the order of the prompts.
  public func sample(
    _ prompts: [[UInt8]], policy: TextPolicy, options: SamplingOptions, seed: UInt64, mixture: Mixture? = nil,
    reply: Reply? = nil
  ) -> [TokenSequence] {
    precondition(options.repeats > 0 && options.repeats <= Self.rows, "1 to \(Self.rows) answers of a prompt")
    precondition(
      options.length <= decoder.length, "a text of \(options.length) tokens in a decoder of \(decoder.length)")
    var result: [TokenSequence] = []
    result.reserveCapacity(prompts.count * options.repeats)
    let promptsOfPass = Self.rows / options.repeats
    for first in stride(from: 0, to: prompts.count, by: promptsOfPass) {
      let range = first..<min(first + promptsOfPass, prompts.count)
      var rows = range.flatMap { prompt in
        (0..<options.repeats).map { answer in
          var mixer = SplitMix64(seed: seed &+ UInt64(prompt * options.repeats + answer) &* 0x9E37_79B9)
          return Row(
            sequence: TokenSequence(tokens: prompts[prompt], promptCount: prompts[prompt].count), forced: [],
            generator: RandomGenerator(seed: mixer.next()), prompt: prompt)
        }
      }
      read(rows, repeats: options.repeats, policy: policy, with: decoder)
      if let mixture { read(rows, repeats: options.repeats, policy: mixture.policy, with: otherDecoder) }
      while step(&rows, policy: policy, options: options, mixture: mixture, reply: reply) {}
      result.append(contentsOf: rows.map(\.sequence))
    }
    return result
  }

  /// Reads all tokens of the prompts but the last ones, once for each prompt.
  private func read(_ rows: [Row], repeats: Int, policy: TextPolicy, with decoder: Decoder) {
    let firsts = Array(stride(from: 0, to: rows.count, by: repeats))
    let longest = firsts.reduce(0) { max($0, rows[$1].sequence.count) }
    for position in 0..<max(longest - 1, 0) {
      let active = firsts.filter { position < rows[$0].sequence.count - 1 }
      decoder.step(
        tokens: active.map { rows[$0].sequence.tokens[position] },
        positions: [Int32](repeating: Int32(position), count: active.count), texts: active.map { Int32($0) },
        count: active.count, weights: policy.weights)
    }
    for first in firsts {
      for copy in 1..<max(repeats, 1) {
        decoder.copy(from: first, to: first + copy, count: rows[first].sequence.count - 1)
      }
    }
  }

  /// Appends one token to each unfinished row. Returns false when there is none.
  private func step(
    _ rows: inout [Row], policy: TextPolicy, options: SamplingOptions, mixture: Mixture?, reply: Reply?
  ) -> Bool {
    let active = rows.indices.filter { !rows[$0].isFinished }
    guard !active.isEmpty else { return false }
    let tokens = active.map { rows[$0].sequence.tokens[rows[$0].sequence.count - 1] }
    let positions = active.map { Int32(rows[$0].sequence.count - 1) }
    let texts = active.map { Int32($0) }
    decoder.step(
      tokens: tokens, positions: positions, texts: texts, count: active.count, weights: policy.weights)
    if let mixture {
      otherDecoder.step(
        tokens: tokens, positions: positions, texts: texts, count: active.count, weights: mixture.policy.weights)
      mix(count: active.count, share: mixture.share)
    }
    let vocabulary = decoder.transformer.options.vocabulary
    for (index, row) in active.enumerated() {
      append(to: &rows[row], logits: decoder.logits.pointer + index * vocabulary, options: options, reply: reply)
    }
    return true
  }

  private func append(
    to row: inout Row, logits: UnsafeMutablePointer<Float>, options: SamplingOptions, reply: Reply?
  ) {
    if let token = row.forced.popLast() {
      row.sequence.append(token, isChosen: false)
    } else {
      let (token, log) = choose(logits, options: options, generator: &row.generator)
      row.sequence.append(token, isChosen: true, old: log)
      if token == options.end || token == options.pause {
        if let reply = reply?(row.prompt, row.sequence.tokens), !reply.isEmpty {
          row.forced = reply.reversed()
        } else if token == options.end {
          row.isFinished = true
        }
      }
    }
    if row.sequence.count >= options.length { row.isFinished = true }
  }

  private func choose(
    _ logits: UnsafeMutablePointer<Float>, options: SamplingOptions, generator: inout RandomGenerator
  ) -> (token: UInt8, logProbability: Float) {
    let count = decoder.transformer.options.vocabulary
    guard options.temperature > 0 else {
      let best = (1..<count).reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
      return (UInt8(clamping: best), 0)
    }
    if options.temperature != 1 { Elementwise.multiply(logits, by: 1 / options.temperature, count: count) }
    let chosen = Rows.sample(logits, count: count, uniform: generator.uniform())
    return (UInt8(clamping: chosen.index), chosen.logProbability)
  }

  /// The first decoder's logits become the mixture's.
  private func mix(count: Int, share: Float) {
    let vocabulary = decoder.transformer.options.vocabulary
    for index in 0..<count {
      let (ours, theirs) = (
        decoder.logits.pointer + index * vocabulary, otherDecoder.logits.pointer + index * vocabulary
      )
      Rows.logSoftmax(ours, into: ours, count: vocabulary)
      Rows.logSoftmax(theirs, into: theirs, count: vocabulary)
      for i in 0..<vocabulary { ours[i] = (1 - share) * ours[i] + share * theirs[i] }
    }
  }
}
