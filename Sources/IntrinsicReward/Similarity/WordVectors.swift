import Runtime
import Tensor

/// Vectors of words, learned from the texts of a run by random indexing (Kanerva, Kristofersson, Holst 2000; Sahlgren
/// 2005): words in similar contexts get similar vectors.
///
///     v(w) = u(index(w)) + u(sum of the index vectors of w's pieces) + u(context(w)),     u(x) = x / |x|
///     context(w) = sum over the other words w' of w's texts of weight(w') index(w')
///     weight(w) = a / (a + p(w)),     p(w) the share of w among all words                 (Arora, Liang, Ma 2017)
///
/// Pieces make "kill" and "killed" similar from the start. `sum` reads a copy made by `refresh`, so that all texts are
/// compared by the same vectors while learning continues. The same texts in the same order give the same bits.
struct WordVectors: Sendable {
  /// Maximum number of words with a context (2 KiB each). Later words have only index and pieces.
  static let maximumWords = 20_000
  /// a, the smoothing of word weights.
  static let smoothing: Float = 1e-3
  static let dimensions = IndexVector.dimensions

  private var places: [[UInt8]: Int] = [:]
  /// [words, dimensions] contexts.
  private var contexts: [Float] = []
  private var counts: [Int] = []
  private var total = 0
  /// Vectors [words, dimensions] and weights [words] at the latest refresh.
  private var vectors: [Float] = []
  private var weights: [Float] = []

  /// Number of words with a context.
  var count: Int { counts.count }

  /// Learns from a text's words.
  mutating func learn(_ words: [[UInt8]]) {
    let known = words.map { place(of: $0) }
    for case let place? in known { counts[place] += 1 }
    total += words.count
    var sum = [Float](repeating: 0, count: Self.dimensions)
    let weights = known.map { $0.map(weight) ?? 1 }
    for (word, weight) in zip(words, weights) { IndexVector.add(word, weight: weight, to: &sum) }
    for (index, place) in known.enumerated() {
      guard let place else { continue }
      let start = place * Self.dimensions
      contexts.withUnsafeMutableBufferPointer { contexts in
        guard let context = contexts.baseAddress.map({ $0 + start }) else { return }
        for i in 0..<Self.dimensions { context[i] += sum[i] }
        IndexVector.add(words[index], weight: -weights[index], to: context)
      }
    }
  }

  /// Makes `sum` read the vectors as they are now.
  mutating func refresh() {
    vectors = Array(repeating: 0, count: contexts.count)
    for (word, place) in places {
      let range = place * Self.dimensions..<(place + 1) * Self.dimensions
      vectors.replaceSubrange(range, with: Self.vector(of: word, context: contexts[range]))
    }
    weights = counts.indices.map(weight)
  }

  /// The weighted sum of the words' vectors, [dimensions]; it has the direction of their mean. Zero without words.
  func sum(_ words: [[UInt8]]) -> [Float] {
    var sum = [Float](repeating: 0, count: Self.dimensions)
    for word in words {
      if let place = places[word], place < weights.count {
        let start = place * Self.dimensions
        for i in 0..<Self.dimensions { sum[i] += weights[place] * vectors[start + i] }
      } else {
        let vector = Self.vector(of: word, context: [])
        for i in 0..<Self.dimensions { sum[i] += vector[i] }
      }
    }
    return sum
  }

  /// The cosine of the angle between two vectors; 0 if one of them is zero.
  static func cosine(_ x: [Float], _ y: [Float]) -> Float {
    let lengths = length(x[...]) * length(y[...])
    return lengths > 0 ? zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } / lengths : 0
  }

  private mutating func place(of word: [UInt8]) -> Int? {
    if let place = places[word] { return place }
    guard counts.count < Self.maximumWords else { return nil }
    places[word] = counts.count
    counts.append(0)
    contexts.append(contentsOf: repeatElement(0, count: Self.dimensions))
    return counts.count - 1
  }

  private func weight(_ place: Int) -> Float {
    Self.smoothing / (Self.smoothing + Float(counts[place]) / Float(max(total, 1)))
  }

  private static func vector(of word: [UInt8], context: ArraySlice<Float>) -> [Float] {
    var index = [Float](repeating: 0, count: dimensions)
    IndexVector.add(word, to: &index)
    var pieces = [Float](repeating: 0, count: dimensions)
    for piece in CaptionWords.pieces(of: word) { IndexVector.add(piece, to: &pieces) }
    var vector = [Float](repeating: 0, count: dimensions)
    for part in [index[...], pieces[...], context] {
      let length = length(part)
      guard length > 0 else { continue }
      for (i, value) in part.enumerated() { vector[i] += value / length }
    }
    return vector
  }

  private static func length(_ x: ArraySlice<Float>) -> Float { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}

/// The fixed vector of a word or a piece of a word: a few entries of ±1 at places chosen by a hash of its bytes, else
/// 0. Two such vectors are nearly orthogonal (Kanerva, Kristofersson, Holst 2000).
enum IndexVector {
  static let dimensions = 256
  private static let entries = 8

  /// Adds `weight` times the index vector of `bytes` to `sum` [dimensions].
  static func add(_ bytes: some Sequence<UInt8>, weight: Float = 1, to sum: UnsafeMutablePointer<Float>) {
    var stream = SplitMix64(seed: ByteHash.fnv1a(bytes))
    for _ in 0..<entries {
      let bits = stream.next()
      sum[Int(bits % UInt64(dimensions))] += bits >> 63 == 0 ? weight : -weight
    }
  }
}

/// Splits texts into words: runs of letters, in lower case. Bytes above 127 count as letters; digits and punctuation
/// separate words.
enum CaptionWords {
  static func words(_ text: some Sequence<UInt8>) -> [[UInt8]] {
    var words: [[UInt8]] = []
    var word: [UInt8] = []
    for byte in text {
      let lower = (65...90).contains(byte) ? byte | 0x20 : byte
      if (97...122).contains(lower) || lower >= 128 {
        word.append(lower)
      } else if !word.isEmpty {
        words.append(word)
        word.removeAll()
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  /// The pieces of `<word>` with 3 to 5 bytes (Bojanowski et al. 2017), or the whole if it is shorter.
  static func pieces(of word: [UInt8]) -> [ArraySlice<UInt8>] {
    let marked = [UInt8(ascii: "<")] + word + [UInt8(ascii: ">")]
    let pieces = (3...5).flatMap { length in
      marked.count < length ? [] : (0...marked.count - length).map { marked[$0..<$0 + length] }
    }
    return pieces.isEmpty ? [marked[...]] : pieces
  }
}
