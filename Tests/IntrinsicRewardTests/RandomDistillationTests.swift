import Runtime
import Tensor
import Testing

@testable import IntrinsicReward

@Suite struct RandomDistillationTests {
  private static let columns = 2
  private let reader = ObservationReader([
    ObservationReader.Field(offset: 0, count: 3, type: .uint8),
    ObservationReader.Field(offset: 5, count: 2, type: .float32),
  ])
  private static let rowByteCount = 16

  /// An unroll [T + 1, 2] whose rows all hold `value` and a little noise.
  private func rows(_ values: [Float], seed: UInt64 = 1) -> [UInt8] {
    var generator = RandomGenerator(seed: seed)
    return values.flatMap { value in
      (0..<Self.columns).flatMap { _ -> [UInt8] in
        var row = [UInt8](repeating: 0, count: Self.rowByteCount)
        for i in 0..<3 { row[i] = UInt8(value) &+ UInt8(generator.below(4)) }
        row.withUnsafeMutableBytes { bytes in
          for i in 0..<2 { bytes.storeBytes(of: value + generator.uniform(), toByteOffset: 5 + 4 * i, as: Float.self) }
        }
        return row
      }
    }
  }

  private func scores(
    _ model: RandomDistillationReward, _ observations: [UInt8], flags: [UInt8]? = nil
  ) -> [Float] {
    let steps = observations.count / Self.rowByteCount / Self.columns - 1
    let count = steps * Self.columns
    var scores = [Float](repeating: 0, count: count)
    observations.withUnsafeBytes { bytes in
      model.score(
        RewardInputs(
          group: 0, steps: steps, columns: Self.columns, rewards: [Float](repeating: 0, count: count),
          flags: flags ?? [UInt8](repeating: 0, count: count), captions: [UInt32](repeating: 0, count: count),
          captionCounts: [UInt16](repeating: 0, count: count), observations: bytes.baseAddress,
          rowByteCount: Self.rowByteCount), into: &scores)
    }
    return scores
  }

  private func model(seed: UInt64 = 1) -> RandomDistillationReward {
    var options = RandomDistillationOptions()
    options.width = 16
    options.share = 1
    options.learningRate = 3e-3
    options.seed = seed
    return RandomDistillationReward(options, reader: reader)
  }

  @Test func readsNumbersOfAnyType() {
    var row = [UInt8](repeating: 0, count: 40)
    row[1] = 200
    let reader = ObservationReader([
      .init(offset: 1, count: 1, type: .uint8), .init(offset: 1, count: 1, type: .int8),
      .init(offset: 3, count: 2, type: .int16), .init(offset: 9, count: 1, type: .float32),
      .init(offset: 13, count: 1, type: .int32), .init(offset: 17, count: 1, type: .int64),
    ])
    row.withUnsafeMutableBytes { bytes in
      bytes.storeBytes(of: -300, toByteOffset: 3, as: Int16.self)
      bytes.storeBytes(of: 7, toByteOffset: 5, as: Int16.self)
      bytes.storeBytes(of: 2.5, toByteOffset: 9, as: Float.self)
      bytes.storeBytes(of: -70_000, toByteOffset: 13, as: Int32.self)
      bytes.storeBytes(of: 9, toByteOffset: 17, as: Int64.self)
    }
    var numbers = [Float](repeating: 0, count: reader.count)
    row.withUnsafeBytes { reader.read($0.baseAddress!, into: &numbers) }
    #expect(numbers == [200, -56, -300, 7, 2.5, -70_000, 9])
  }

  @Test func momentsAreThoseOfAllRows() {
    var generator = RandomGenerator(seed: 4)
    let values = (0..<60).map { _ in 3 * generator.uniform() }
    let moments = ElementMoments(count: 2)
    values.withUnsafeBufferPointer { buffer in
      guard let first = buffer.baseAddress else { return }
      moments.merge(Matrix(first, rows: 10, columns: 2))
      moments.merge(Matrix(first + 20, rows: 20, columns: 2))
    }
    for element in 0..<2 {
      let column = stride(from: element, to: 60, by: 2).map { values[$0] }
      let mean = column.reduce(0, +) / 30
      let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 30
      #expect(abs(moments.values.pointer[element] - mean) < 1e-5)
      #expect(abs(moments.values.pointer[2 + element] - variance) < 1e-5)
    }
    var row: [Float] = [100, moments.values.pointer[1]]
    row.withUnsafeMutableBufferPointer { moments.standardise(MutableMatrix($0.baseAddress!, rows: 1, columns: 2)) }
    #expect(row == [ElementMoments.clip, 0])
  }

