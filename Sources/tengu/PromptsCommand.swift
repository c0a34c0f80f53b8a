import ArgumentParser
import Judging

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
