import Runtime
import Testing

@testable import IntrinsicReward

@Suite struct EpisodeMatricesTests {
  /// fᵀ C⁻¹ f by elimination on [C | f], in Float64.
  private func bonus(_ features: [Float], after earlier: [[Float]], ridge: Double) -> Double {
    let width = features.count
    var rows = (0..<width).map { i in
      (0..<width).map { j in
        earlier.reduce(i == j ? ridge : 0) { $0 + Double($1[i]) * Double($1[j]) }
      } + [Double(features[i])]
    }
    for pivot in 0..<width {
      for other in 0..<width where other != pivot {
        let factor = rows[other][pivot] / rows[pivot][pivot]
        for j in 0...width { rows[other][j] -= factor * rows[pivot][j] }
      }
    }
    return (0..<width).reduce(0) { $0 + Double(features[$1]) * rows[$1][width] / rows[$1][$1] }
  }

  private func vector(_ width: Int, _ generator: inout RandomGenerator) -> [Float] {
    (0..<width).map { _ in 2 * generator.uniform() - 1 }
  }

  @Test(arguments: [(1, 0.1), (3, 0.1), (8, 2), (17, 1e-3)])
  func bonusesAreThoseOfTheExplicitInverse(width: Int, ridge: Double) {
    var generator = RandomGenerator(seed: 3)
    let matrices = EpisodeMatrices(width: width, columns: 2, ridge: ridge)
    for _ in 0..<3 {
      var earlier: [[Float]] = []
      for _ in 0..<40 {
        let features = vector(width, &generator)
        // The other environment's episode makes no difference.
        _ = matrices.visit(vector(width, &generator), column: 0)
        let expected = bonus(features, after: earlier, ridge: ridge)
        let found = Double(matrices.visit(features, column: 1))
        #expect(abs(found - expected) <= 1e-5 * max(1e-3, expected))
        earlier.append(features)
      }
      matrices.reset(1)
    }
  }

  /// A hundred thousand steps later the bonus is still that of the sum, which is known for features of one direction each.
  @Test func roundingDoesNotAccumulate() {
    let (width, visits) = (6, 20_000)
    let matrices = EpisodeMatrices(width: width, columns: 1, ridge: 0.1)
    var features = [Float](repeating: 0, count: width)
    for _ in 0..<visits {
      for i in 0..<width - 1 {
        features[i] = 1
        _ = matrices.visit(features, column: 0)
        features[i] = 0
      }
    }
    features[2] = 1
    let familiar = Double(matrices.visit(features, column: 0)) * (Double(visits) + 0.1)
    features = [0, 0, 0, 0, 0, 1]
    #expect(abs(familiar - 1) < 1e-4)
    #expect(matrices.visit(features, column: 0) == 10)
  }

  @Test func featuresThatAreNotFiniteChangeNothing() {
    let (matrices, others) = (
      EpisodeMatrices(width: 2, columns: 1, ridge: 1), EpisodeMatrices(width: 2, columns: 1, ridge: 1)
    )
    for features in [[Float.nan, 1], [.infinity, 1], [1, -.infinity]] {
      #expect(matrices.visit(features, column: 0).isNaN)
    }
    #expect(matrices.visit([1, 2], column: 0) == others.visit([1, 2], column: 0))
  }

  @Test func groupsKeepTheirMatrices() {
    var store = EpisodeMatrixStore(width: 2, ridge: 1)
    let first = store.matrices(of: 1, columns: 3)
    #expect(first.visit([1, 0], column: 2) == 1)
    #expect(store.matrices(of: 2, columns: 3).visit([1, 0], column: 2) == 1)
    #expect(store.matrices(of: 1, columns: 3).visit([1, 0], column: 2) == 0.5)
    // A group of another size is another group.
    #expect(store.matrices(of: 1, columns: 2).visit([1, 0], column: 1) == 1)
    #expect(store.count == 2)
  }

  @Test func theStoreIsBounded() {
    let bytes = EpisodeMatrixStore.bytes(width: 4, columns: 5)
    #expect(bytes == 5 * 16 * 8)
    var store = EpisodeMatrixStore(width: 4, ridge: 1, maximumBytes: 3 * bytes)
    for group in [1, 2, 3, 1, 4] as [UInt64] {
      _ = store.matrices(of: group, columns: 5).visit([1, 0, 0, 0], column: 0)
    }
    #expect(store.count == 3)
    // The second group was silent longest, so it made room for the fourth.
    #expect(store.matrices(of: 1, columns: 5).visit([1, 0, 0, 0], column: 0) < 0.5)
    #expect(store.matrices(of: 2, columns: 5).visit([1, 0, 0, 0], column: 0) == 1)
    // There is room for one group, however large.
    var narrow = EpisodeMatrixStore(width: 4, ridge: 1, maximumBytes: 1)
    for group in 0..<3 as Range<UInt64> { _ = narrow.matrices(of: group, columns: 5) }
    #expect(narrow.count == 1)
  }

  @Test func aGroupWhoseWorkerHasLeftIsDropped() {
    var store = EpisodeMatrixStore(width: 1, ridge: 1)
    _ = store.matrices(of: 1, columns: 1)
    for _ in 0...2 * EpisodeMatrixStore.silentRounds { _ = store.matrices(of: 2, columns: 1) }
    #expect(store.count == 2)
    _ = store.matrices(of: 3, columns: 1)
    #expect(store.count == 2)
  }
}
