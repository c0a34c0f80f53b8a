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

  @Test(arguments: [
    (TextSection.Loss.laser, "no worker writes"), (.nash, "mixture"), (.treg, "single tokens"),
  ]) func lossesThatNeedMoreThanAUnitAreRefused(loss: TextSection.Loss, reason: String) {
    let text = problem { $0.text.loss = loss }
    #expect(text.contains(reason) && text.contains("\"\(loss.rawValue)\""), "\(text)")
  }

  @Test func lossesReadWhatTheyNeed() {
    for loss in [TextSection.Loss.grpo, .p3o, .nft, .dpo, .likelihood] {
      #expect(problem { $0.text.loss = loss } == "")
      let divergence = problem {
        $0.text.loss = loss
        $0.text.divergence = 0.1
      }
      #expect(divergence.isEmpty == (loss == .grpo || loss == .p3o), "\(loss): \(divergence)")
    }
    func answers(_ count: Int, _ loss: TextSection.Loss) -> String {
      problem {
        ($0.text.answers, $0.text.loss) = (count, loss)
        $0.worker.environmentsPerGroup = count * 2
      }
    }
    #expect(answers(5, .p3o).contains("odd") && answers(5, .dpo) == "" && answers(1, .dpo).contains("2 or more"))
    #expect(problem { ($0.text.loss, $0.text.reward) = (.nft, .partial) }.contains("text.reward"))
  }

  private func judged(
    _ change: @escaping (inout RunConfiguration) -> Void = { _ in }
  ) -> (inout RunConfiguration) -> Void {
    { configuration in
      configuration.text.reward = .annotator
      configuration.annotator.kind = .oracle
      configuration.run.steps = 1000
      change(&configuration)
    }
  }

  @Test func anAnnotatorMayJudgeAnswers() throws {
    let plan = try RunPlan(configuration(judged()))
    #expect(try #require(plan.text).asksAnnotator)
    guard case .immediate(let make) = plan.annotator.source else {
      Issue.record("the oracle asks no model")
      return
    }
    var oracle = try make(AnnotatorEntry.Inputs(plan.configuration))
    #expect(oracle.annotate(Array("a=3;b=a+4;c=b*2;d=c-1? => =3".utf8)) == .label(1))
    #expect(oracle.annotate(Array("a=3;b=a+4;c=b*2;d=c-1? => =4".utf8)) == .label(0))
    #expect(oracle.annotate(Array("It's a wall.".utf8)) == .abstain)
  }

  @Test func annotatorsThatCannotJudgeAnswersAreRefused() {
    #expect(problem(judged { $0.annotator.kind = .none }).contains("annotator.kind"))
    #expect(problem(judged { $0.annotator.kind = .rules }).contains("messages of games"))
    #expect(problem(judged { $0.annotator.kind = .llm }).contains("signs of"))
    #expect(problem(judged { $0.text.context = 250 }).contains("text.context"))
    #expect(problem(judged { $0.run.steps = 2_000_000 }).contains("annotator.maximum_captions"))
    #expect(problem(judged { $0.annotator.labelsPerRun = 5 }).contains("annotator.labels_per_run"))
    #expect(problem(judged { $0.annotator.kind = .random }) == "")
  }

  @Test func questionsCanBeHeldOut() throws {
    let text = try #require(try RunPlan(configuration { $0.text.heldOut = 0.2 }).text)
    #expect((text.task as? SplitTask)?.side == .training && (text.evaluationTask as? SplitTask)?.side == .heldOut)
    #expect(try #require(try RunPlan(configuration()).text).task is ChainTask)
    #expect(problem { ($0.environment.task, $0.text.heldOut) = ("text:lookup", 0.001) }.contains("text.held_out"))
  }

  @Test func fieldsWithoutEffectAreRefusedOnACommandLine() throws {
    let plain = configuration()
    for field in ["text.label_seconds=5", "text.beta=0.2", "text.reference=initial"] {
      #expect(throws: ConfigurationError.self, "\(field)") { try plain.checkEffects(of: [field]) }
    }
    try configuration(judged()).checkEffects(of: ["text.label_seconds=5"])
    let preferences = configuration { $0.text.loss = .dpo }
    try preferences.checkEffects(of: ["text.beta=0.2", "text.reference=initial"])
    #expect(throws: ConfigurationError.self) { try preferences.checkEffects(of: ["learner.ppo_clip=0.3"]) }
    try plain.checkEffects(of: ["learner.ppo_clip=0.3"])
  }
}
