import ArgumentParser
import Configuration
import Foundation
import LabelStore

struct LabelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "labels", abstract: "Inspect, export, import and gather labels, or have captions labelled again.",
    subcommands: [
      LabelsStats.self, LabelsShow.self, LabelsExport.self, LabelsImport.self, LabelsRelabel.self, LabelsWarm.self,
    ])
}

/// The label store that a command opens.
struct LabelsTarget: ParsableArguments {
  @Argument(
    help: ArgumentHelp("A run directory, or the file of a label store (labels.sqlite).", valueName: "run-or-file"))
  var target: String

  /// - Parameter creates: whether a store that is not there is made: that of a run, or a file NAME.sqlite. Another name
  ///   is a misspelt one.
  func open(_ access: LabelStore.Access, creates: Bool = false) throws -> LabelStore {
    let path = LabelReport.path(target)
    let files = FileManager.default
    let mayBeMade = creates && (target.hasSuffix(".sqlite") || files.fileExists(atPath: "\(target)/config.toml"))
    guard files.fileExists(atPath: path) || mayBeMade else {
      throw ConfigurationError([
        "there is no label store \(path)" + (creates ? "; a new one is the store of a run, or a file NAME.sqlite" : "")
      ])
    }
    return try LabelStore(path: path, access: access)
  }
}

/// Options that select answers.
struct LabelsFilterOptions: ParsableArguments {
  @Option(help: "Only captions that contain this text.")
  var text: String?

  @Option(help: ArgumentHelp("Only answers of this kind of annotator: rules, oracle, llm.", valueName: "name"))
  var kind: String?

  @Option(help: ArgumentHelp("Only answers of this version of the annotator.", valueName: "name"))
  var version: String?

  @Option(help: ArgumentHelp("Only answers of this model.", valueName: "name"))
  var model: String?

  @Option(help: ArgumentHelp("Only answers for this goal.", valueName: "name"))
  var goal: String?

  @Flag(help: "Only abstentions.")
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
    commandName: "stats",
    abstract: "Count answers by annotator, goal and model, with shares of positive ones, cost and duration.",
    discussion: "It also prints the first answers of each kind that could not be read, in the model's own words.")

  @OptionGroup var store: LabelsTarget

  @Flag(help: "Print JSON, for programs.")
  var json = false

  func run() throws {
    try reportingFailure {
      let store = try store.open(.readOnly)
      let (sources, counts, unreadable) = (try store.sources(), try store.counts(), try store.unreadableAnswers())
      if json { return try printJSON(LabelSummary(sources, counts, unreadable)) }
      print(LabelReport.statistics(sources, counts), terminator: "")
      print(LabelReport.unreadable(unreadable), terminator: "")
    }
  }
}

struct LabelsShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print the answers that count, latest first.")

  @OptionGroup var store: LabelsTarget
  @OptionGroup var filter: LabelsFilterOptions

  @Option(help: "Greatest number of lines.")
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
    commandName: "export", abstract: "Write every answer that is not withdrawn to the standard output.")

  @OptionGroup var store: LabelsTarget

  @Option(help: "jsonl or csv. Both write bytes that are not UTF-8 as \\xHH.")
  var format = LabelFormat.jsonl

  func run() throws {
    try reportingFailure {
      try store.open(.readOnly).export(format) { try FileHandle.standardOutput.write(contentsOf: Data($0.utf8)) }
    }
  }
}

struct LabelsImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract:
      "Add the answers of exported files. A file with an error adds nothing. A run may be using the store meanwhile."
  )

  @OptionGroup var store: LabelsTarget

  @Argument(help: ArgumentHelp("Files that `tengu labels export` wrote: NAME.jsonl or NAME.csv.", valueName: "file"))
  var files: [String]

  @Option(help: "jsonl or csv (default: by the name of the file).")
  var format: LabelFormat?

  @Option(help: "Answers at the beginning of the file to leave out, because an import that failed has added them.")
  var skip = 0

  func validate() throws {
    guard skip >= 0 else { throw ValidationError("--skip must be 0 or more") }
    guard skip == 0 || files.count == 1 else { throw ValidationError("--skip continues the import of one file") }
  }

  func run() throws {
    try reportingFailure {
      // Files that cannot be read are noticed before a store is made for them.
      let texts = try files.map { (file: $0, text: try Data(contentsOf: URL(fileURLWithPath: $0))) }
      let store = try store.open(.readWrite, creates: true)
      for (file, text) in texts {
        let format = format ?? (file.hasSuffix(".csv") ? .csv : .jsonl)
        let records = try LabelStore.records(of: text, format, file: file)
        let line = ProgressLine(of: records.count, "answers")
        defer { line.end() }
        let count = try store.importLabels(records, skip: skip) { line.show($0) }
        print("\(file): \(count) answers")
      }
    }
  }
}

struct LabelsRelabel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relabel",
    abstract: "Withdraw answers, so that a learner that uses this store has the captions labelled again.")

  @OptionGroup var store: LabelsTarget
  @OptionGroup var filter: LabelsFilterOptions

  @Flag(help: "Withdraw all answers of the store.")
  var all = false

  func validate() throws {
    guard all != (filter.filter != LabelFilter()) else {
      throw ValidationError(
        "select the answers to withdraw with --text, --kind, --version, --model, --goal or --abstained, or give --all alone"
      )
    }
  }

  func run() throws {
    try reportingFailure {
      let count = try store.open(.readWrite).withdraw(filter.filter, date: Date().timeIntervalSince1970)
      print("\(count) captions will be labelled again")
    }
  }
}
