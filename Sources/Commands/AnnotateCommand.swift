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
    commandName: "annotate", abstract: "Measure the quality of annotators.", subcommands: [AnnotateEvaluation.self])
}

struct AnnotateEvaluation: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure an annotator on messages with known labels.",
    discussion: """
      Exit status 1: the annotator answered none of the messages.

      Example: tengu annotate eval cluster/messages/nethack.tsv --annotator llm --llm-url http://127.0.0.1:8080
      """)

  /// The part of the messages that is used.
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

    /// The first line of the report.
    var line: String {
      switch self {
      case .all: "part                all"
      case .tune: "part                tune: what rules and prompts were made with; see --half"
      case .heldOut: "part                held-out: no template in it was used to make rules or prompts; see --half"
      }
    }
  }

  @Argument(
    help: ArgumentHelp(
      "Messages with columns separated by tabs: label (0 or 1), message and others; such as cluster/messages/nethack.tsv.",
      valueName: "file"))
  var file: String

  @OptionGroup var judge: JudgeArguments

  @Option(
    help: """
      Part of the messages: `tune` for choosing prompts and rules, `held-out` for measurements, or `all` (default: \
      held-out if the file has a column `family`, by which it is split; otherwise all).
      """)
  var half: Part?

  @Option(help: "Number of pairs to compare in both orders, for annotators that compare messages.")
  var pairs = 0

  @Option(help: "Seed of the choice of pairs and of the confidence intervals.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Time limit for one label.", valueName: "seconds"))
  var timeout = AnnotatorEvaluation.defaultDeadlineSeconds

  @Flag(help: "Print the report as JSON.")
  var json = false

  func validate() throws {
    guard pairs >= 0 else { throw ValidationError("--pairs must not be negative; it is \(pairs).") }
    guard timeout > 0, timeout.isFinite else { throw ValidationError("--timeout must be above 0.") }
  }

  func run() throws {
    try reportingFailure {
      let set = try LabelledSet(contentsOf: file)
      let part = half ?? (set.hasFamilies ? .heldOut : .all)
      let messages = part.messages(of: set)
      let annotator = try AnnotatorUnderTest.make(judge.annotator, judge.languageModel)
      let evaluation = AnnotatorEvaluation(of: annotator.judge, deadlineSeconds: timeout)
      let (seed, pairs) = (seed, pairs)
      let report = try blocking {
        var generator = SplitMix64(seed: seed)
        return try await evaluation.report(
          on: messages, pairs: pairs, comparison: annotator.comparison, using: &generator)
      }
      print(json ? try text(of: report) : "\(part.line)\n\(report.table)")
      if report.confusion.answered == 0 { throw ExitCode(1) }
    }
  }

  private func text(of report: QualityReport) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(report), as: UTF8.self)
  }
}

/// Options that choose an annotator, for commands that use one outside a run.
struct JudgeArguments: ParsableArguments {
  enum Kind: String, CaseIterable, ExpressibleByArgument {
    /// The table of rules in GameRules.
    case rules
    /// A language model.
    case llm
    /// The rules first; the language model for captions that no rule covers.
    case layered
  }

  @Option(help: "The annotator: rules, llm, or layered (rules first, then the model).")
  var annotator = Kind.rules

  @OptionGroup var server: LanguageModelArguments

  @Option(help: ArgumentHelp("Goal that the model judges captions by; see `tengu prompts list`.", valueName: "name"))
  var goal: String?

  func validate() throws {
    let isModel = annotator != .rules
    if isModel, !server.namesModel {
      throw ValidationError("--annotator \(annotator.rawValue) needs --llm-url or --llm-file.")
    }
    if !isModel, !server.isEmpty || goal != nil {
      throw ValidationError(
        "--llm-... and --goal apply to a language model; add --annotator llm or layered."
      )
    }
  }

  /// The configuration section that these options amount to.
  var languageModel: LanguageModelSection {
    var section = server.applied(to: LanguageModelSection())
    if let goal { section.goal = goal }
    return section
  }
}

/// An annotator that a command measures.
struct AnnotatorUnderTest {
  let judge: any CaptionJudge
  /// Compares two messages in the given order; nil if the annotator does not compare.
  var comparison: AnnotatorEvaluation.Comparison?

  /// Creates the annotator that the options choose.
  static func make(
    _ kind: JudgeArguments.Kind, _ languageModel: LanguageModelSection
  ) throws -> AnnotatorUnderTest {
    switch kind {
    case .rules: return AnnotatorUnderTest(judge: ImmediateJudge(RuleAnnotator()))
    case .llm, .layered:
      let factory = try JudgeFactory(
        languageModel, isLayered: kind == .layered,
        log: { FileHandle.standardError.write(Data("\($0)\n".utf8)) })
      var annotator = AnnotatorUnderTest(judge: try factory.judge())
      let pairs = try factory.pairJudge()
      annotator.comparison = { first, second throws(ModelFailure) in
        try await pairs.compare(
          Array(first.utf8), Array(second.utf8), deadlineSeconds: AnnotatorEvaluation.defaultDeadlineSeconds)
      }
      return annotator
    }
  }
}
