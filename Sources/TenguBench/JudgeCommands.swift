import ArgumentParser
import Benchmarks
import Foundation

struct BenchJudges: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "judges",
    abstract:
      "Acceptance tests of the annotator's methods on recorded answers of language models, as a Markdown table.",
    discussion: """
      Run it from the root of the repository; it reads cluster/recordings. With --record it asks a server what the \
      recording lacks instead (scripts/record-answers.sh starts one).
      """)

  @Option(help: ArgumentHelp("Ask this server and add its answers to the recording.", valueName: "url"))
  var record: String?

  @Option(help: ArgumentHelp("The recording to continue, with --record.", valueName: "file"))
  var file: String?

  @Option(help: ArgumentHelp("Name of the model in a new recording, with --record.", valueName: "name"))
  var model: String?

  func validate() throws {
    guard (record == nil) == (file == nil), (record == nil) == (model == nil) else {
      throw ValidationError("--record, --file and --model come together")
    }
  }

  func run() throws {
    try reportingFailure {
      func show(_ verdict: StudyVerdict) {
        FileHandle.standardError.write(
          Data(
            "  \(verdict.row) \(verdict.method), \(verdict.source): \(verdict.verdict?.rawValue ?? "not recorded")\n"
              .utf8))
      }
      if let record, let file, let model {
        try JudgeStudy.record(server: record, model: model, to: file, JudgeStudy.Files(), show: show)
      } else {
        print(StudyVerdict.table(try JudgeStudy.run(JudgeStudy.Files(), show: show)), terminator: "")
      }
    }
  }
}
