import Foundation
import Judging
import Runtime
import Statistics

/// Methods that choose what is asked, with students that learn from the recorded labels (the linear model on hashed words
/// that `language_model.student_accuracy` uses).
extension Study {
  /// Repetitions of a simulated learning course.
  private static let courses = 40
  private static let students = 5

  /// Row 9, SELM (2405.19332): ask where mean and deviation of an ensemble are highest. The number of labels until the best
  /// caption, the one that the model is surest to be progress, has been asked.
  func optimism() throws -> StudyVerdict {
    let items = messages.tuned + messages.heldOut
    let margins = try margins(standard(), items)
    let texts = items.map { $0.captions[0] }
    guard let best = margins.indices.max(by: { margins[$0] < margins[$1] }) else {
      return verdict(9, "optimism", [nil])
    }
    let rows = (1...UInt64(Self.courses)).map { seed in
      // Drawn at random, the best caption comes up after half of them on average.
      let random = Double(items.count + 1) / 2
      return (random: random, optimistic: Double(Self.labelsUntil(best, texts, margins, seed: seed)))
    }
    return verdict(
      9, "optimistic order of asking (SELM)",
      [
        .init("0.7 minus share of the labels that a random order needs", of: rows, atLeast: 0) { draw in
          guard let optimistic = mean(draw.map(\.optimistic)), let random = mean(draw.map(\.random)) else { return nil }
          return 0.7 - optimistic / random
        }
      ],
      note: "\(shown(mean(rows.map(\.optimistic)))) labels of \(items.count) instead of \(shown(rows.first?.random)); "
        + "\(Self.courses) courses")
  }

  private static func labelsUntil(_ best: Int, _ texts: [String], _ margins: [Double], seed: UInt64) -> Int {
    var generator = RandomGenerator(seed: seed)
    var ensemble = [TextStudent](repeating: TextStudent(), count: students)
    var open = Array(texts.indices)
    for asked in 1...texts.count {
      let place: Int
      if asked <= students {
        place = generator.below(open.count)
      } else {
        let values = open.map { index -> Double in
          let beliefs = ensemble.map { Double(1 / (1 + exp(-$0.logOdds(of: texts[index])))) }
          let mean = beliefs.reduce(0, +) / Double(students)
          return mean + (beliefs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(students)).squareRoot()
        }
        place = values.indices.max { values[$0] < values[$1] } ?? 0
      }
      let index = open.remove(at: place)
      if index == best { return asked }
      let label = Float(1 / (1 + exp(-margins[index])))
      // Each student learns the label as often as a draw with replacement would show it, once on average.
      for student in ensemble.indices {
        for _ in 0..<generator.below(3) { ensemble[student].learn(texts[index], label: label) }
      }
    }
    return texts.count
  }

  /// Share of the labels that are asked again.
  private static let secondLooks = 0.4

  /// Row 24, tailored learning (2310.13332): the labels that the student finds least likely are asked again, with the
  /// student's answer and a reason before the verdict; compared with as many labels drawn at random.
  func secondLook() throws -> StudyVerdict {
    let items = messages.tuned
    let (standard, rubric) = (try standard(), try instruction("rubric"))
    let first = try labels(standard, items).map { $0 ?? false }
    let seeds = (1...UInt64(5)).map { $0 }
    let count = Int(Self.secondLooks * Double(items.count))
    var credits: [[Double]] = messages.heldOut.map { _ in [0, 0, 0] }
    var changes = (right: 0, wrong: 0)
    for seed in seeds {
      let student = Self.student(items, first, seed: seed)
      let losses = zip(items, first).map { Double(student.logOdds(of: $0.captions[0])) * ($1 ? -1 : 1) }
      var generator = RandomGenerator(seed: seed)
      let hardest = losses.indices.sorted { losses[$0] > losses[$1] }.prefix(count)
      let random = items.indices.shuffled(using: &generator).prefix(count)
      for (arm, chosen) in [[], Array(hardest), Array(random)].enumerated() {
        var labels = first
        for index in chosen {
          var item = items[index]
          item.note = .student(student.logOdds(of: item.captions[0]) > 0)
          guard let again = try reply(rubric, item).label.reading.isProgress else { continue }
          if arm == 1, again != labels[index] {
            if again == item.isProgress { changes.right += 1 } else { changes.wrong += 1 }
          }
          labels[index] = again
        }
        let learned = Self.student(items, labels, seed: seed)
        for (place, item) in messages.heldOut.enumerated() {
          credits[place][arm] +=
            credit(learned.logOdds(of: item.captions[0]) > 0, item.isProgress) / Double(seeds.count)
        }
      }
    }
    return verdict(
      24, "a second look at the student's hardest labels (tailored learning)",
      [
        .init("the student's accuracy above random second looks", of: credits, atLeast: 0.03) { draw in
          mean(draw.map { $0[1] - $0[2] })
        }
      ],
      note: "none \(shown(mean(credits.map { $0[0] }))), hardest \(shown(mean(credits.map { $0[1] }))); of its changes "
        + "\(changes.right) are right, \(changes.wrong) wrong")
  }

  /// A student of labels, in an order that the seed shuffles.
  private static func student(_ items: [StudyItem], _ labels: [Bool], seed: UInt64) -> TextStudent {
    var generator = RandomGenerator(seed: seed)
    var student = TextStudent()
    for _ in 0..<3 {
      for index in items.indices.shuffled(using: &generator) {
        student.learn(items[index].captions[0], label: labels[index] ? 1 : 0)
      }
    }
    return student
  }
}
