import Foundation
import Runtime

@testable import Judging

/// Samples at random: some abstained from, some without log-odds, many with equal scores.
func randomSamples(_ count: Int, _ generator: inout SplitMix64) -> [QualitySample] {
  (0..<count).map { _ in
    let isProgress = Bool.random(using: &generator)
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: return QualitySample(isProgress: isProgress, verdict: .abstain)
    case 1: return QualitySample(isProgress: isProgress, verdict: .label(Bool.random(using: &generator) ? 1 : 0))
    default:
      let logOdds = Double(Int.random(in: -4...4, using: &generator)) / 2 + (isProgress ? 0.5 : 0)
      return QualitySample(isProgress: isProgress, verdict: .label(logOdds > 0 ? 1 : 0), logOdds: logOdds)
    }
  }
}

func sample(_ isProgress: Bool, _ probability: Double) -> QualitySample {
  QualitySample(
    isProgress: isProgress, verdict: .label(probability >= 0.5 ? 1 : 0),
    logOdds: log(probability) - log(1 - probability))
}

func isNear(_ a: Double?, _ b: Double?, within tolerance: Double = 1e-12) -> Bool {
  guard let a, let b else { return a == nil && b == nil }
  return abs(a - b) <= tolerance
}

/// The repository's own files, which no bundle holds.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()
