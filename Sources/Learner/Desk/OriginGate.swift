import Assembly
import Captions

/// Decides whose answers count. The configuration says it where it can; what it leaves open (the name of a model) the
/// store's labels of earlier sessions settle, and in a new run the first answer that fits. Answers of other origins are
/// refused, never adopted: one annotator cannot shut out the others.
struct OriginGate {
  let acceptsAny: Bool
  private var expected: ExpectedOrigin
  /// The origin whose answers count; nil while it is open, and if all count.
  private(set) var current: LabelOrigin?

  /// - Parameter acceptsAny: whether answers of all origins count.
  init(acceptsAny: Bool, expected: ExpectedOrigin) {
    self.acceptsAny = acceptsAny
    self.expected = expected
  }

  /// From now on other answers are expected; those of earlier ones do not count.
  mutating func expect(_ expected: ExpectedOrigin) {
    self.expected = expected
    current = nil
  }

  /// Settles what the configuration leaves open by the store.
  /// - Parameter stored: the store's origins, latest first.
  mutating func restore(_ stored: [LabelOrigin]) {
    if acceptsAny { return }
    if case .exactly(let origin) = expected { current = origin } else { current = stored.first(where: expected.admits) }
  }

  func admits(_ origin: LabelOrigin) -> Bool {
    if acceptsAny { return true }
    return current.map { $0 == origin } ?? expected.admits(origin)
  }

  /// An answer of `origin` counts, and so do all further ones of it.
  /// - Returns: whether that was open.
  mutating func settle(on origin: LabelOrigin) -> Bool {
    guard !acceptsAny, current == nil else { return false }
    current = origin
    return true
  }

  /// Why answers of `origin` do not count, and the next step.
  func refusal(of origin: LabelOrigin) -> String {
    let counting =
      switch (current, expected) {
      case (let current?, _): "\"\(current)\""
      case (nil, .exactly(let origin)): "\"\(origin)\""
      case (nil, .beginning(let kind, let version)): "\"\(kind) \(version)...\""
      case (nil, .unknown): "others"
      }
    return
      "labels of \"\(origin)\" do not count in this run, those of \(counting) do; start the annotator with the run's "
      + "model and prompt, or continue the run with annotator.expected_origin = \"\(origin)\""
  }
}
