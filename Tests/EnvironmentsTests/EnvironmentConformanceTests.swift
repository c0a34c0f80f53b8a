import EnvironmentChecks
import Environments
import Runtime
import Tensor
import TestSupport
import Testing
import Trajectories

/// The conformance check finds every way of breaking the contract, and accepts what keeps it.
@Suite struct EnvironmentConformanceTests {
  @Test(arguments: FaultyEnvironment.Fault.allCases)
  func aFaultIsFound(_ fault: FaultyEnvironment.Fault) throws {
    var options = EnvironmentOptions(task: "Faulty", maximumEpisodeSteps: 20)
    if fault == .none { options.maximumEpisodeSteps = nil }
    let check = EnvironmentConformance(entry: FaultyEnvironment.entry(fault), options: options, maximumSteps: 50)
    let violations = try check.violations()
    #expect(violations.isEmpty == (fault == .none), "\(violations)")
    // What was in the memory before may also be out of range.
    let sign = fault == .unwrittenField ? "field number" : fault.sign
    #expect(violations.allSatisfy { $0.contains(sign) }, "\(violations)")
    #expect(violations.count <= EnvironmentConformance.maximumViolations)
  }

  @Test(arguments: [nil, 1, 7] as [Int?])
  func captionGridConforms(maximumEpisodeSteps: Int?) throws {
    for layouts in [0, 3] {
      let options = EnvironmentOptions(
        task: "CaptionGrid", maximumEpisodeSteps: maximumEpisodeSteps, settings: ["layouts": .integer(layouts)],
        observationKeys: ["caption"])
      let check = EnvironmentConformance(entry: CaptionGrid.entry, options: options, seeds: Array(0..<50))
      #expect(try check.violations() == [])
    }
  }

  @Test(arguments: [nil, 1, 7] as [Int?])
  func cartPoleConforms(maximumEpisodeSteps: Int?) throws {
    let options = EnvironmentOptions(task: "CartPole", maximumEpisodeSteps: maximumEpisodeSteps)
    let check = EnvironmentConformance(entry: CartPole.entry, options: options, seeds: Array(0..<20))
    #expect(try check.violations() == [])
  }

  @Test func corridorConforms() throws {
    #expect(try EnvironmentConformance(entry: Corridor.entry).violations() == [])
  }
}

/// An environment of 20 steps with one fault of the test's choice.
final class FaultyEnvironment: Environment {
  enum Fault: CaseIterable {
    case none, unseeded, leftOver, unwrittenField, unwrittenCaption, cardinality, notANumber, bothEnds, earlySuccess
    case infiniteReward, zeroInCaption, outsideRow, otherSpecification, wrongScales, endless

    /// What the sentence about the fault says.
    var sign: String {
      switch self {
      case .none: ""
      case .unseeded, .leftOver, .unwrittenField: "field number differs"
      case .unwrittenCaption: "caption \"stale caption\" is not"
      case .cardinality: "cardinality is 4"
      case .notANumber: "field number holds nan"
      case .bothEnds: "both terminated and truncated"
      case .earlySuccess: "succeeded before"
      case .infiniteReward: "reward inf"
      case .zeroInCaption: "zero byte"
      case .outsideRow: "outside its row"
      case .otherSpecification: "specification"
      case .wrongScales: "3 scales"
      case .endless: "beyond its limit of 20"
      }
    }
  }

  let specification: EnvironmentSpecification
  private let fault: Fault
  private let instance: Int
  private var total = 0
  private var stepCount = 0
  private var generator = RandomGenerator(seed: 0)

  private init(_ fault: Fault, instance: Int) {
    self.fault = fault
    self.instance = instance
    specification = Self.specification(fault, actionCount: fault == .otherSpecification ? 5 : 2)
  }

  static func specification(_ fault: Fault, actionCount: Int = 2) -> EnvironmentSpecification {
    EnvironmentSpecification(
      name: "Faulty",
      observation: ObservationLayout([
        ObservationField("kind", .int16, [3], .categorical(cardinality: 4)),
        ObservationField(
          "number", .float32, [2], .numeric(scale: fault == .wrongScales ? [1, 1, 1] : [1])),
      ]), actionCount: actionCount)
  }

  static func entry(_ fault: Fault) -> EnvironmentEntry {
    let instances = Counter()
    return EnvironmentEntry(
      name: "Faulty", summary: "", specification: { _ in specification(fault) },
      make: { _ in FaultyEnvironment(fault, instance: instances.next()) })
  }

  func reset(seed: UInt64, into output: StepOutput) {
    generator = RandomGenerator(seed: seed)
    stepCount = 0
    if fault != .leftOver { total = 0 }
    write(into: output)
  }

  func step(_ action: Int, into output: StepOutput) -> Transition {
    stepCount += 1
    total += action
    write(into: output)
    var transition = Transition(reward: 0, truncated: stepCount >= 20 && fault != .endless)
    if fault == .bothEnds, stepCount == 20 { transition.terminated = true }
    if fault == .earlySuccess { transition.succeeded = true }
    if fault == .infiniteReward { transition.reward = .infinity }
    return transition
  }

  private func write(into output: StepOutput) {
    let kinds = output.field(at: 0, as: Int16.self, count: 3)
    for index in 0..<3 { kinds[index] = Int16(generator.below(4)) }
    if fault == .cardinality { kinds[1] = 4 }
    let numbers = output.field(at: 8, as: Float.self, count: 2)
    numbers[0] = Float(total) + (fault == .unseeded ? Float(instance) : 0)
    if fault != .unwrittenField { numbers[1] = fault == .notANumber ? .nan : 1 }
    if fault == .outsideRow { numbers.baseAddress?[2] = 1 }
    if fault != .unwrittenCaption { output.caption.set(fault == .zeroInCaption ? "a\0b" : "step") }
  }
}

/// Numbers the instances of one entry. Used by one thread at a time: the conformance check makes them in turn.
private final class Counter: @unchecked Sendable {
  private var value = 0

  func next() -> Int {
    value += 1
    return value
  }
}