  /// The gradient of the mean error compared with central differences.
  @Test func errorsFallAlongTheirGradient() {
    let (predicted, wanted): ([Float], [Float]) = ([1, 2, 3, -1, 0, 2], [0, 2, 1, 1, 0.5, 2])
    func loss(_ predicted: [Float]) -> Float {
      RandomDistillationNetworks.errors(
        Matrix(predicted, rows: 2, columns: 3), Matrix(wanted, rows: 2, columns: 3)
      ).reduce(0, +) / 2
    }
    var gradients = [Float](repeating: 0, count: 6)
    gradients.withUnsafeMutableBufferPointer {
      RandomDistillationNetworks.differentiate(
        Matrix(predicted, rows: 2, columns: 3), Matrix(wanted, rows: 2, columns: 3),
        into: MutableMatrix($0.baseAddress!, rows: 2, columns: 3))
    }
    for i in 0..<6 {
      var (up, down) = (predicted, predicted)
      up[i] += 0.01
      down[i] -= 0.01
      #expect(abs(gradients[i] - (loss(up) - loss(down)) / 0.02) < 1e-3)
    }
  }

  @Test func whatWasSeenOftenPaysLess() throws {
    let model = model()
    // One row in a hundred is of the other kind, so that the moments cover both kinds.
    for round in 0..<300 { _ = scores(model, rows(round % 100 == 0 ? [20, 20] : [20, 60, 20], seed: UInt64(round))) }
    let seen = scores(model, rows([20, 20, 20], seed: 999)).reduce(0, +) / 4
    let novel = scores(model, rows([200, 200, 200], seed: 999)).reduce(0, +) / 4
    #expect(novel > 3 * seen && seen > 0)
    #expect(try #require(model.statistics).steps > 250 && model.statistics?.skippedSteps == 0)
  }

  /// A step that ends an episode has no score, because the next row belongs to the next episode; without observations
  /// no step has a score.
  @Test func endsOfEpisodesHaveNoScore() {
    let model = model()
    let scored = scores(model, rows([1, 2, 3]), flags: [1, 0, 4, 2])
    #expect(scored[0].isNaN && !scored[1].isNaN && !scored[2].isNaN && scored[3].isNaN)
    // No step can be scored.
    #expect(scores(model, rows([1, 2]), flags: [1, 2]).allSatisfy { $0.isNaN })
    var unknown: [Float] = [0]
    model.score(
      RewardInputs(group: 0, steps: 1, columns: 1, rewards: [0], flags: [0], captions: [0], captionCounts: [0]),
      into: &unknown)
    #expect(unknown[0].isNaN)
  }

  @Test func aBatchKeepsWhatIsDrawnInItsOrder() {
    let bytes = [UInt8](0..<10)
    let batch = DistillationBatch(
      reader: ObservationReader([.init(offset: 0, count: 2, type: .uint8)]), width: 1, chunk: 2)
    bytes.withUnsafeBytes { bytes in
      batch.read((0..<5).map { bytes.baseAddress! + 2 * $0 })
    }
    for row in 0..<5 { batch.targets.row(row)[0] = Float(-row) }
    #expect(batch.chunks == [0..<2, 2..<4, 4..<5])
    var draws = [false, true, false, true, true].makeIterator()
    batch.keep { draws.next() ?? false }
    #expect(batch.count == 3 && batch.chunks == [0..<2, 2..<3])
    #expect((0..<3).map { batch.observations.row($0)[1] } == [3, 7, 9])
    #expect((0..<3).map { batch.targets.row($0)[0] } == [-1, -3, -4])
  }

  @Test func anUnrollMayBeLongerThanWhatIsComputedTogether() {
    let model = model()
    let scored = scores(model, rows([Float](repeating: 7, count: 201)))
    #expect(scored.count == 400 && scored.allSatisfy { $0 > 0 && $0.isFinite })
    #expect(model.version == 2)
  }

  @Test func aRestoredModelGoesOnTheSame() throws {
    let first = model()
    for round in 0..<5 { _ = scores(first, rows([1, 50, 9], seed: UInt64(round))) }
    let state = try #require(first.state as? RandomDistillationState)
    let restored = model(seed: 77)
    restored.restore(state)
    for round in 5..<8 {
      let observations = rows([7, 3, 90], seed: UInt64(round))
      #expect(scores(first, observations) == scores(restored, observations))
    }
    #expect(first.version == 8 && restored.version == 8)
    // A model of another width starts from scratch.
    var options = RandomDistillationOptions()
    options.width = 8
    let other = RandomDistillationReward(options, reader: reader)
    other.restore(state)
    #expect(other.version == 0)
  }
}
