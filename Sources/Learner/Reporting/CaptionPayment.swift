/// What a run has paid for one caption, restarts included.
public struct CaptionPayment: Sendable, Hashable {
  /// The caption's bytes; empty for the steps without a caption.
  public var caption: [UInt8]
  /// Steps that led to it, and those of them that were paid.
  public var steps = 0
  public var paidSteps = 0
  /// Intrinsic reward paid, as it was learned from.
  public var paid = 0.0
  /// The model's score; nil where it could not tell.
  public var score: Float?
  public var label: Float?
  /// Times the caption came to be worth something, or ceased to.
  public var flips = 0

  public init(caption: [UInt8]) { self.caption = caption }

  /// Adds what was paid in another session; score and label stay.
  mutating func add(_ other: CaptionPayment) {
    steps += other.steps
    paidSteps += other.paidSteps
    paid += other.paid
    flips += other.flips
  }

  /// Adds what was paid for another caption that is known alike; label and score become means over steps.
  mutating func merge(_ other: CaptionPayment) {
    let share = Float(other.steps) / Float(max(1, steps + other.steps))
    if let mine = label, let theirs = other.label { label = mine + share * (theirs - mine) }
    if let mine = score, let theirs = other.score { score = mine + share * (theirs - mine) }
    add(other)
  }
}
