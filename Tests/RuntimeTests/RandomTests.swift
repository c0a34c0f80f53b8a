import Runtime
import Testing

@Suite struct RandomGeneratorTests {
  @Test func splitMixMatchesThePublishedStream() {
    var mixer = SplitMix64(seed: 1_234_567)
    let stream = (0..<3).map { _ in mixer.next() }
    #expect(stream == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
  }

  @Test func savedStateContinuesTheStream() {
    var generator = RandomGenerator(seed: 3)
    _ = generator.next()
    var restored = RandomGenerator(seed: 99)
    restored.state = generator.state
    #expect((0..<10).map { _ in generator.next() } == (0..<10).map { _ in restored.next() })
  }

  @Test func uniformsLieInTheirRangeAndFillIt() {
    var generator = RandomGenerator(seed: 5)
    let values = (0..<10_000).map { _ in generator.uniform() }
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(abs(values.reduce(0, +) / 10_000 - 0.5) < 0.02)
    var counts = [Int](repeating: 0, count: 6)
    for _ in 0..<6000 { counts[generator.below(6)] += 1 }
    #expect(counts.allSatisfy { $0 > 850 && $0 < 1150 })
  }
}
