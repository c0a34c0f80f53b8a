import Captions
import Wire

/// A task that is being worked on, and what is known of it so far.
struct TaskInHand {
  let task: AnnotationTask
  /// Seconds on the service's clock.
  let received: Double
  /// By place in the task; nil where there is no judgement.
  var judgements: [Judgement?]

  init(_ task: AnnotationTask, received: Double) {
    self.task = task
    self.received = received
    judgements = Array(repeating: nil, count: task.ids.count)
  }

  /// From then on the learner gives the captions to others.
  var expires: Double { received + task.deadlineSeconds }

  /// The answer with all there is; nil if there is nothing.
  func labels(kind: String, version: String, now: Double) -> Labels? {
    let judged = judgements.indices.compactMap { index in judgements[index].map { (index, $0) } }
    guard !judged.isEmpty else { return nil }
    let all = judged.map(\.1)
    let asked = all.compactMap(\.evidence).first { $0.samples > 0 }
    return Labels(
      task: task.task, ids: judged.map { task.ids[$0.0] },
      partners: task.partners.isEmpty ? [] : judged.map { task.partners[$0.0] },
      outcomes: all.map { if case .label = $0.verdict { .labelled } else { .abstained } },
      values: all.map { if case .label(let value) = $0.verdict { value } else { 0 } },
      logOdds: all.allSatisfy(\.logOdds.isNaN) ? [] : all.map(\.logOdds),
      annotatorKind: kind, annotatorVersion: Labels.fitted(version),
      prompt: Labels.fitted(asked?.prompt ?? ""), goal: Labels.fitted(asked?.goal ?? ""),
      // A label that rests on nobody's answer has an empty one.
      sources: all.allSatisfy { $0.evidence == nil } ? [] : all.map { LabelSource($0.evidence ?? LabelEvidence()) },
      latencySeconds: now - received)
  }
}

extension LabelSource {
  init(_ evidence: LabelEvidence) {
    self.init(
      model: Labels.fitted(evidence.model), server: Labels.fitted(evidence.server),
      latencySeconds: Float(evidence.latencySeconds), promptTokens: UInt32(clamping: evidence.promptTokens),
      answerTokens: UInt32(clamping: evidence.answerTokens), samples: UInt32(clamping: evidence.samples),
      answerDigest: evidence.answerDigest, asked: evidence.asked)
  }
}
