import Captions
import Configuration
import Judging
import Wire

/// Whose labels count in a run, as far as its configuration says it before any annotator has answered. An annotator states
/// the origin of its labels itself, so the first answer must not decide whose labels count.
public enum ExpectedOrigin: Sendable, Equatable {
  case exactly(LabelOrigin)
  /// Annotators of a kind whose version begins with a text: the rest is the name of a model that only servers know.
  case beginning(kind: String, version: String)
  /// The configuration says nothing.
  case unknown

  /// Whether labels of `origin` can be those that the run wants.
  public func admits(_ origin: LabelOrigin) -> Bool {
    switch self {
    case .exactly(let expected): origin == expected
    case .beginning(let kind, let version):
      origin.kind == kind
        && (origin.version.hasPrefix(version)
          // Annotators cut long versions.
          || version.utf8.count >= WireLimits.maximumSourceBytes && version.hasPrefix(origin.version))
    case .unknown: true
    }
  }

  /// An origin as it is written in a configuration and in the log: the kind in one word, then the version.
  /// - Parameter text: a text with at least two words; others mean `unknown`.
  init(_ text: String) {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    self =
      parts.count == 2
      ? .exactly(LabelOrigin(kind: parts[0], version: Labels.fitted(parts[1]))) : .unknown
  }

  /// A judge's origin without its model's name, or with it if the configuration has it.
  fileprivate init(kind: String, version: String?, model: String) {
    let version = Labels.fitted(version ?? "")
    self =
      model.isEmpty
      ? .beginning(kind: kind, version: version) : .exactly(LabelOrigin(kind: kind, version: version))
  }
}

extension RunPlan {
  /// The labels that count.
  /// - Parameter principle: what captions are judged by now; empty: the configured goal or principle.
  public func expectedOrigin(principle: String = "") -> ExpectedOrigin {
    let named = configuration.annotator.expectedOrigin
    if !named.isEmpty, principle.isEmpty { return ExpectedOrigin(named) }
    switch annotator.source {
    case .none: return .unknown
    case .immediate(let make):
      guard let inputs = try? AnnotatorEntry.Inputs(configuration) else { return .unknown }
      // What it reads may be on the annotators' machines alone.
      guard let annotator = try? make(inputs) else {
        return .beginning(kind: configuration.annotator.kind.rawValue, version: "")
      }
      return .exactly(LabelOrigin(kind: annotator.kind, version: Labels.fitted(annotator.version)))
    case .languageModel(let rulesFirst):
      let section = configuration.languageModel
      let model = ModelName(name: section.model)
      // The prompt may be a file that only annotators have.
      guard let judge = try? section.judge(asking: model, rulesFirst: rulesFirst, principle: principle) else {
        return .beginning(kind: configuration.annotator.kind.rawValue, version: "")
      }
      return ExpectedOrigin(kind: judge.kind, version: judge.version, model: section.model)
    }
  }

  /// The preferences that count.
  public func expectedPairOrigin() -> ExpectedOrigin {
    let section = configuration.languageModel
    guard annotator.asksModel, let judge = try? section.pairJudge(asking: ModelName(name: section.model)) else {
      return .unknown
    }
    return ExpectedOrigin(kind: judge.kind, version: judge.version, model: section.model)
  }
}

/// A model that gives a judge its name and is never asked.
private struct ModelName: LanguageModel {
  let name: String?
  let concurrency = 1

  init(name: String) { self.name = name }

  func answer(_ question: ModelQuestion, deadlineSeconds: Double) async throws(ModelFailure) -> ModelAnswer {
    throw .unavailable("there is no model")
  }
}
