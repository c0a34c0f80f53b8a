import Captions
import Judging

/// Who compares the two captions of a pair, in the form in which tasks are judged.
struct PairComparison: Sendable {
  /// Stored with every preference, as those of a `CaptionJudge` are with labels.
  let kind: String
  let version: @Sendable () -> String?
  /// The value is how surely the first is the better one.
  let judge:
    @Sendable (_ first: [UInt8], _ second: [UInt8], _ deadlineSeconds: Double) async throws(ModelFailure) -> Judgement
}

extension PairComparison {
  init(_ judge: PairJudge) {
    kind = judge.kind
    version = { judge.version }
    self.judge = { first, second, seconds throws(ModelFailure) in
      let judgement = try await judge.judge(first, second, deadlineSeconds: seconds)
      return Judgement(Self.verdict(judgement.preference), evidence: judgement.evidence)
    }
  }

  static func verdict(_ preference: Preference?) -> Verdict {
    switch preference {
    case nil: .abstain
    case .first: .label(1)
    case .second: .label(0)
    case .tie: .label(0.5)
    }
  }
}
