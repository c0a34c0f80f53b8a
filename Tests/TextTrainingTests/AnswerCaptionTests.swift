import Runtime
import Testing
import TextPolicy
import TextTasks

@testable import TextTraining

@Suite struct AnswerCaptionTests {
  private func sequence(_ prompt: String, _ written: String) -> TokenSequence {
    var text = TokenSequence(tokens: Vocabulary.tokens(prompt), promptCount: prompt.count)
    for token in Vocabulary.tokens(written) { text.append(token, isChosen: true, old: -1) }
    return text
  }

  @Test func questionAndAnswerAreOneLine() {
    #expect(AnswerCaption.text(sequence("a=3;b=a+4?", "b7=7$")) == "a=3;b=a+4? => b7=7")
    // Without an end it says so, and nothing of it is right.
    #expect(AnswerCaption.text(sequence("a=3;b=a+4?", "b7=7")) == "a=3;b=a+4? => b7=7...")
    #expect(AnswerCaption.text(sequence("a=3;b=a+4?", "")) == "a=3;b=a+4? => ...")
  }

  /// What a caption says of an answer is what the task says of it, for answers of every kind and every task.
  @Test(arguments: [NamedTask.chain, .command, .lookup, .user])
  func captionsAreJudgedAsAnswers(named: NamedTask) throws {
    let task = try #require(named.make())
    let transformer = try Transformer(TransformerOptions(width: 16, layers: 1, heads: 2, context: 48))
    let player = TextPlayer(task, transformer)
    var generator = RandomGenerator(seed: 2)
    var right = 0
    for _ in 0..<100 {
      let problem = task.problem(&generator)
      let demonstration = TextTrainer.demonstration(
        prompt: problem.prompt, answer: task.solution(problem, &generator))
      let caption = Array(AnswerCaption.text(demonstration).utf8)
      let verdict = try #require(AnswerCaption.verdict(caption, by: task))
      #expect(verdict.isLegal)
      right += verdict.isRight ? 1 : 0
    }
    #expect(right > 0)
    let policy = TextPolicy(transformer, seed: 1)
    let problems = (0..<40).map { _ in task.problem(&generator) }
    for rollout in player.rollouts(problems, repeats: 1, policy: policy, seed: 5) {
      let caption = Array(AnswerCaption.text(rollout.sequence).utf8)
      #expect(AnswerCaption.verdict(caption, by: task) == rollout.verdict)
      #expect(caption.count <= 48 + AnswerCaption.addedBytes)
    }
  }

  @Test(arguments: ["", " => ", "It's a wall.", "a=3;b=a+4?", "a=3;b=a/4? => b7=7", "b7=7 => a=3;b=a+4?"])
  func otherCaptionsHaveNoVerdict(text: String) {
    #expect(AnswerCaption.verdict(Array(text.utf8), by: ChainTask(operations: 1...1)) == nil)
    #expect(AnswerCaption.verdict([0xFF, 0xFE] + Array(text.utf8), by: ChainTask(operations: 1...1)) == nil)
  }
}
