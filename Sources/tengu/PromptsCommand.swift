import Annotator
import ArgumentParser
import Captions
import Configuration
import Foundation
import Judging
import Learner

struct PromptsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prompts", abstract: "The questions that a language model is asked about captions.",
    subcommands: [List.self, Show.self, PromptTest.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the prompts that ship, with their goals.")

    func run() throws {
      try reportingFailure {
        let width = PromptLibrary.names.map(\.count).max() ?? 0
        for name in PromptLibrary.names {
          let prompt = try PromptLibrary.prompt(name)
          let label = name + String(repeating: " ", count: width + 2 - name.count)
          let goals = prompt.goals.map(\.name).joined(separator: ", ")
          print("\(label)\(prompt.kind.rawValue), \(prompt.style.rawValue), version \(prompt.version); goals \(goals)")
        }
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a prompt's identity and the question it makes of a caption, as a model would get it.")

    @Argument(help: "A prompt's name, or the path of a file (*.md).")
    var name = "default"

    @Option(help: "What messages are judged by: one of the prompt's goals.")
    var goal = "default"

    @Option(help: ArgumentHelp("A principle in words, instead of a goal.", valueName: "text"))
    var principle: String?

    @Option(help: ArgumentHelp("The message; twice for a ranking. It is sanitised first.", valueName: "text"))
    var caption: [String] = []

    @Flag(help: "Print the file the prompt is made of instead, to start one's own from.")
    var source = false

    func run() throws {
      try reportingFailure {
        if source, let text = PromptLibrary.source(name) { return print(text, terminator: "") }
        let goal = try principle.map { JudgingGoal.principle(try .init($0)) } ?? .named(goal)
        let bound = try BoundPrompt(try PromptLibrary.prompt(name), goal: goal)
        print("\(bound.identity), goal \(bound.goal)\n\n\(bound.transcript(of: caption))")
      }
    }
  }
}

struct PromptTest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Ask a model about messages of known label with a prompt. Exit status 1: it answered none of them.")

  @Argument(help: ArgumentHelp("A prompt's name or file.", valueName: "prompt"))
  var prompt = "default"

  @Option(help: ArgumentHelp("A goal of the prompt.", valueName: "name"))
  var goal = "default"

  @OptionGroup var server: LanguageModelArguments

  /// What one answer may take.
  private static let deadlineSeconds = 60.0

  func validate() throws {
    if server.urls.isEmpty { throw ValidationError("a prompt is tested with a model: give its server with --llm-url.") }
    if server.prompt != nil { throw ValidationError("the prompt to test is the argument, not --llm-prompt.") }
  }

  func run() throws {
    try reportingFailure {
      let messages = try BoundPrompt(PromptLibrary.prompt(prompt), goal: .named(goal)).calibration
      guard !messages.isEmpty else { throw ConfigurationError(["no labels are known for the goal \"\(goal)\""]) }
      var section = server.applied(to: LanguageModelSection())
      (section.prompt, section.goal) = (prompt, goal)
      (section.threshold, section.thresholdValue) = (.fixed, 0)
      let judge = try JudgeFactory(section, isLayered: false, log: { _ in }).judge()
      let judgements = try blocking {
        var judgements: [Judgement] = []
        for item in messages {
          judgements.append(
            try await judge.judge(Array(item.message.utf8), deadlineSeconds: Self.deadlineSeconds))
        }
        return judgements
      }
      print(judge.version ?? "the model did not answer")
      print("label  says     log-odds  message")
      for (item, judgement) in zip(messages, judgements) { print(Self.line(item, judgement)) }
      let read = zip(messages, judgements).filter { $0.1.verdict != .abstain }
      let right = read.count { $0.1.verdict == .label($0.0.label ? 1 : 0) }
      print("\(right) right of \(messages.count), \(messages.count - read.count) abstained, at threshold 0")
      if read.isEmpty { throw ExitCode(1) }
    }
  }

  private static func line(_ item: (message: String, label: Bool), _ judgement: Judgement) -> String {
    let says =
      switch judgement.verdict {
      case .abstain: "abstains"
      case .label(let value): value > 0.5 ? "yes" : "no"
      }
    let odds = judgement.logOdds.isNaN ? "-" : String(format: "%.2f", judgement.logOdds)
    return (item.label ? "yes" : "no").padding(toLength: 7, withPad: " ", startingAt: 0)
      + says.padding(toLength: 9, withPad: " ", startingAt: 0)
      + String(repeating: " ", count: max(0, 8 - odds.count)) + odds + "  " + item.message
  }
}

struct PrincipleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "principle",
    abstract: "Say in words what a run's language model judges captions by, also while the run goes on.",
    discussion: "Labels by the old principle are forgotten; captions are asked about again, newest first.")

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var directory: String

  @Argument(help: ArgumentHelp("One sentence; without one the configured goal counts again.", valueName: "text"))
  var text = ""

  func run() throws {
    try reportingFailure {
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue else {
        throw ConfigurationError(["there is no run directory \"\(directory)\""])
      }
      try PrincipleFile(runDirectory: URL(filePath: directory)).write(text)
    }
  }
}
