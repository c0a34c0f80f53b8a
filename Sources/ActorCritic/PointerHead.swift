import NeuralNetwork
import Tensor
import Trajectories

/// Turns the outputs of a policy's last layer into logits where actions point at things of the observation.
///
/// For a factor that chooses from a set, the last layer computes a query [K], and the logit of a thing is the product of the
/// query with the thing's key, over the square root of K (Vinyals et al. 2015). Keys are sums of embeddings of the thing's
/// categories, so that a policy learns about kinds of things and not about places in a list. All factors of a set share its
/// keys. The logits of other factors are the outputs themselves.
struct PointerHead: Sendable {
  /// K
  private static let keySize = 16
  private static let scale = 1 / Float(keySize).squareRoot()

  private struct Factor: Sendable {
    /// Index in `sets`; nil for a factor that chooses from no set.
    let set: Int?
    /// Choices.
    let count: Int
    /// The factor's first column among the outputs, and among the logits.
    let output: Int
    let logit: Int
  }

  private let sets: [SetMembers]
  private let factors: [Factor]

  /// The head as data.
  var blueprint: NetworkBlueprint.Pointers {
    .init(
      sets: sets.map(\.blueprint), factors: factors.map { .init(set: $0.set, count: $0.count) }, keySize: Self.keySize,
      scale: Self.scale)
  }
  /// Q: outputs of the last layer.
  let outputCount: Int
  /// P: logits.
  let logitCount: Int

  /// Floats of scratch memory: a key and its gradient.
  static let scratchCount = 2 * keySize

  /// nil if no factor points at anything.
  /// - Throws: `PolicyNetworkError` that names the factor whose set has another number of things.
  init?(
    _ structure: ActionStructure?, _ space: ActionSpace, _ observation: ObservationLayout,
    in layout: inout ParameterLayout
  ) throws {
    guard let structure, structure.sets.contains(where: { $0 != nil }) else { return nil }
    var (names, sets, factors): ([String], [SetMembers], [Factor]) = ([], [], [])
    var (output, logit) = (0, 0)
    for (factor, count) in space.counts.enumerated() {
      var set: Int?
      if let name = structure.sets[factor] {
        if !names.contains(name) {
          names.append(name)
          sets.append(try SetMembers(name, of: observation, "policy.\(name)", size: Self.keySize, in: &layout))
        }
        set = names.firstIndex(of: name)
        guard let set, sets[set].capacity == count else {
          throw PolicyNetworkError("factor \(factor) has \(count) choices, unlike the set \(name)")
        }
      }
      factors.append(Factor(set: set, count: count, output: output, logit: logit))
      output += set == nil ? count : Self.keySize
      logit += count
    }
    self.sets = sets
    self.factors = factors
    outputCount = output
    logitCount = logit
  }

  /// Computes logits [count, P] from outputs [count, Q]. Where a set has no thing, the logit is 0; a mask excludes it.
  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, count: Int, outputs: UnsafePointer<Float>,
    into logits: UnsafeMutablePointer<Float>, weights: Weights, scratch key: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<count {
      let (x, y) = (outputs + row * outputCount, logits + row * logitCount)
      for factor in factors {
        if factor.set == nil {
          Rows.copy(x + factor.output, to: y + factor.logit, count: factor.count)
        } else {
          (y + factor.logit).update(repeating: 0, count: factor.count)
        }
      }
      for (index, set) in sets.enumerated() {
        for thing in 0..<set.capacity where set.has(thing, rows[row]) {
          set.read(thing, rows[row], into: key, weights.parameters)
          for factor in factors where factor.set == index {
            y[factor.logit + thing] = Self.scale * Self.product(x + factor.output, key)
          }
        }
      }
    }
  }

  /// Writes d loss / d outputs [count, Q], and adds the gradients of the keys' tables.
  /// - Parameters:
  ///   - outputs: those of `forward`.
  ///   - logitGradients: d loss / d logits [count, P].
  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, count: Int, outputs: UnsafePointer<Float>,
    logitGradients: UnsafePointer<Float>, outputGradients: UnsafeMutablePointer<Float>, weights: Weights,
    gradients: UnsafeMutablePointer<Float>, scratch key: UnsafeMutablePointer<Float>
  ) {
    let keyGradient = key + Self.keySize
    for row in 0..<count {
      let (x, slope) = (outputs + row * outputCount, logitGradients + row * logitCount)
      let result = outputGradients + row * outputCount
      for factor in factors {
        if factor.set == nil {
          Rows.copy(slope + factor.logit, to: result + factor.output, count: factor.count)
        } else {
          (result + factor.output).update(repeating: 0, count: Self.keySize)
        }
      }
      for (index, set) in sets.enumerated() {
        for thing in 0..<set.capacity where set.has(thing, rows[row]) {
          var isRead = false
          for factor in factors where factor.set == index && slope[factor.logit + thing] != 0 {
            if !isRead {
              set.read(thing, rows[row], into: key, weights.parameters)
              keyGradient.update(repeating: 0, count: Self.keySize)
              isRead = true
            }
            let scaled = Self.scale * slope[factor.logit + thing]
            for i in 0..<Self.keySize {
              result[factor.output + i] += scaled * key[i]
              keyGradient[i] += scaled * x[factor.output + i]
            }
          }
          if isRead { set.addGradient(thing, rows[row], keyGradient, to: gradients) }
        }
      }
    }
  }

  @inline(__always)
  private static func product(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Float {
    let first = UnsafeRawPointer(a).loadUnaligned(as: SIMD16<Float>.self)
    return (first * UnsafeRawPointer(b).loadUnaligned(as: SIMD16<Float>.self)).sum()
  }
}
