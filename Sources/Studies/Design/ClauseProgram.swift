import Environments
import Runtime

/// A reward program of the simplest kind: a set of clauses, each of which pays a caption once in an episode, in addition to
/// winning. A scripted writer makes versions of it, as a language model would.
struct ClauseProgram: Sendable, Hashable {
  /// What a clause can pay: places in `CaptionWords.captions`.
  var clauses: Set<Int> = []

  static let choices = CaptionWords.captions.count

  /// What an episode is paid for its captions; 0.3 for each clause that it meets.
  func pay(_ episode: GameEpisode) -> Float {
    guard !clauses.isEmpty else { return 0 }
    let met = Set(episode.steps.compactMap { CaptionWords.place($0.caption) })
    return 0.3 * Float(met.intersection(clauses).count)
  }

  /// A program of one to six random clauses: what a writer without memory proposes.
  static func random(_ generator: inout RandomGenerator) -> ClauseProgram {
    var program = ClauseProgram()
    for _ in 0..<1 + generator.below(6) { program.clauses.insert(generator.below(choices)) }
    return program
  }

  /// What was run, and what came of it.
  struct Result: Sendable {
    var program: ClauseProgram
    var success: Double
  }

  /// A next version with one or two clauses changed. The writer has read the results of the parent and of the versions next
  /// to the new one: it leaves alone what was bad there, and takes over what was good (introspective expansion).
  func next(parent: Double, siblings: [Result], _ generator: inout RandomGenerator) -> ClauseProgram {
    var good: [Int] = []
    var bad: Set<Int> = []
    for sibling in siblings {
      let added = sibling.program.clauses.subtracting(clauses)
      if sibling.success > parent { good += added.sorted() } else { bad.formUnion(added) }
    }
    var program = self
    for _ in 0..<8 {
      if !good.isEmpty, generator.uniform() < 0.5 {
        program.clauses.insert(good[generator.below(good.count)])
      } else if !program.clauses.isEmpty, generator.uniform() < 0.25 {
        let sorted = program.clauses.sorted()
        program.clauses.remove(sorted[generator.below(sorted.count)])
      } else {
        let clause = generator.below(Self.choices)
        if !bad.contains(clause) { program.clauses.insert(clause) }
      }
      if program != self, !siblings.contains(where: { $0.program == program }) { break }
    }
    return program
  }

  /// What the writer expects of a program without a run, 0 ... 1: it reads the texts, and is wrong as often as a small model.
  func estimate(_ generator: inout RandomGenerator) -> Double {
    let good = clauses.count { CaptionWords.captions[$0].isProgress }
    let share = clauses.isEmpty ? 0.25 : Double(good) / Double(clauses.count)
    return min(max(share + 0.35 * Double(generator.gaussian()), 0), 1)
  }
}
