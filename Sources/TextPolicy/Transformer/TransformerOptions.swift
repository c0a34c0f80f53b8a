/// The sizes of a text policy's network.
///
/// The defaults give 0.35 million weights: large enough to learn the text tasks, small enough for minutes on one core.
public struct TransformerOptions: Sendable, Hashable, Codable {
  /// Number of different tokens, at most 256.
  public var vocabulary: Int
  /// Floats of a position's vector; a multiple of `heads`.
  public var width: Int
  /// Number of blocks.
  public var layers: Int
  /// Attention heads of a block.
  public var heads: Int
  /// Longest text, in tokens.
  public var context: Int

  public init(vocabulary: Int = 64, width: Int = 96, layers: Int = 3, heads: Int = 4, context: Int = 64) {
    self.vocabulary = vocabulary
    self.width = width
    self.layers = layers
    self.heads = heads
    self.context = context
  }

  /// Floats of a head's queries, keys and values.
  public var headWidth: Int { width / heads }

  /// Floats of the hidden layer of a block.
  public var hidden: Int { 4 * width }

  /// - Throws: `TextPolicyError` that names the size that no network can have.
  public func validate() throws {
    func require(_ isTrue: Bool, _ problem: @autoclosure () -> String) throws {
      guard isTrue else { throw TextPolicyError(problem()) }
    }
    try require((2...256).contains(vocabulary), "a text policy has 2 to 256 tokens, not \(vocabulary)")
    try require((1...64).contains(layers), "a text policy has 1 to 64 layers, not \(layers)")
    try require((2...4096).contains(context), "a text policy's context is 2 to 4096 tokens, not \(context)")
    try require((8...2048).contains(width), "a text policy's width is 8 to 2048, not \(width)")
    try require(
      heads > 0 && width.isMultiple(of: heads), "a width of \(width) cannot be divided into \(heads) heads")
  }
}

/// What is wrong with a text policy's sizes, files or inputs, and what to change.
public struct TextPolicyError: Error, CustomStringConvertible, Equatable {
  public let description: String

  public init(_ description: String) { self.description = description }
}
