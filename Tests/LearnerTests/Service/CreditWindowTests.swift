import Testing

@testable import Learner

struct CreditWindowTests {
  /// Workers and a trainer in simulated time: unrolls come at a rate that depends on how many are in flight. Unrolls have 8
  /// frames, batches 16, and the queue holds 256 unrolls.
  private struct Plant {
    var window = CreditWindow(unrollFrames: 8, batchFrames: 16, queueBatches: 2, capacity: 2048)
    /// Unrolls that the workers together want to have in flight.
    var wanted: Int
    /// Unrolls per second with so many in flight.
    var rate: (Int) -> Double
    var now = 0.0

    mutating func run(seconds: Double) {
      let end = now + seconds
      while now < end {
        let inFlight = min(window.size, wanted)
        now += 2 / rate(inFlight)
        window.took(
          unrolls: 2, waited: true, queued: 16, inFlight: inFlight, isWanted: wanted > inFlight, now: now)
      }
    }
  }

  /// Shared processors: the rate is the same however many play.
  @Test func findsTheFewestThatKeepTheRate() {
    var plant = Plant(wanted: 64) { _ in 200 }
    plant.run(seconds: 30)
    #expect(plant.window.size <= 6)
    var limited = Plant(wanted: 64) { 20 * Double(min($0, 16)) }
    limited.run(seconds: 60)
    #expect((14...34).contains(limited.window.size))
  }

  /// Slow environments: every unroll in flight adds to the rate.
  @Test func keepsAllThatAddToTheRate() {
    var plant = Plant(wanted: 64) { Double($0) }
    for _ in 0..<20 {
      plant.run(seconds: 10)
      #expect(min(plant.window.size, 64) >= 44, "a trial costs a part of the rate for one period")
    }
  }

  @Test func growsWhenMoreWorkersComeOrEnvironmentsGetSlower() {
    var plant = Plant(wanted: 64) { _ in 200 }
    plant.run(seconds: 30)
    plant.rate = { 3 * Double($0) }
    plant.run(seconds: 120)
    #expect(plant.window.size > 40)
  }

  /// A busy trainer: whatever is in flight beyond the batch that is trained waits in the queue.
  @Test func aBusyTrainerKeepsTheConfiguredBatches() {
    var window = CreditWindow(unrollFrames: 8, batchFrames: 16, queueBatches: 2, capacity: 2048)
    #expect(window.size == 256 && window.minimum == 4)
    for step in 0..<400 {
      let inFlight = window.size
      window.took(
        unrolls: 2, waited: false, queued: 8 * inFlight, inFlight: inFlight, isWanted: true, now: Double(step) / 1e6)
    }
    #expect(window.size == 4)
  }

  /// Slow workers that are in step send all their unrolls at once, and the trainer waits for the next time.
  @Test func aBurstIsNoSurplus() {
    var window = CreditWindow(unrollFrames: 8, batchFrames: 16, queueBatches: 2, capacity: 2048)
    let workers = 32
    for cycle in 0..<100 {
      let inFlight = min(window.size, workers)
      for taken in stride(from: 0, to: inFlight, by: 2) {
        window.took(
          unrolls: 2, waited: taken == 0, queued: 8 * (inFlight - taken), inFlight: inFlight,
          isWanted: inFlight < workers, now: 3 * Double(cycle) + 0.005 * Double(taken))
      }
      #expect(min(window.size, workers) >= 20, "cycle \(cycle)")
    }
  }

  /// Credits may lie with workers that do not play: a trainer that waits gets others after a while, not at every look.
  @Test func aStarvingTrainerGetsMore() {
    var plant = Plant(wanted: 64) { _ in 200 }
    plant.run(seconds: 30)
    let size = plant.window.size
    plant.window.starves(isWanted: true, now: plant.now + 0.1)
    #expect(plant.window.size == size)
    plant.window.starves(isWanted: false, now: plant.now + 100)
    #expect(plant.window.size == size)
    for second in 1...100 { plant.window.starves(isWanted: true, now: plant.now + 2 * Double(second)) }
    #expect(plant.window.size == 256)
  }

  /// One unroll may be larger than a batch, or than the queue.
  @Test func sizesAreSensibleForEveryBatch() {
    for (unroll, batch, capacity) in [(64, 16, 512), (64, 16, 8), (1, 1000, 10)] {
      let window = CreditWindow(unrollFrames: unroll, batchFrames: batch, queueBatches: 1, capacity: capacity)
      #expect(window.minimum >= 1 && window.minimum <= window.maximum)
    }
  }
}
