import Tensor

/// Vectors of words, learned from the texts of a run by random indexing (Kanerva, Kristofersson, Holst 2000; Sahlgren
/// 2005): words that occur in like company get like vectors.
///
///     v(w) = u(index(w)) + u(sum of the index vectors of w's pieces) + u(context(w)),     u(x) = x / |x|
///     context(w) = sum over the words w' beside w in a text of weight(w') index(w')
///     weight(w) = a / (a + p(w)),     p(w) the share of w among all words                 (Arora, Liang, Ma 2017)
///
/// Pieces make "kill" and "killed" alike from the start. What is read is a copy that `refresh` makes, so that texts are
/// compared by the same vectors while others are learned from. The same texts in the same order give the same bits.
struct WordVectors: Sendable {
  /// Words with a context; those met later are known by index and pieces alone. 2 KiB each.
  static let maximumWords = 20_000
  /// a
  static let smoothing: Float = 1e-3
  static let dimensions = IndexVector.dimensions

  private var places: [[UInt8]: Int] = [:]
  /// [words, dimensions]
  private var contexts: [Float] = []
  private var counts: [Int] = []
  private var total = 0
  /// As of the latest refresh: vectors [words, dimensions] and weights.
  private var vectors: [Float] = []
  private var weights: [Float] = []

  /// Words with a context.
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

  /// From now on vectors are read as they have become.
  mutating func refresh() {
    vectors = Array(repeating: 0, count: contexts.count)
    for (word, place) in places {
      let range = place * Self.dimensions..<(place + 1) * Self.dimensions
      vectors.replaceSubrange(range, with: Self.vector(of: word, context: contexts[range]))
    }
    weights = counts.indices.map(weight)
  }

  /// The weighted sum of the words' vectors; zero without words. Its direction is that of their mean.
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

  /// The cosine of the angle between two vectors; 0 if one of them has no direction.
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
