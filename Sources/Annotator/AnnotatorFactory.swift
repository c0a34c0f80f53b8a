import Annotation
import Configuration
import Environments

/// Why an annotator cannot go on.
public enum AnnotatorError: Error, CustomStringConvertible, Sendable {
  case refused(String)
  case unavailable(String)

  public var description: String {
    switch self {
    case .refused(let text): "the learner refused this annotator: \(text)"
    case .unavailable(let text): text
    }
  }
}

/// The annotator a run configuration names.
enum AnnotatorFactory {
  static func make(_ configuration: RunConfiguration) throws -> any CaptionAnnotator {
    switch configuration.annotator.kind {
    case .none: throw AnnotatorError.unavailable("the run has no annotator (annotator.kind = \"none\")")
    case .rules: return RuleAnnotator()
    case .oracle:
      return StubAnnotator(
        flipRate: Float(configuration.annotator.flipRate), seed: UInt64(bitPattern: Int64(configuration.run.seed)),
        oracle: { CaptionGrid.label(of: $0).map { $0 ? 1 : 0 } })
    }
  }
}
