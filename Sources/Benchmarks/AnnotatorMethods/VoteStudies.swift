import Foundation
import Judging
import Statistics

/// Methods that make one label of several answers.
extension Study {
  /// Row 4, Co-Reward (2508.00410): label where two wordings agree.
  func agreement() throws -> StudyVerdict {
    let wordings = try wordings().prefix(2)
    let items = messages.heldOut
    let sides = try wordings.map { try labels($0, items) }
    let rows = items.indices.map { index -> (one: Double, both: Double?) in
      let truth = items[index].isProgress
      let agree = sides[0][index] != nil && sides[0][index] == sides[1][index]
      return (credit(sides[0][index], truth), agree ? credit(sides[0][index], truth) : nil)
    }
    let names = wordings.map(\.prompt.name).joined(separator: " and ")
    return verdict(
      4, "two wordings agree (Co-Reward)",
      [
        .init("accuracy above one wording", of: rows, atLeast: 0.1) { draw in
          guard let both = mean(draw.compactMap(\.both)), let one = mean(draw.map(\.one)) else { return nil }
          return both - one
        },
        .init("share labelled", of: rows, atLeast: 0.6) { draw in mean(draw.map { $0.both == nil ? 0 : 1 }) },
      ], note: "\(names); one wording \(shown(mean(rows.map(\.one))))")
  }

  /// Answers of a critique to one message.
  private static let critiques = 8
  /// Messages with critiques, because each costs eight long answers.
  private static let critiqued = 32

  private func critiques() throws -> [(item: StudyItem, samples: [SampledLabel])] {
    let critique = try instruction("critique")
    return try messages.heldOut.prefix(Self.critiqued).map { item in
      (item, try (0..<Self.critiques).map { try reply(critique, item, sample: $0).label })
    }
  }

  /// Row 15, generative reward models (2504.02495): critiques with scores, the best of which are added up.
  func critiqueVote() throws -> StudyVerdict {
    let votes: [any LabelAggregator] = [ScoreVote(kept: Self.critiques / 2), MajorityVote()]
    let rows = try critiques().map { item, samples in
      // One answer is any of the eight, so that their mean is its expected accuracy.
      let one = mean(samples.map { credit($0.reading.isProgress, item.isProgress) }) ?? 0.5
      return (one: one, votes: votes.map { credit($0.aggregate(samples).isProgress, item.isProgress) })
    }
    return verdict(
      15, "critiques with scores, the best added up (GRM)",
      [
        .init("accuracy of 8 above 1", of: rows, atLeast: 0.05) { draw in mean(draw.map { $0.votes[0] - $0.one }) },
        .init("above a plain vote", of: rows, atLeast: 0) { draw in mean(draw.map { $0.votes[0] - $0.votes[1] }) },
      ],
      note: "one critique \(shown(mean(rows.map(\.one)))), eight \(shown(mean(rows.map { $0.votes[0] })))")
  }

  /// Row 27, self-certainty (2502.18581): the divergence of the answer's distribution from uniform ranks answers.
  func certainty() throws -> StudyVerdict {
    let wordings = try wordings()
    let votes: [any LabelAggregator] = [SelfCertaintyVote(), MajorityVote()]
    let rows = try messages.heldOut.map { item in
      let samples = try wordings.enumerated().map { try sampled($1, item, prompt: $0) }
      return (
        certainty: samples[0].certainty, isRight: samples[0].reading.isProgress == item.isProgress,
        votes: votes.map { credit($0.aggregate(samples).isProgress, item.isProgress) }
      )
    }
    return verdict(
      27, "votes by self-certainty",
      [
        .init("AUC of certainty for right answers", of: rows, atLeast: 0.6) { draw in
          Ranking.areaUnderCurve(draw.map { (score: $0.certainty, isPositive: $0.isRight) })
        },
        .init("accuracy above a majority of 3 wordings", of: rows, atLeast: 0) { draw in
          mean(draw.map { $0.votes[0] - $0.votes[1] })
        },
      ], note: "majority \(shown(mean(rows.map { $0.votes[1] })))")
  }

  /// Row 28, internal consistency (2407.14507): whether agreement among answers tells right from wrong.
  func consistency() throws -> StudyVerdict {
    let standard = try standard()
    let rows = try critiques().map { item, samples in
      let label = MajorityVote().aggregate(samples)
      let isRight = credit(label.isProgress, item.isProgress)
      return (consistency: max(label.share, 1 - label.share), isRight: isRight, item: item)
    }
    let margins = try zip(margins(standard, messages.heldOut), labels(standard, messages.heldOut)).enumerated().map {
      (abs($1.0), credit($1.1, messages.heldOut[$0].isProgress))
    }
    return verdict(
      28, "agreement among answers tells right from wrong",
      [
        .init("rank correlation with being right", of: rows, atLeast: 0.3) { draw in
          rankCorrelation(draw.filter { $0.consistency.isFinite }.map { ($0.consistency, $0.isRight) })
        }
      ], note: "of the margin of one-token answers \(shown(rankCorrelation(margins)))")
  }

  /// Row 43 (2505.19209): different annotators at the calls of one annotator asked several times. One-token answers are
  /// read from log-probabilities, so that the same annotator gives the same label each time.
  func diversity() throws -> StudyVerdict {
    let wordings = try wordings()
    let rows = try messages.heldOut.map { item in
      let samples = try wordings.enumerated().map { try sampled($1, item, prompt: $0) }
      return (
        same: credit(samples[0].reading.isProgress, item.isProgress),
        diverse: credit(MajorityVote().aggregate(samples).isProgress, item.isProgress),
        logOdds: samples.map(\.reading.logOdds).filter(\.isFinite), truth: item.isProgress
      )
    }
    let errors = [1, wordings.count].map { count in
      Calibration(
        rows.compactMap { row in
          mean(row.logOdds.prefix(count)).map { (probability: 1 / (1 + exp(-$0)), isPositive: row.truth) }
        })?.expectedError
    }
    return verdict(
      43, "three wordings instead of one, three times",
      [
        .init("accuracy above the same annotator", of: rows, atLeast: 0.02) { draw in
          mean(draw.map { $0.diverse - $0.same })
        }
      ],
      note: "same \(shown(mean(rows.map(\.same)))), calibration error \(shown(errors[0])); "
        + "diverse \(shown(mean(rows.map(\.diverse)))), \(shown(errors[1]))")
  }

  /// Row 69, confidence as a reward (CRew): soft labels.
  func softLabels() throws -> StudyVerdict {
    let items = messages.heldOut
    let rows = zip(items, try margins(standard(), items)).map { item, margin in
      (probability: 1 / (1 + exp(-margin)), isPositive: item.isProgress)
    }
    func loss(_ probability: Double, _ truth: Bool) -> Double {
      let kept = min(max(probability, 1e-3), 1 - 1e-3)
      return -log(truth ? kept : 1 - kept)
    }
    return verdict(
      69, "soft labels (CRew)",
      [
        .init("0.1 minus calibration error", of: rows, atLeast: 0) { draw in
          Calibration(draw).map { 0.1 - $0.expectedError }
        },
        .init("log-likelihood above hard labels", of: rows, atLeast: 0) { draw in
          mean(draw.map { loss($0.probability > 0.5 ? 1 : 0, $0.isPositive) - loss($0.probability, $0.isPositive) })
        },
      ], note: "accuracy \(shown(mean(rows.map { ($0.probability > 0.5) == $0.isPositive ? 1 : 0 })))")
  }
}
