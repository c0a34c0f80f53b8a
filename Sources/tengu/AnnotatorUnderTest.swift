import Annotator
import Foundation
import GameRules
import Judging

/// An annotator to be measured.
struct AnnotatorUnderTest {
  let judge: any CaptionJudge
  /// Compares two messages in the order given; nil for an annotator that does not.
  var comparison: AnnotatorEvaluation.Comparison?

  /// The one place where arguments become judges.
  static func make(_ arguments: JudgeArguments) throws -> AnnotatorUnderTest {
    switch arguments.annotator {
    case .rules: return AnnotatorUnderTest(judge: ImmediateJudge(RuleAnnotator()))
    case .llm, .layered:
      let factory = try JudgeFactory(
        arguments.languageModel, isLayered: arguments.annotator == .layered,
        log: { FileHandle.standardError.write(Data("\($0)\n".utf8)) })
      var annotator = AnnotatorUnderTest(judge: try factory.judge())
      let pairs = try factory.pairJudge(prompt: "ranking")
      annotator.comparison = { first, second throws(ModelFailure) in
        try await pairs.compare(
          Array(first.utf8), Array(second.utf8), deadlineSeconds: AnnotatorEvaluation.defaultDeadlineSeconds)
      }
      return annotator
    }
  }
}
