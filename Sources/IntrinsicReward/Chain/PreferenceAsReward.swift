import Glibc
import Runtime
import Tensor

/// PAR (Fu et al. 2025, arXiv 2502.18770): compares the score R of a caption with scores of captions of the initial
/// policy,
///
///     r = mean over m of sigmoid(slope * (R - R_ref,m))
///
/// in (0, 1). A constant added to all scores changes nothing. The references are the captions of a uniform sample of
/// the initial policy's steps. Checkpoints save their texts. They are scored again before every comparison. Without a
/// scored reference all rewards are unknown.
struct PreferenceAsReward: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "par", kind: .bounding,
    parameters: [
      .real("slope", 1, 0.001...1000, "steepness of the sigmoid, per unit of score"),
      .integer("references", 10, 1...1000, "number of captions of the initial policy to compare with"),
    ],
    explanation:
      "mean of sigmoid(slope * (r - reference)) over references, which are scores of captions of the initial "
      + "policy; in (0, 1) (PAR).",
    make: { PreferenceAsReward(slope: Float($0("slope")), references: Int($0("references"))) })

  /// A step of the initial policy.
  private struct Reference: Sendable {
    /// Id of the step's caption; 0 while the caption has not occurred in this session.
    var caption: UInt32
    /// Text of the caption. nil if it is unknown; the reference is then not saved.
    var text: [UInt8]?
    /// A hash. The steps with the lowest priorities are kept, which is a uniform sample.
    var priority: UInt64
  }

  let slope: Float
  let maximumCount: Int
  private var references: [Reference] = []
  private var scores: [Float] = []
  /// Number of captioned steps of the initial policy so far.
  private var steps: UInt64 = 0
  /// Version of the policy whose captions are sampled: the first one seen, 0 in a new run.
  private var initialVersion: UInt64?
  /// Whether sampling has ended: an unroll of a later policy has arrived, and there are references.
  private var isSettled = false
  /// Texts by caption id, while references are sampled.
  private var texts: [UInt32: [UInt8]] = [:]

  init(slope: Float, references: Int) {
    self.slope = slope
    maximumCount = references
  }

  mutating func references(for inputs: RewardInputs) -> [UInt32] {
    if !isSettled { draw(inputs) }
    return references.map(\.caption)
  }

  mutating func take(referenceScores: [Float]) { scores = referenceScores.filter { !$0.isNaN } }

  func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    for index in 0..<inputs.count { rewards[index] = value(of: rewards[index]) }
  }

  func value(of score: Float) -> Float { Self.reward(score, references: scores, slope: slope) }

  /// The formula; NaN if the score is NaN or there is no reference.
  static func reward(_ score: Float, references: [Float], slope: Float) -> Float {
    guard !score.isNaN, !references.isEmpty else { return .nan }
    let sum = references.reduce(Float(0)) { $0 + 1 / (1 + expf(slope * ($1 - score))) }
    // Rounding must not reach 0 or 1, which a sigmoid does not reach.
    return min(max(sum / Float(references.count), .leastNormalMagnitude), Float(1).nextDown)
  }

  private mutating func draw(_ inputs: RewardInputs) {
    let version = initialVersion ?? inputs.policyVersion
    initialVersion = version
    if inputs.policyVersion > version, !references.isEmpty {
      isSettled = true
      texts = [:]
      return
    }
    for index in 0..<inputs.count where inputs.captions[index] != 0 {
      steps += 1
      var hash = SplitMix64(seed: steps)
      offer(inputs.captions[index], priority: hash.next())
    }
  }

  private mutating func offer(_ caption: UInt32, priority: UInt64) {
    let reference = Reference(caption: caption, text: texts[caption], priority: priority)
    guard references.count == maximumCount else { return references.append(reference) }
    guard let worst = references.indices.max(by: { references[$0].priority < references[$1].priority }),
      priority < references[worst].priority
    else { return }
    references[worst] = reference
  }

  // MARK: Texts and state

  var readsTexts: Bool { true }

  mutating func learn(_ captions: [NewCaption]) {
    for caption in captions {
      if !isSettled { texts[caption.id] = caption.bytes }
      for place in references.indices where references[place].caption == 0 && references[place].text == caption.bytes {
        references[place].caption = caption.id
      }
    }
  }

  var state: RewardTransformState? { .references(references.compactMap(\.text)) }

  mutating func restore(_ state: RewardTransformState) -> Bool {
    guard case .references(let saved) = state, !saved.isEmpty else { return false }
    references = saved.prefix(maximumCount).map { Reference(caption: 0, text: $0, priority: 0) }
    isSettled = true
    return true
  }

  var facts: [RewardFact: Double] {
    scores.isEmpty ? [:] : [.reference: Double(scores.reduce(0, +)) / Double(scores.count)]
  }
}
