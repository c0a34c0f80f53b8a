import Configuration
import IntrinsicReward
import RewardPrograms
import Testing
import Trajectories

@testable import Assembly

@Suite struct ProgramRewardTests {
  private func plan(_ program: String) throws -> RunPlan {
    try RunPlan(
      Registries.standard.configuration(overrides: [
        "environment.task=CaptionGrid", "annotator.kind=none", "reward.model=program", "reward.program=\(program)",
      ]))
  }

  @Test func aProgramOfSeveralLinesIsAModel() throws {
    let plan = try plan("let key = contains(caption, \"a key\")\nreward = 0.5 * key")
    #expect(plan.makeRewardModel(inline: true) is ProgramReward)
    // The text survives the file of the run.
    let again = try Registries.standard.configuration(toml: plan.configuration.tomlText(), fileName: "config.toml")
    #expect(again.reward.program == plan.configuration.reward.program)
  }

  @Test(arguments: [
    ("", "\"reward.program\": the program is empty"), ("reward = 1 +", "\"reward.program\": line 1: expected a value"),
    ("x = 1\nreward = before.hitpoints", "\"reward.program\": line 2: there is no field \"hitpoints\""),
  ])
  func aTextThatIsNoProgramIsRefused(text: String, problem: String) {
    let error = #expect(throws: ConfigurationError.self) { try plan(text) }
    #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
  }

  @Test func programsNeedTheirModel() {
    let error = #expect(throws: ConfigurationError.self) {
      try RunPlan(
        Registries.standard.configuration(overrides: ["environment.task=CaptionGrid", "reward.program=reward = 1"]))
    }
    #expect(error?.description.contains("reward.program") == true)
  }

  @Test func statusLinesHaveNames() {
    let layout = ObservationLayout([ObservationField("status", .int32, [27], .numeric(scale: [1]))])
    let schema = ProgramSchema(ofTask: layout)
    #expect(schema.names.contains("hitpoints") && schema.names.contains("depth") && schema.names.count == 28)
    #expect((try? RewardProgram("reward = after.depth > before.depth", schema)) != nil)
    #expect(ProgramSchema.netHackStatus[10] == "hitpoints" && ProgramSchema.netHackStatus[12] == "depth")
  }
}
