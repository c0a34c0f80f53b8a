import Captions
import Configuration
import TextTasks
import TextTraining

extension RunConfiguration {
  /// Fields that a run of a text policy needs or does not read, and fields of `[text]` in other runs.
  var textProblems: [String] {
    guard let task = TextPlan.taskName(environment.task) else {
      return fields.filter { $0.section == "text" && $0.value(self) != $0.defaultValue }.map {
        "\"\($0.path)\" = \($0.value(self).toml) has no effect with \"environment.task\" = \"\(environment.task)\"; remove it, "
          + "or use a task such as \"text:chain\""
      }
    }
    let problems = Self.problems([
      (
        learner.unrollLength == 1,
        "\"learner.unroll_length\" = \(learner.unrollLength): a step of a text policy is a whole answer; set it to 1"
      ),
      (
        worker.environmentsPerGroup % text.answers == 0,
        "\"worker.environments_per_group\" = \(worker.environmentsPerGroup) must be a multiple of \"text.answers\" = "
          + "\(text.answers): an unroll has all answers to its questions"
      ),
      (!worker.doubleBuffered, "\"worker.double_buffered\" has no effect on a text policy; remove it"),
      (
        learner.minibatches == 1,
        "\"learner.minibatches\" = \(learner.minibatches) has no effect on a text policy; remove it"
      ),
      (
        reward.model == .none,
        "\"reward.model\" = \"\(reward.model.rawValue)\": \"text.reward\" rewards answers; set it to \"none\""
      ),
      (!plan.isThere, "\"plan.kind\" = \"\(plan.kind)\" plans episodes that are played; set it to \"none\""),
      (
        evaluation.everySteps == 0,
        "\"evaluation.every_steps\" evaluates policies that play; every answer of a text policy is judged already; set it to 0"
      ),
      (
        text.reference == .initial || text.iterateUpdates > 0,
        "\"text.reference\" = \"previous\" needs \"text.iterate_updates\" above 0"
      ),
    ])
    return problems + lossProblems + judgeProblems(task)
  }

  private static func problems(_ rules: [(holds: Bool, otherwise: String)]) -> [String] {
    rules.filter { !$0.holds }.map(\.otherwise)
  }

  // MARK: Losses

  private var lossProblems: [String] {
    let name = "\"text.loss\" = \"\(text.loss.rawValue)\""
    return Self.problems([
      (
        text.loss != .laser,
        "\(name) fits the probability of a token after the answer, which no worker writes; `tengu text rows laser` tries it"
      ),
      (
        text.loss != .nash,
        "\(name) compares answers with those of a mixture of policy and reference, which no worker has; "
          + "`tengu text rows nlhf` tries it"
      ),
      (
        text.loss != .treg,
        "\(name) needs rewards of single tokens, which no answer of a unit has; `tengu text rows treg` tries it"
      ),
      (
        text.loss != .p3o || text.answers.isMultiple(of: 2),
        "\(name) compares pairs of answers, and \"text.answers\" = \(text.answers) is odd"
      ),
      (
        text.loss != .dpo || text.answers >= 2,
        "\(name) compares two answers to a question; set \"text.answers\" to 2 or more"
      ),
      (
        text.loss != .nft || text.reward != .partial,
        "\(name) reads whether an answer is right, and \"text.reward\" = \"partial\" says how much of it is; use \"verifier\""
      ),
      (
        text.divergence == 0 || text.loss.readsDivergence,
        "\"text.divergence\" has no effect with \(name); set it to 0"
      ),
    ])
  }

  // MARK: The annotator

  /// Sources of labels that read messages of games alone.
  private static let gameAnnotators: [AnnotatorSection.Kind] = [.rules, .phrases, .mistakes, .layered]
  /// Sources that read what is left of a text without its marks: only words.
  private static let wordAnnotators: [AnnotatorSection.Kind] = [.llm, .policy]
  /// Tasks whose answers are words.
  private static let wordTasks: [NamedTask] = [.command, .user]

  private func judgeProblems(_ task: String) -> [String] {
    let kind = "\"annotator.kind\" = \"\(annotator.kind.rawValue)\""
    guard text.reward == .annotator else {
      return Self.problems([
        (
          annotator.kind == .none,
          "\(kind): \"text.reward\" = \"\(text.reward.rawValue)\" is given by the task; set it to \"none\", or "
            + "\"text.reward\" to \"annotator\""
        )
      ])
    }
    let needed = text.context + AnswerCaption.addedBytes
    return Self.problems([
      (
        annotator.kind != .none,
        "\"text.reward\" = \"annotator\" needs an annotator; set \"annotator.kind\", for instance to \"oracle\""
      ),
      (
        !Self.gameAnnotators.contains(annotator.kind),
        "\(kind) reads the messages of games; answers in text are judged by \"oracle\", \"random\", \"llm\" or \"policy\""
      ),
      (
        !Self.wordAnnotators.contains(annotator.kind) || Self.wordTasks.contains { $0.rawValue == task },
        "\(kind) reads words, and the signs of \"\(environment.task)\" are removed before a model sees them; use a task such as "
          + "\"text:command\", or \"oracle\""
      ),
      (
        needed <= CaptionLedger.maximumCaptionBytes,
        "\"text.context\" = \(text.context): question and answer are one caption, which has at most "
          + "\(CaptionLedger.maximumCaptionBytes) bytes; set it to "
          + "\(CaptionLedger.maximumCaptionBytes - AnswerCaption.addedBytes) or less"
      ),
      (
        annotator.maximumCaptions >= run.steps,
        "\"annotator.maximum_captions\" = \(annotator.maximumCaptions): each of \"run.steps\" = \(run.steps) answers may be a "
          + "caption of its own, and one that has no place is never labelled; set it to \(run.steps) or more"
      ),
      (
        !annotator.limitsQuestions,
        "\"annotator.labels_per_run\", \"annotator.labels_per_million_steps\" and \"annotator.tokens_per_run\" would leave answers "
          + "without labels, which are not trained on; set them to 0"
      ),
    ])
  }
}

extension TextSection.Loss {
  /// Whether the divergence from the reference is a term of its own.
  var readsDivergence: Bool { self == .grpo || self == .p3o }
}
