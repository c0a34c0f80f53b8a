import Foundation
import Runtime
import Statistics
import Testing

@Suite struct RunningMomentsTests {
  /// `count` values around `mean`.
  private func values(_ count: Int, mean: Float, _ generator: inout RandomGenerator) -> [Float] {
    (0..<count).map { _ in mean + generator.uniform() }
  }

  private func merge(_ values: [Float], into moments: inout RunningMoments) {
    values.withUnsafeBufferPointer { moments.merge($0) }
  }

  @Test func knowsNothingBeforeTheFirstValue() {
    var moments = RunningMoments()
    #expect(moments.variance == nil)
    merge([], into: &moments)
    #expect(moments.variance == nil)
    merge([4], into: &moments)
    #expect(moments.variance == 0)
    #expect(moments.mean == 4)
  }

  @Test func batchesOfAnySizeGiveTheMomentsOfTheWhole() throws {
    var generator = RandomGenerator(seed: 5)
    for _ in 0..<20 {
      // A large mean with a small deviation is where the textbook formula E[x^2] - E[x]^2 fails.
      let all = values(2000, mean: 1000, &generator)
      var moments = RunningMoments()
      var start = 0
      while start < all.count {
        let end = min(all.count, start + 1 + generator.below(100))
        merge(Array(all[start..<end]), into: &moments)
        start = end
      }
      let mean = all.reduce(0) { $0 + Double($1) } / Double(all.count)
      let variance = all.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(all.count)
      #expect(moments.count == Double(all.count))
      #expect(abs(moments.mean - mean) < 1e-9)
      #expect(abs(try #require(moments.variance) - variance) < 1e-10)
    }
  }

  @Test func decayFollowsAStreamThatChanges() throws {
    var generator = RandomGenerator(seed: 6)
    var forgetful = RunningMoments(decay: 0.9)
    var faithful = RunningMoments()
    for batch in 0..<400 {
      let some = values(10, mean: batch < 200 ? 0 : 100, &generator)
      merge(some, into: &forgetful)
      merge(some, into: &faithful)
    }
    #expect(abs(forgetful.mean - 100.5) < 0.3)
    #expect(try #require(forgetful.variance) < 0.2)
    #expect(abs(faithful.mean - 50.5) < 0.3)
  }

  @Test func decayWeighsBatchesGeometrically() {
    var moments = RunningMoments(decay: 0.5)
    merge([1], into: &moments)
    merge([2], into: &moments)
    merge([4], into: &moments)
    #expect(moments.count == 1.75)
    #expect(abs(moments.mean - (0.25 * 1 + 0.5 * 2 + 4) / 1.75) < 1e-12)
  }

  @Test func valuesThatAreNotFiniteAreLeftOut() {
    var moments = RunningMoments()
    merge([1, .nan, 3, .infinity], into: &moments)
    #expect(moments.count == 2)
    #expect(moments.mean == 2)
    #expect(moments.variance == 1)
  }

  @Test func savedMomentsContinueExactly() throws {
    var generator = RandomGenerator(seed: 7)
    var moments = RunningMoments(decay: 0.99)
    merge(values(33, mean: 3, &generator), into: &moments)
    var restored = try JSONDecoder().decode(RunningMoments.self, from: JSONEncoder().encode(moments))
    #expect(restored == moments)
    let more = values(10, mean: 1, &generator)
    merge(more, into: &moments)
    merge(more, into: &restored)
    #expect(restored == moments)
  }
}
