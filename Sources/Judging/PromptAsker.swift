/// Asks one prompt about one caption, and once more when the answer cannot be read.
struct PromptAsker: Sendable {
  /// What came of it.
  struct Result: Sendable {
    var reading: LabelReading
    /// All answers, the unreadable one too.
    var answers: [(answer: ModelAnswer, at: ContinuousClock.Instant)]
    /// Whether the model had to be reminded of the form.
    var wasReminded: Bool { answers.count > 1 }
  }

  let model: any LanguageModel
  let prompt: BoundPrompt
  private let parser: LabelParser

  /// - Throws: when the prompt is not a classification.
  init(model: any LanguageModel, prompt: BoundPrompt) throws(PromptError) {
    guard prompt.prompt.kind == .classification else {
      throw PromptError(file: prompt.prompt.name, problem: "a ranking cannot judge one caption")
    }
    self.model = model
    self.prompt = prompt
    parser = LabelParser(prompt.prompt)
  }

  func ask(
    _ caption: SanitisedCaption, temperature: Double = 0, until deadline: ContinuousClock.Instant
  ) async throws(ModelFailure) -> Result {
    let clock = ContinuousClock()
    let question = prompt.question(caption, temperature: temperature)
    let answer = try await model.answer(question, deadlineSeconds: max(0, (deadline - clock.now).inSeconds))
    let first = Result(reading: parser.read(answer), answers: [(answer, clock.now)])
    guard case .unreadable = first.reading else { return first }
    let again = prompt.reminding(question, of: answer.text)
    let second = try await model.answer(again, deadlineSeconds: max(0, (deadline - clock.now).inSeconds))
    return Result(reading: parser.read(second), answers: first.answers + [(second, clock.now)])
  }
}
