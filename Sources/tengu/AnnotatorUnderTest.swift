import Annotation
import Configuration

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
      throw ConfigurationError(["--annotator \(arguments.annotator.rawValue): this build has no language-model judge"])
    }
  }
}
