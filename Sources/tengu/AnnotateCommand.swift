import Annotator
import ArgumentParser
import Configuration
import Foundation
import GameRules
import Judging
import Runtime
import Tensor

struct AnnotateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "annotate", abstract: "What annotators are worth.", subcommands: [AnnotateEvaluation.self])
}

struct AnnotateEvaluation: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure an annotator on messages whose labels are known. Exit status 1: it answered none of them.")

  /// Which messages are measured with.
  enum Part: String, CaseIterable, ExpressibleByArgument {
    case all, tune
    case heldOut = "held-out"

    func messages(of set: LabelledSet) -> [LabelledMessage] {
      switch self {
      case .all: set.messages
      case .tune: set[.tune]
      case .heldOut: set[.heldOut]
      }
    }
  }

  @Argument(
    help: ArgumentHelp(
      "The messages, such as cluster/messages/nethack.tsv: columns label (0 or 1) and message, separated by tabs.",
      valueName: "file"))
  var file: String

  @OptionGroup var judge: JudgeArguments

  @Option(help: "Which half of the messages: `tune` may be looked at, `held-out` is for measuring alone.")
  var half = Part.all

  @Option(help: "Pairs that are asked in both orders, for annotators that compare.")
  var pairs = 0

  @Option(help: "Seeds the pairs and the intervals.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("What one label may take.", valueName: "seconds"))
  var timeout = AnnotatorEvaluation.defaultDeadlineSeconds

  @Flag(help: "Print the report as JSON.")
  var json = false

  func validate() throws {
    guard pairs >= 0 else { throw ValidationError("--pairs is a number of pairs, not \(pairs).") }
    guard timeout > 0, timeout.isFinite else { throw ValidationError("--timeout is above 0.") }
  }

  func run() throws {
    try reportingFailure {
      let messages = half.messages(of: try LabelledSet(contentsOf: file))
      let annotator = try AnnotatorUnderTest.make(judge)
      let evaluation = AnnotatorEvaluation(of: annotator.judge, deadlineSeconds: timeout)
      let (seed, pairs) = (seed, pairs)
      let report = try blocking {
        var generator = SplitMix64(seed: seed)
        return try await evaluation.report(
          on: messages, pairs: pairs, comparison: annotator.comparison, using: &generator)
      }
      print(json ? try text(of: report) : report.table)
      if report.messages == 0 { throw ExitCode(1) }
    }
  }

  private func text(of report: QualityReport) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(report), as: UTF8.self)
  }
}

/// Which annotator judges, for commands that ask one outside of a run.
struct JudgeArguments: ParsableArguments {
  enum Kind: String, CaseIterable, ExpressibleByArgument {
    /// The table of rules.
    case rules
    /// A language model.
    case llm
    /// The rules, and where they are silent the language model.
    case layered
  }

  @Option(help: "Who labels.")
  var annotator = Kind.rules

  @OptionGroup var server: LanguageModelArguments

  @Option(help: ArgumentHelp("The goal to judge by.", valueName: "name"))
  var goal: String?

  func validate() throws {
    let isModel = annotator != .rules
    if isModel, server.urls.isEmpty { throw ValidationError("--annotator \(annotator.rawValue) needs --llm-url.") }
    if !isModel, !server.isEmpty || goal != nil {
      throw ValidationError("--llm-url, --llm-model, --llm-key-file, --llm-prompt and --goal are for a language model.")
    }
  }

  /// The configuration's words for what is asked.
  var languageModel: LanguageModelSection {
    var section = server.applied(to: LanguageModelSection())
    if let goal { section.goal = goal }
    return section
  }
}

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
