/// One of several answers about the same caption.
public struct SampledLabel: Sendable, Hashable {
  public var reading: LabelReading
  /// Which of the judge's prompts it answers, from 0.
  public var prompt: Int
  /// How sure the model was of its tokens (`SelfCertainty`); NaN without log-probabilities.
  public var certainty: Double
  /// Characters of the answer.
  public var length: Int
  /// Whether it came only after a reminder of the form.
  public var wasReminded: Bool

  public init(
    _ reading: LabelReading, prompt: Int = 0, certainty: Double = .nan, length: Int = 0, wasReminded: Bool = false
  ) {
    self.reading = reading
    self.prompt = prompt
    self.certainty = certainty
    self.length = length
    self.wasReminded = wasReminded
  }
}
