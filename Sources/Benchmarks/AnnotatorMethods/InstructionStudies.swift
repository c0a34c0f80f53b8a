import Foundation
import Judging
import Statistics

/// Methods that change what the model is told.
extension Study {
  /// Row 30, RewardAnything (2506.03637): a principle at run time. Messages about gold, ways down, and neither.
  func principle() throws -> StudyVerdict {
    func isGold(_ message: LabelledMessage) -> Bool {
      message.isProgress && (message.text.contains("gold piece") || message.text.hasPrefix("$"))
    }
    func isDescent(_ message: LabelledMessage) -> Bool { message.isProgress && message.category == "descent" }
    let topics = [
      messages.messages(15, where: isGold), messages.messages(15, where: isDescent),
      messages.messages(15) { !isGold($0) && !isDescent($0) && !$0.text.contains("gold") && $0.category != "descent" },
    ]
    let principles = [
      "Only finding or picking up gold is progress. Stairs, fights and items are not.",
      "Only going down, or finding a way down, is progress. Gold, fights and items are not.",
    ]
    var rows: [Double] = []
    for (number, text) in principles.enumerated() {
      let instruction = try Instruction(PromptLibrary.prompt("default"), goal: .principle(.init(text)))
      for (topic, found) in topics.enumerated() {
        for message in found {
          let item = StudyItem(message.text, isProgress: topic == number)
          rows.append(credit(try reply(instruction, item).isProgress(above: 0), topic == number))
        }
      }
    }
    return verdict(
      30, "a principle at run time (RewardAnything)",
      [.init("share of labels that follow it", of: rows, atLeast: 0.9) { mean($0) }],
      note: "\(rows.count) labels by 2 principles")
  }

  /// Row 45, RM-R1 (2505.02387): kind and rule before the verdict.
  func rubric() throws -> StudyVerdict {
    let (plain, rubric) = (try standard(), try instruction("rubric"))
    let threshold = try threshold(plain)
    let rows = try messages.heldOut.map { item in
      let (short, long) = (try reply(plain, item), try reply(rubric, item))
      return (
        short: credit(short.isProgress(above: threshold), item.isProgress),
        long: credit(long.label.reading.isProgress, item.isProgress),
        tokens: (Double(short.tokens), Double(long.tokens))
      )
    }
    return verdict(
      45, "kind and rule before the verdict (RM-R1)",
      [
        .init("accuracy above a label alone", of: rows, atLeast: 0.03) { draw in mean(draw.map { $0.long - $0.short })
        },
        .init("5 minus ratio of tokens", of: rows, atLeast: 0) { draw in
          let short = draw.reduce(0) { $0 + $1.tokens.0 }
          return short > 0 ? 5 - draw.reduce(0) { $0 + $1.tokens.1 } / short : nil
        },
      ], note: "label alone \(shown(mean(rows.map(\.short)))), with rubric \(shown(mean(rows.map(\.long))))")
  }

  /// Messages that say the same whether they bring a gain or a loss.
  static let ambiguous = [
    "You drink the potion.", "This tastes strange.", "You feel a strange sensation.", "You read the scroll.",
    "You feel different.", "Something happens.", "You finish eating.", "The fountain bubbles.", "You pray.",
    "You feel a strange vibration.", "You open the chest.", "You zap the wand.", "The altar glows.",
    "You kick the door.",
    "Your pack feels different.", "You step on the trap door.", "You sit on the throne.", "You search the grave.",
    "You trade with the shopkeeper.", "The nymph smiles.",
  ]

  /// Row 46, Anyprefer (2504.19276): facts about the turn with the message.
  func facts() throws -> StudyVerdict {
    let standard = try standard()
    let threshold = try threshold(standard)
    var rows: [(without: Double, with: Double)] = []
    for (number, message) in Self.ambiguous.enumerated() {
      for isProgress in [true, false] {
        let sign = isProgress ? 1 : -1
        var facts = CaptionFacts()
        switch number % 3 {
        case 0: facts.hitPoints = sign * (5 + number)
        case 1: facts.gold = sign * (20 + number)
        default: facts.items = sign
        }
        let plain = StudyItem(message, isProgress: isProgress)
        var informed = plain
        informed.note = .facts(facts)
        let labels = try [plain, informed].map {
          credit(try reply(standard, $0).isProgress(above: threshold), isProgress)
        }
        rows.append((labels[0], labels[1]))
      }
    }
    return verdict(
      46, "facts about the turn (Anyprefer)",
      [
        .init("accuracy on ambiguous messages above no facts", of: rows, atLeast: 0.1) { draw in
          mean(draw.map { $0.with - $0.without })
        }
      ],
      note: "without \(shown(mean(rows.map(\.without)))), with \(shown(mean(rows.map(\.with))))")
  }

