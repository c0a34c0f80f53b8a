import Runtime
import Tensor

/// One way to weigh the pairs that a ranking learns from, by what the model says of them. A method is one file that adopts
/// this, and a case where `CaptionLearner` makes them; the weights of all that are active are multiplied.
protocol PairWeight: Sendable {
  /// What the rest of a pair's weight, 1 - w, goes to.
  var rest: PairWeightRest { get }
  /// Passes with units left out that it wants to see of each pair; 0 = none.
  var passes: Int { get }
  /// The number that must survive a restart, if there is one.
  var saved: Float? { get set }

  /// The weight of each pair, 0 ... 1.
  mutating func weights(of pairs: [RewardPair], _ outputs: PairOutputs, generator: inout RandomGenerator) -> [Float]

  /// A new version has scored all captions.
  /// - Parameters:
  ///   - old: margins of the version before, by caption id; the first is of no caption.
  ///   - new: those of the new version, as many or more.
  mutating func versionChanged(from old: [Float], to new: [Float])
}

extension PairWeight {
  var passes: Int { 0 }
  var saved: Float? {
    get { nil }
    set {}
  }
  mutating func versionChanged(from old: [Float], to new: [Float]) {}
}

/// Where the rest of a pair's weight goes.
enum PairWeightRest: Sendable {
  /// To nothing: the pair counts less.
  case nothing
  /// To the opposite preference.
  case opposite
}

/// What the model says of the texts of a group.
struct PairOutputs {
  /// Margins in the step's own pass, [heads][texts].
  var heads: [[Float]] = []
  /// Margins in further passes with units left out, means over the heads, [passes][texts].
  var passes: [[Float]] = []
}

extension RewardExamples {
  /// Weighs the pairs: with `rest` nothing the loss of pair i counts w_i times, with the opposite it becomes
  ///
  ///     w_i BT(a > b) + (1 - w_i) BT(b > a)
  ///
  /// which is Bradley and Terry's loss with the target w_i y_i + (1 - w_i)(1 - y_i).
  mutating func weigh(_ weights: [Float], rest: PairWeightRest) {
    switch rest {
    case .opposite:
      for (index, w) in weights.enumerated() {
        pairs[index].target = w * pairs[index].target + (1 - w) * (1 - pairs[index].target)
      }
    case .nothing:
      if self.weights.isEmpty { self.weights = Array(repeating: 1, count: pairs.count) }
      for (index, w) in weights.enumerated() { self.weights[index] *= w }
    }
  }
}
