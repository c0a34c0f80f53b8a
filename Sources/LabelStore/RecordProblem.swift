import Captions

extension LabelRecord {
  /// Why a store does not accept the record; nil if it does.
  var problem: String? {
    if let problem = captionProblem(caption) { return problem }
    if let fault = judgement.fault { return "an answer about \(captionText(caption)): \(fault)" }
    return originProblem(source, judgement.evidence)
  }
}

extension PreferenceRecord {
  /// Why a store does not accept the record; nil if it does.
  var problem: String? {
    if let problem = captionProblem(first) ?? captionProblem(second) { return problem }
    guard first != second else { return "the pair of \(captionText(first)) and itself" }
    return originProblem(source, judgement.evidence)
  }
}

private func captionProblem(_ caption: [UInt8]) -> String? {
  (1...CaptionLedger.maximumCaptionBytes).contains(caption.count) ? nil : "a caption of \(caption.count) bytes"
}

private func originProblem(_ source: RecordSource, _ evidence: LabelEvidence?) -> String? {
  guard source.answeredAt.isFinite else { return "the time \(source.answeredAt)" }
  // SQLite ends texts at a zero byte when it reads them.
  if let text = (source.names + (evidence?.names ?? [])).first(where: { $0.utf8.contains(0) }) {
    return "a zero byte in \(text.debugDescription)"
  }
  return evidence?.fault
}

extension RecordSource {
  /// The texts that a row refers to, in the order of its columns.
  var names: [String] { [run, annotator, origin.kind, origin.version] }
}

extension LabelEvidence {
  /// The texts that a row refers to, in the order of its columns.
  var names: [String] { [prompt, goal, model, server] }
}
