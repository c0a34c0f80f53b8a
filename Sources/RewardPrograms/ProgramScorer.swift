import Tensor

/// Runs a program on steps. It knows the captions by their ids, so that a step compares no texts of captions. Used by one
/// thread.
public struct ProgramScorer {
  /// What a step brings.
  public struct Step {
    /// The observations before and after it.
    public let before, after: UnsafeRawPointer
    /// Id of the caption that the step led to; 0 = none.
    public let caption: UInt32
    /// Occurrences of that caption in the episode.
    public let occurrences: UInt16
    /// The environment's reward.
    public let extrinsic: Float
    public let ended, won: Bool

    public init(
      before: UnsafeRawPointer, after: UnsafeRawPointer, caption: UInt32, occurrences: UInt16, extrinsic: Float,
      ended: Bool, won: Bool
    ) {
      (self.before, self.after) = (before, after)
      (self.caption, self.occurrences, self.extrinsic) = (caption, occurrences, extrinsic)
      (self.ended, self.won) = (ended, won)
    }
  }

  /// Bound on caption ids; the table takes 24 bytes for each.
  static let maximumCaptionCount = 1 << 24

  private let program: RewardProgram
  private var captions: [(contains: UInt64, begins: UInt64, number: Float)] = [(0, 0, 0)]
  private let scratch: FloatBuffer
  /// Place of each literal among the counted ones.
  private let places: [Int: Int]

  public init(_ program: RewardProgram) {
    self.program = program
    scratch = FloatBuffer(count: max(1, program.scratchCount))
    places = Dictionary(uniqueKeysWithValues: program.counted.enumerated().map { ($0.element, $0.offset) })
  }

  /// Numbers that `score` keeps for each running episode; all 0 at its beginning.
  public var countedCount: Int { program.counted.count }

  /// Receives the text of a caption. Ids begin with 1 and follow each other.
  public mutating func learn(_ id: UInt32, _ text: [UInt8]) {
    guard id < Self.maximumCaptionCount else { return }
    let index = Int(id)
    while captions.count <= index { captions.append((0, 0, 0)) }
    captions[index] = program.facts(of: text)
  }

  /// The reward of a step; NaN if it is no number.
  public func score(_ step: Step, counts: inout [Float]) -> Float {
    let index = Int(step.caption)
    let facts = index < captions.count ? captions[index] : captions[0]
    for (place, literal) in program.counted.enumerated() where facts.contains >> literal & 1 == 1 { counts[place] += 1 }
    let input = ProgramCode.Step(
      before: step.before, after: step.after, occurrences: Float(step.occurrences), extrinsic: step.extrinsic,
      ended: step.ended, won: step.won, contains: facts.contains, begins: facts.begins, number: facts.number)
    let known = counts
    return program.value(input, met: { literal in places[literal].map { known[$0] } ?? 0 }, scratch: scratch.pointer)
  }
}
