import Captions
import Wire

extension Labels {
  /// The answers about captions, each with its evidence, and with the text that was asked if it differs from the
  /// caption.
  var judgements: [(caption: CaptionID, judgement: Judgement, asked: [UInt8]?)] {
    ids.indices.map { index in
      let source = sources.isEmpty ? nil : sources[index]
      let judgement = Judgement(
        outcomes[index] == .labelled ? .label(values[index]) : .abstain,
        logOdds: logOdds.isEmpty ? .nan : logOdds[index], evidence: source.flatMap(evidence))
      return (ids[index], judgement, source.flatMap { $0.asked.isEmpty ? nil : $0.asked })
    }
  }

  /// The answers about pairs; empty for a task of captions.
  var pairAnswers: [PairAnswer] {
    partners.indices.map { index in
      let pair = CaptionPair(ids[index], partners[index])
      guard outcomes[index] == .labelled else { return PairAnswer(pair, .abstain) }
      return PairAnswer(pair, values[index] > 0.5 ? .first : values[index] < 0.5 ? .second : .tie)
    }
  }

  /// Kind and version of the annotator.
  var origin: LabelOrigin { LabelOrigin(kind: annotatorKind, version: annotatorVersion) }

  /// nil if no model was asked.
  private func evidence(_ source: LabelSource) -> LabelEvidence? {
    if source.model.isEmpty && source.server.isEmpty && source.samples == 0 { return nil }
    let wasAsked = source.samples > 0
    return LabelEvidence(
      prompt: wasAsked ? prompt : "", goal: wasAsked ? goal : "", model: source.model, server: source.server,
      latencySeconds: Double(source.latencySeconds), promptTokens: Int(source.promptTokens),
      answerTokens: Int(source.answerTokens), samples: Int(source.samples), answerDigest: source.answerDigest)
  }
}
