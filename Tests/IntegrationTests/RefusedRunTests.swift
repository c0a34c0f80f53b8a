import TestSupport
import Testing

@Suite struct RefusedRunTests {
  /// Who corrects what was refused starts again under the same name.
  @Test func aRefusedRunLeavesItsNameFree() throws {
    let folder = try TemporaryDirectory()
    var configuration = SmallRun.grid(seed: 1, steps: 1000)
    configuration.reward.model = .classification
    configuration.reward.frozen = true
    configuration.reward.pretrainSteps = 10
    #expect {
      try SmallRun.serial(configuration, in: folder)
    } throws: {
      "\($0)".contains("holds nothing to learn from")
    }
    configuration.reward.frozen = false
    configuration.reward.pretrainSteps = 0
    let run = try SmallRun.serial(configuration, in: folder)
    try run.run(until: { nil })
  }
}
