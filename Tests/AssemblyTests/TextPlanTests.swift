import Configuration
import Testing
import TextTasks
import Trajectories

@testable import Assembly

@Suite struct TextPlanTests {
  private func configuration(_ change: (inout RunConfiguration) -> Void = { _ in }) -> RunConfiguration {
    var configuration = RunConfiguration()
    configuration.environment.task = "text:chain"
    configuration.learner.unrollLength = 1
    configuration.learner.batchSize = 32
    configuration.reward.model = .none
    configuration.annotator.kind = .none
    change(&configuration)
    return configuration
  }

  private func problem(_ change: (inout RunConfiguration) -> Void) -> String {
    do {
      _ = try RunPlan(configuration(change))
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func theRunsPartsFollowFromTheText() throws {
    let plan = try RunPlan(configuration { $0.text.width = 32 })
    let text = try #require(plan.text)
    #expect(text.task.name == "chain" && text.answers == 8 && text.questions == 2)
    #expect(plan.unrollShape.frameCount == 16 && plan.unrollShape.textLength == 64)
    #expect(plan.unrollShape.schema.index(of: TextStep.spans.tensor) != nil)
    #expect(plan.policyParameters.count == text.transformer.layout.count)
    #expect(plan.policyFacts["format"] == "tengu-text-policy 1")
    #expect(plan.layout.parameterCount == text.transformer.layout.count)
    #expect(throws: (any Error).self) { try plan.makeEnvironment() }
  }

  @Test func otherRunsHaveNone() throws {
    var game = RunConfiguration()
    game.environment.task = "CaptionGrid"
    game.annotator.kind = .oracle
    let plan = try RunPlan(game)
    #expect(plan.text == nil && plan.unrollShape.textLength == 0)
    #expect(plan.policyParameters.count == plan.network.parameters.count)
    game.text.width = 32
    #expect(throws: ConfigurationError.self) { try RunPlan(game) }
  }

  @Test func whatCannotBeTrainedIsRefused() {
    #expect(problem { $0.environment.task = "text:sonnet" }.contains("text:chain"))
    #expect(problem { $0.environment.task = "text:choice" }.contains("text:chain"))
    #expect(problem { $0.text.difficulty = 7 }.contains("1 to 6"))
    #expect(problem { $0.text.width = 30 }.contains("4 heads"))
    #expect(problem { $0.text.context = 12 }.contains("text.context"))
    #expect(problem { $0.learner.unrollLength = 2 }.contains("learner.unroll_length"))
    #expect(problem { $0.text.answers = 5 }.contains("text.answers"))
    #expect(problem { $0.reward.model = .retrieval }.contains("reward.model"))
    #expect(problem { $0.annotator.kind = .oracle }.contains("annotator.kind"))
    #expect(problem { $0.text.reference = .previous }.contains("text.iterate_updates"))
    #expect(problem { _ in } == "")
  }
}
