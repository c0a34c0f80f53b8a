import Annotator
import ArgumentParser
import Captions
import Configuration
import Foundation
import Judging
import Learner

struct PromptsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prompts", abstract: "Show and test the prompts that ask a language model about captions.",
    subcommands: [List.self, Show.self, PromptTest.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the built-in prompts and their goals.")

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
      abstract: "Print the identity of a prompt and the question about a caption, as a model receives it.")

    @Argument(help: "Name of a prompt, or path of a file (*.md).")
    var name = "default"

    @Option(help: "One of the goals of the prompt.")
    var goal = "default"

    @Option(help: ArgumentHelp("A principle in words in place of a goal.", valueName: "text"))
    var principle: String?

    @Option(help: ArgumentHelp("A message; give two for a ranking. It is sanitised first.", valueName: "text"))
    var caption: [String] = []

    @Flag(help: "Print the file of the prompt, as the start of another prompt.")
    var source = false

    func run() throws {
      try reportingFailure {
        if source, let text = PromptLibrary.source(name) { return print(text, terminator: "") }
        let goal = try principle.map { Instruction.Goal.principle(try Instruction.Principle($0)) } ?? .named(goal)
        let bound = try Instruction(try PromptLibrary.prompt(name), goal: goal)
        print("\(bound.identity), goal \(bound.goal)\n\n\(bound.transcript(of: caption))")
      }
    }
  }
}

struct PromptTest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Ask a model about messages with known labels, using a prompt.",
    discussion: "Exit status 1: the model answered none of the messages.")

  @Argument(help: ArgumentHelp("Name or file of a prompt.", valueName: "prompt"))
  var prompt = "default"

  @Option(help: ArgumentHelp("A goal of the prompt.", valueName: "name"))
  var goal = "default"

  @OptionGroup var server: LanguageModelArguments

  /// Time limit of one answer.
  private static let deadlineSeconds = 60.0

  func validate() throws {
    if !server.namesModel {
      throw ValidationError(
        "testing a prompt needs a model; give its server with --llm-url, or its file with --llm-file.")
    }
    if server.prompt != nil { throw ValidationError("give the prompt as the argument, not as --llm-prompt.") }
  }

  func run() throws {
    try reportingFailure {
      let messages = try Instruction(PromptLibrary.prompt(prompt), goal: .named(goal)).calibration
      guard !messages.isEmpty else {
        throw ConfigurationError(["there are no messages with known labels for the goal \"\(goal)\""])
      }
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
      if let answer = judgements.lazy.compactMap(\.unreadable).first { print("not read: \(answer)") }
      if read.isEmpty { throw ExitCode(1) }
    }
  }

  private static func line(_ item: (message: String, label: Bool), _ judgement: Judgement) -> String {
    let says =
      switch judgement.verdict {
      case .abstain: "abstains"
      case .label(let value): value > 0.5 ? "yes" : "no"
      }
    let odds = judgement.logOdds.map { String(format: "%.2f", $0) } ?? "-"
    return (item.label ? "yes" : "no").padding(toLength: 7, withPad: " ", startingAt: 0)
      + says.padding(toLength: 9, withPad: " ", startingAt: 0)
      + String(repeating: " ", count: max(0, 8 - odds.count)) + odds + "  " + item.message
  }
}
