import ArgumentParser
import Export
import Foundation
import NetHack
import Runtime

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a trained policy in the formats of other programs.",
    subcommands: [Policy.self, Onnx.self, Torch.self, Card.self, Steps.self, Text.self, Answers.self])

  /// What all formats share.
  struct Source: ParsableArguments {
    @Argument(
      help: ArgumentHelp(
        "A run directory, a checkpoint folder inside one, or a policy file.", valueName: "run|checkpoint|file"))
    var target: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"))
    var output: String

    @Option(help: ArgumentHelp("The folder that holds libnethack.so and nhdat.", valueName: "dir"))
    var nethack = NetHackTasks.standardDirectory

    func load() throws -> PolicyExport {
      let export = try PolicyExport(target, netHackDirectory: nethack, version: tenguVersion)
      for warning in export.warnings { FileHandle.standardError.write(Data("tengu: \(warning)\n".utf8)) }
      return export
    }

    func loadText() throws -> TextExport {
      let export = try TextExport(target, version: tenguVersion)
      for warning in export.warnings { FileHandle.standardError.write(Data("tengu: \(warning)\n".utf8)) }
      return export
    }

    func deliver(_ bytes: [UInt8], to path: String? = nil) throws {
      try PosixFileSystem().deliver(bytes, to: path ?? output)
    }
  }

  struct Policy: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The policy and its configuration in one safetensors file, which eval, replay and export read.",
      discussion: """
        Matrices have 16 bits an element, which halves the file and rounds each number to three digits; --single keeps all 32
        bits. The file is refused if its task is in Python and the reader does not name an interpreter.

        Example: tengu export policy runs/mine --output mine.safetensors
        """)

    @OptionGroup var source: Source

    @Flag(help: "Keep 32 bits of every number.")
    var single = false

    func run() throws { try reportingFailure { try source.deliver(try source.load().weights(halves: !single)) } }
  }

  struct Onnx: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "An ONNX model, operator set 17: observations and state in, logits, values and state out.")

    @OptionGroup var source: Source

    func run() throws { try reportingFailure { try source.deliver(try source.load().onnx()) } }
  }

  struct Torch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A PyTorch module in Python, and its weights as OUTPUT.safetensors.")

    @OptionGroup var source: Source

    func run() throws {
      try reportingFailure {
        let export = try source.load()
        let weights = URL(fileURLWithPath: source.output).deletingPathExtension().appendingPathExtension("safetensors")
        try source.deliver(try export.weights(), to: weights.path)
        try source.deliver(Array(export.torchModule(weightsName: weights.lastPathComponent).utf8))
      }
    }
  }

  struct Card: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "A model card in Markdown.")

    @OptionGroup var source: Source

    func run() throws { try reportingFailure { try source.deliver(Array(try source.load().card().utf8)) } }
  }

  struct Steps: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Steps that the policy plays, with the network's outputs, to compare an export with.")

    @OptionGroup var source: Source

    @Option(help: "Steps of each of the four environments, 1 to 100000.")
    var steps = 1000

    @Option(help: "Seed of the episodes and of the actions.")
    var seed: UInt64 = 1

    func validate() throws {
      guard (1...100_000).contains(steps) else {
        throw ValidationError("--steps is from 1 to 100000, not \(steps).")
      }
    }

    func run() throws {
      try reportingFailure {
        let recording = try StepRecording(try source.load(), steps: steps)
        let line = ProgressLine(of: steps, "steps")
        defer { line.end() }
        try source.deliver(try recording.play(seed: seed, progress: line.show))
      }
    }
  }

  struct Text: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The weights of a text policy as safetensors, with its sizes and the characters of its tokens.")

    @OptionGroup var source: Source

    func run() throws { try reportingFailure { try source.deliver(try source.loadText().weights()) } }
  }

  struct Answers: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Answers of a text policy, with the log-probability of each token, to compare an export with.")

    @OptionGroup var source: Source

    @Option(help: "Number of answers, 1 to 100000.")
    var count = 256

    @Option(help: "Seed of the questions and of the answers.")
    var seed: UInt64 = 1

    func validate() throws {
      guard (1...100_000).contains(count) else {
        throw ValidationError("--count is from 1 to 100000, not \(count).")
      }
    }

    func run() throws {
      try reportingFailure { try source.deliver(try source.loadText().answers(count: count, seed: seed)) }
    }
  }
}
