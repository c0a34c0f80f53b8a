import ActorCritic
import Trajectories

/// What a module says about sets of things and about actions whose first factor decides which others count.
extension TorchModule {
  /// The fields of a set and their tables.
  func arguments(_ things: NetworkBlueprint.Things) -> String {
    let fields = things.members.map { name($0.field) }.joined(separator: ", ")
    let tables = things.members.map { Self.quoted($0.table.name) }.joined(separator: ", ")
    return "[\(fields)], [\(tables)]"
  }

  /// The sets, and for each factor its columns and the index of its set or None.
  func arguments(_ pointers: NetworkBlueprint.Pointers) -> String {
    let sets = pointers.sets.map { "(\(arguments($0)))" }.joined(separator: ", ")
    let factors = pointers.factors.map { factor in
      factor.set.map { "(\(pointers.keySize), \($0))" } ?? "(\(factor.count), None)"
    }
    return "[\(sets)], [\(factors.joined(separator: ", "))]"
  }

  /// The method that chooses a structured action; empty if all factors count in every action.
  var choosing: String {
    guard let structure = blueprint.structure else { return "" }
    func list(_ numbers: [Int]) -> String { "[\(numbers.map(String.init).joined(separator: ", "))]" }
    return """

          # Choices of each factor, and the factors that count with each choice of the first.
          counts = \(list(blueprint.space.counts))
          uses = [\(structure.uses.map(list).joined(separator: ", "))]

          def choose(self, logits, generator=None):
              \"\"\"Actions [N, A]: the most probable, or drawn if a generator is given.\"\"\"
              return choose(logits, self.counts, self.uses, generator)

      """
  }
}