  /// Row 62 (2502.19731): six principles scored apart; pairs with a gap are kept.
  func principles() throws -> StudyVerdict {
    let gap = 0.5
    let (standard, principles) = (try standard(), try instruction("principles"))
    let rows = try messages.heldOut.map { item in
      let (whole, score) = (try reply(standard, item).logOdds, try reply(principles, item).logOdds)
      return (truth: item.isProgress, whole: whole.isFinite ? whole : 0, score: score.isFinite ? score : 0)
    }
    /// The share of pairs of a better and a worse message that are ranked right, and the share of pairs with a large gap.
    func pairs(
      _ draw: [(truth: Bool, whole: Double, score: Double)], _ least: Double,
      _ value: ((truth: Bool, whole: Double, score: Double)) -> Double
    ) -> (accuracy: Double, kept: Double)? {
      var (right, kept, all) = (0.0, 0.0, 0.0)
      let others = draw.filter { !$0.truth }.map(value)
      for better in draw.filter(\.truth).map(value) {
        for worse in others {
          all += 1
          guard abs(better - worse) > least || least == 0 else { continue }
          kept += 1
          right += better > worse ? 1 : better == worse ? 0.5 : 0
        }
      }
      return kept > 0 ? (right / kept, kept / all) : nil
    }
    return verdict(
      62, "six principles, pairs with a gap (PsychoCounsel)",
      [
        .init("accuracy of kept pairs above one score", of: rows, atLeast: 0.03) { draw in
          guard let apart = pairs(draw, gap, { $0.score }), let whole = pairs(draw, 0, { $0.whole }) else { return nil }
          return apart.accuracy - whole.accuracy
        }
      ],
      note: "one score \(shown(pairs(rows, 0) { $0.whole }?.accuracy)), kept pairs "
        + "\(shown(pairs(rows, gap) { $0.score }?.accuracy)), share kept \(shown(pairs(rows, gap) { $0.score }?.kept))")
  }

  /// Row 25, SRUM (2510.12784): rewards of messages times a judgement of the episode's end.
  func episodes() throws -> StudyVerdict {
    let (local, whole) = (try standard(), try instruction("episode"))
    let threshold = try threshold(local)
    let good = messages.heldOut.filter(\.isProgress).flatMap(\.captions)
    let dull = messages.heldOut.filter { !$0.isProgress }.flatMap(\.captions)
    let ends = (
      won: messages.messages(12) { $0.isProgress && ["descent", "winning"].contains($0.category) }.map(\.text),
      lost: messages.messages(12) { !$0.isProgress && $0.category == "death" }.map(\.text)
    )
    func total(_ captions: [String], _ isWon: Bool) throws -> (local: Double, whole: Double) {
      let paid = try captions.map {
        try reply(local, StudyItem($0, isProgress: isWon)).isProgress(above: threshold) == true ? 1.0 : 0
      }.reduce(0, +)
      let judged = try reply(whole, StudyItem(captions, isProgress: isWon))
      // (g + 1) / 2 with g in -1 ... 1 is the probability itself.
      let share =
        judged.logOdds.isFinite ? 1 / (1 + exp(-judged.logOdds)) : credit(judged.label.reading.isProgress, true)
      return (paid, paid * share)
    }
    let rows = try zip(ends.won, ends.lost).enumerated().map { number, end in
      // The decoy has three gains and a lost end, the other one gain and a won end.
      let at = 3 * number
      func pick(_ list: [String], _ index: Int) -> String { list[index % list.count] }
      let decoy = try total([pick(good, at), pick(good, at + 1), pick(good, at + 2), end.1], false)
      let won = try total([pick(dull, at), pick(good, at), pick(dull, at + 1), end.0], true)
      return (local: won.local > decoy.local ? 1.0 : 0, whole: won.whole > decoy.whole ? 1.0 : 0)
    }
    return verdict(
      25, "messages times the episode's end (SRUM)",
      [
        .init("share of decoys that total less than a win", of: rows, atLeast: 0.5) { draw in mean(draw.map(\.whole)) },
        .init("share above messages alone", of: rows, atLeast: 0.1) { draw in mean(draw.map { $0.whole - $0.local }) },
      ], note: "messages alone \(shown(mean(rows.map(\.local)))); \(rows.count) pairs of episodes")
  }
}
