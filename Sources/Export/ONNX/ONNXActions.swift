import ActorCritic
import Trajectories

/// Writes what a policy's outputs [N, P] mean as ONNX operators.
///
/// A space of choices has the outputs `logits` and `log_probabilities` [N, P], factor after factor, and `action`: the most
/// probable, [N], or [N, A] with several factors; factors that the first one's choice does not use are 0. A continuous space has `means` and `log_deviations` [N, A], and
/// `action` [N, A]: the mean as the environment receives it.
struct ONNXActions {
  let space: ActionSpace
  /// nil if every factor counts in every action.
  var structure: ActionStructure?
  /// Probability that each legal choice of the first factor has at least; 0 = no floor.
  var floor: Float = 0

  /// - Parameter mask: name of the input [N, P] that says which actions are legal; nil if all are.
  func add(_ outputs: String, mask: String?, to graph: inout ONNXGraph) {
    if case .continuous(let ranges) = space { return addNumbers(outputs, ranges, to: &graph) }
    let counts = space.counts
    let float = ONNXGraph.Element.float
    let parts = split(outputs, counts, &graph)
    let legal = mask.map { mask -> [String] in
      let rows = graph.add("Flatten", [mask], [("axis", .integer(1))])
      let numbers = graph.add("Cast", [rows], [("to", .integer(float.rawValue))])
      return split(numbers, counts, &graph)
    }
    let logits = parts.enumerated().map { index, part in
      let logits = legal.map { masked(part, legal: $0[index], &graph) } ?? part
      return index == 0 && floor > 0 ? floored(logits, &graph) : logits
    }
    let logs = logits.map { graph.add("LogSoftmax", [$0], [("axis", .integer(-1))]) }
    let isSingle = counts.count == 1
    let choices = logits.map {
      graph.add("ArgMax", [$0], [("axis", .integer(-1)), ("keepdims", .integer(isSingle ? 0 : 1))])
    }
    for (name, values) in [("logits", logits), ("log_probabilities", logs)] {
      graph.add("Concat", values, [("axis", .integer(1))], output: name)
      graph.output(name, float, [.dynamic("N"), .fixed(space.parameterCount)])
    }
    if isSingle {
      graph.add("Identity", choices, output: "action")
      graph.output("action", .int64, [.dynamic("N")])
    } else {
      addAction(choices, to: &graph)
      graph.output("action", .int64, [.dynamic("N"), .fixed(counts.count)])
    }
  }

  /// The choices [N, 1] of all factors as `action` [N, A]: zero where the first one's choice does not use a factor.
  private func addAction(_ choices: [String], to graph: inout ONNXGraph) {
    guard let structure else {
      graph.add("Concat", choices, [("axis", .integer(1))], output: "action")
      return
    }
    let uses = structure.uses.flatMap { uses in choices.indices.map { $0 == 0 || uses.contains($0) ? 1 : 0 } }
    let table = graph.constant(integers: uses, shape: [structure.uses.count, choices.count])
    let all = graph.add("Concat", choices, [("axis", .integer(1))])
    let verbs = graph.add("Squeeze", [choices[0], graph.constant(integers: [1])])
    graph.add("Mul", [all, graph.add("Gather", [table, verbs], [("axis", .integer(0))])], output: "action")
  }

  /// The columns of each factor.
  private func split(_ rows: String, _ counts: [Int], _ graph: inout ONNXGraph) -> [String] {
    guard counts.count > 1 else { return [rows] }
    let names = counts.map { _ in graph.fresh("factor") }
    return graph.add(
      "Split", [rows, graph.constant(integers: counts)], [("axis", .integer(1))], outputs: names)
  }

  /// Minus infinity for illegal actions, if there is a legal one.
  private func masked(_ logits: String, legal: String, _ graph: inout ONNXGraph) -> String {
    let bool: ONNXGraph.Attribute = .integer(ONNXGraph.Element.bool.rawValue)
    let most = graph.add("ReduceMax", [legal], [("axes", .integers([1])), ("keepdims", .integer(1))])
    let some = graph.add("Cast", [most], [("to", bool)])
    let isIllegal = graph.add("Not", [graph.add("Cast", [legal], [("to", bool)])])
    return graph.add(
      "Where", [graph.add("And", [isIllegal, some]), graph.constant([-Float.infinity], shape: []), logits])
  }

  /// log p' with p' = (1 - n e) p + e for the n choices that are legal, as `ChoiceFloor` has it.
  private func floored(_ logits: String, _ graph: inout ONNXGraph) -> String {
    let one = graph.constant([Float(1)], shape: [1])
    let isLegal = graph.add("Not", [graph.add("IsInf", [logits])])
    let legal = graph.add("Cast", [isLegal], [("to", .integer(ONNXGraph.Element.float.rawValue))])
    let count = graph.add("ReduceSum", [legal, graph.constant(integers: [1])], [("keepdims", .integer(1))])
    let least = graph.add("Min", [graph.constant([floor], shape: [1]), graph.add("Div", [one, count])])
    let share = graph.add("Sub", [one, graph.add("Mul", [count, least])])
    let chances = graph.add("Softmax", [logits], [("axis", .integer(-1))])
    let mixed = graph.add("Add", [graph.add("Mul", [chances, share]), least])
    return graph.add("Where", [isLegal, graph.add("Log", [mixed]), graph.constant([-Float.infinity], shape: [])])
  }

  private func addNumbers(_ outputs: String, _ ranges: [ClosedRange<Float>], to graph: inout ONNXGraph) {
    let count = ranges.count
    let bounds = ActionHead.logDeviations
    let deviations = graph.fresh("deviations")
    graph.add(
      "Split", [outputs, graph.constant(integers: [count, count])], [("axis", .integer(1))],
      outputs: ["means", deviations])
    graph.add(
      "Clip",
      [deviations, graph.constant([bounds.lowerBound], shape: []), graph.constant([bounds.upperBound], shape: [])],
      output: "log_deviations")
    let isBounded = ranges.map { $0.lowerBound.isFinite && $0.upperBound.isFinite }
    let middles = zip(ranges, isBounded).map { $1 ? ($0.lowerBound + $0.upperBound) / 2 : 0 }
    let halves = zip(ranges, isBounded).map { $1 ? ($0.upperBound - $0.lowerBound) / 2 : 0 }
    let squashed = graph.add("Mul", [graph.add("Tanh", ["means"]), graph.constant(halves, shape: [1, count])])
    let played = graph.add("Add", [squashed, graph.constant(middles, shape: [1, count])])
    // 1 where the number is played as it is.
    let free = graph.add("Mul", ["means", graph.constant(isBounded.map { $0 ? 0 : 1 }, shape: [1, count])])
    graph.add("Add", [played, free], output: "action")
    for name in ["means", "log_deviations", "action"] {
      graph.output(name, .float, [.dynamic("N"), .fixed(count)])
    }
  }
}
