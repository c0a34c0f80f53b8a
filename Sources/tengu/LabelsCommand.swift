import ArgumentParser
import Foundation
import LabelStore

struct LabelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "labels", abstract: "Look into a label store, take it elsewhere, or have captions asked again.",
    subcommands: [
      LabelsStats.self, LabelsShow.self, LabelsExport.self, LabelsImport.self, LabelsRelabel.self,
    ])
}

/// Which store.
struct LabelsTarget: ParsableArguments {
  @Argument(help: ArgumentHelp("A run directory, or the file of a label store.", valueName: "run-or-file"))
  var target: String

  func open(_ access: LabelStore.Access) throws -> LabelStore {
    try LabelStore(path: LabelReport.path(target), access: access)
  }
}

/// Which answers.
struct LabelsFilterOptions: ParsableArguments {
  @Option(help: "Captions that contain this text.")
  var text: String?

  @Option(help: ArgumentHelp("Answers of this kind of annotator: rules, oracle, llm.", valueName: "name"))
  var kind: String?

  @Option(help: ArgumentHelp("Answers of this version of the annotator.", valueName: "name"))
  var version: String?

  @Option(help: ArgumentHelp("Answers of this model.", valueName: "name"))
  var model: String?

  @Option(help: ArgumentHelp("Answers given for this goal.", valueName: "name"))
  var goal: String?

  @Flag(help: "Abstentions only.")
  var abstained = false

  var filter: LabelFilter {
    var filter = LabelFilter()
    filter.text = text.map { Array($0.utf8) }
    (filter.kind, filter.version, filter.model, filter.goal) = (kind, version, model, goal)
    if abstained { filter.isAbstained = true }
    return filter
  }
}

struct LabelsStats: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Answers by annotator, goal and model: how many, how positive, how dear, how fast.")

  @OptionGroup var store: LabelsTarget

  func run() throws {
    try reportingFailure {
      let store = try store.open(.readOnly)
      print(LabelReport.statistics(try store.sources(), try store.counts()), terminator: "")
    }
  }
}

struct LabelsShow: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "Standing answers, latest first.")

  @OptionGroup var store: LabelsTarget
  @OptionGroup var filter: LabelsFilterOptions

  @Option(help: "Lines at most.")
  var limit = 50

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be 1 or more") }
  }

  func run() throws {
    try reportingFailure {
      let records = try store.open(.readOnly).labels(filter.filter, limit: limit)
      print(LabelReport.answers(records, date: Date().timeIntervalSince1970), terminator: "")
    }
  }
}

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
