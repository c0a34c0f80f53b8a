import Configuration

extension RunConfiguration {
  /// Fields that a run of a text policy needs or does not read, and fields of `[text]` in other runs.
  var textProblems: [String] {
    guard TextPlan.taskName(environment.task) != nil else {
      return fields.filter { $0.section == "text" && $0.value(self) != $0.defaultValue }.map {
        "\"\($0.path)\" = \($0.value(self).toml) has no effect with \"environment.task\" = \"\(environment.task)\"; remove it, "
          + "or use a task such as \"text:chain\""
      }
    }
    var problems: [String] = []
    func require(_ isTrue: Bool, _ problem: @autoclosure () -> String) { if !isTrue { problems.append(problem()) } }
    require(
      learner.unrollLength == 1,
      "\"learner.unroll_length\" = \(learner.unrollLength): a step of a text policy is a whole answer; set it to 1")
    require(
      worker.environmentsPerGroup % text.answers == 0,
      "\"worker.environments_per_group\" = \(worker.environmentsPerGroup) must be a multiple of \"text.answers\" = "
        + "\(text.answers): an unroll has all answers to its questions")
    require(!worker.doubleBuffered, "\"worker.double_buffered\" has no effect on a text policy; remove it")
    require(
      learner.minibatches == 1,
      "\"learner.minibatches\" = \(learner.minibatches) has no effect on a text policy; remove it")
    require(
      reward.model == .none,
      "\"reward.model\" = \"\(reward.model.rawValue)\": \"text.reward\" rewards answers; set it to \"none\"")
    require(
      annotator.kind == .none,
      "\"annotator.kind\" = \"\(annotator.kind.rawValue)\": answers are judged by the task; set it to \"none\"")
    require(
      !plan.isThere, "\"plan.kind\" = \"\(plan.kind)\" plans episodes that are played; set it to \"none\"")
    require(
      evaluation.everySteps == 0,
      "\"evaluation.every_steps\" evaluates policies that play; every answer of a text policy is judged already; set it to 0"
    )
    require(
      text.reference == .initial || text.iterateUpdates > 0,
      "\"text.reference\" = \"previous\" needs \"text.iterate_updates\" above 0")
    return problems
  }
}
