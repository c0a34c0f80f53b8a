import ArgumentParser
import Foundation
import LabelStore

extension LabelFormat: ExpressibleByArgument {}

struct LabelsExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write every answer that is not withdrawn to standard output.")

  @OptionGroup var store: LabelsTarget

  @Option(help: "jsonl or csv; bytes that are not UTF-8 are written \\xHH in both.")
  var format = LabelFormat.jsonl

  func run() throws {
    try reportingFailure {
      try store.open(.readOnly).export(format) { try FileHandle.standardOutput.write(contentsOf: Data($0.utf8)) }
    }
  }
}

struct LabelsImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Add the answers of exported files, each file as a whole or not at all.")

  @OptionGroup var store: LabelsTarget

  @Argument(help: ArgumentHelp("What export wrote: NAME.jsonl or NAME.csv.", valueName: "file"))
  var files: [String]

  @Option(help: "jsonl or csv; by the file's name if left out.")
  var format: LabelFormat?

  func run() throws {
    try reportingFailure {
      let store = try store.open(.readWrite)
      for file in files {
        let text = try Data(contentsOf: URL(fileURLWithPath: file))
        let count = try store.importLabels(text, format ?? (file.hasSuffix(".csv") ? .csv : .jsonl), file: file)
        print("\(file): \(count) answers")
      }
    }
  }
}

struct LabelsRelabel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relabel",
    abstract: "Withdraw the answers of captions, so that a learner which is started on the store asks them again.")

  @OptionGroup var store: LabelsTarget
  @OptionGroup var filter: LabelsFilterOptions

  @Flag(help: "Needed to withdraw all answers of the store.")
  var all = false

  func validate() throws {
    guard all != (filter.filter != LabelFilter()) else {
      throw ValidationError("say which captions are to be asked again, or --all and nothing else")
    }
  }

  func run() throws {
    try reportingFailure {
      let count = try store.open(.readWrite).withdraw(filter.filter, date: Date().timeIntervalSince1970)
      print("\(count) captions will be asked again")
    }
  }
}
