import Annotator
import ArgumentParser
import Captions
import Configuration
import Foundation
import LabelStore
import Learner
import Runtime

struct LabelsWarm: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "warm",
    abstract: "Fill a store that later runs take labels from: merge other stores, and ask about captions.",
    discussion: """
      A source is a run directory, a store (NAME.sqlite), exported labels (NAME.jsonl, NAME.csv), or a file with one message
      on each line (or a table with a column message). Answers of the sources that the store lacks are added. With
      --annotator the captions that have no answer of that annotator are asked, those that a run has met most often first.
      The same command again continues where it ended. A run with annotator.store=NAME.sqlite and the same annotator,
      prompt and model then asks only what is not there.

      Exit status 1: captions are left without an answer, or no answer could be read.

      Examples: tengu labels warm nethack.sqlite runs/a runs/b
                tengu labels warm nethack.sqlite cluster/messages/nethack.tsv --annotator llm --llm-url http://127.0.0.1:8080
      """)

  @Argument(help: ArgumentHelp("The store, NAME.sqlite; made if it does not exist.", valueName: "store"))
  var target: String

  @Argument(help: ArgumentHelp("Where answers and captions come from.", valueName: "source"))
  var sources: [String]

  /// Who is asked; nil: nobody.
  @Option(
    help: "Who is asked: rules, llm, or layered (rules first, then the model). Without it, stores are only merged.")
  var annotator: JudgeArguments.Kind?

  @OptionGroup var server: LanguageModelArguments

  @Option(help: ArgumentHelp("Goal that the model judges captions by; see `tengu prompts list`.", valueName: "name"))
  var goal: String?

  @Option(help: ArgumentHelp("Captions to ask about at most, the most frequent first.", valueName: "n"))
  var limit: Int?

  @Flag(
    inversion: .prefixedNo,
    help: "Ask once about captions that differ only in numbers and creatures' names, as runs of NetHack do.")
  var templates = true

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more.") }
    guard target.hasSuffix(".sqlite") || FileManager.default.fileExists(atPath: target) else {
      throw ValidationError("the store is to be a file NAME.sqlite; it is \(target).")
    }
    let asksModel = annotator != nil && annotator != .rules
    if asksModel, !server.namesModel {
      throw ValidationError("--annotator llm and layered need --llm-url or --llm-file.")
    }
    if !asksModel, !server.isEmpty || goal != nil {
      throw ValidationError("--llm-... and --goal apply to a language model; add --annotator llm or layered.")
    }
  }

  func run() throws {
    try reportingFailure {
      // Sources that cannot be read are noticed before a store is made.
      let read = try sources.map(WarmSource.init)
      let store = try LabelStore(path: LabelReport.path(target))
      for source in read where source.hasAnswers {
        print(LabelReport.merge(try store.merge(source.answers), from: source.name), terminator: "")
      }
      if let annotator { try ask(annotator, read, store) }
      let counts = try store.counts()
      print("\(store.path): \(counts.labelled) labels, \(counts.abstained) abstentions")
    }
  }

  private func ask(_ kind: JudgeArguments.Kind, _ sources: [WarmSource], _ store: LabelStore) throws {
    var list = CaptionList()
    for source in sources { try source.addCaptions(to: &list) }
    let captions = limit.map { Array(list.captions.prefix($0)) } ?? list.captions
    var options = StoreWarming.Options()
    options.sharing = templates ? [.templates] : []
    if kind != .rules { options.sharing.insert(.shownTexts) }
    let warming = StoreWarming(store, try AnnotatorUnderTest.make(kind, languageModel).judge, options)
    let progress = try blocking {
      try await warming.run(captions) { progress in
        FileHandle.standardError.write(Data("\(progress.line)\n".utf8))
      }
    }
    print(progress.summary)
    if let failure = progress.failure { print("the latest failure: \(failure)") }
    if let answer = progress.unreadable { print("not read: \(answer)") }
    if progress.left > 0 || (progress.labelled == 0 && progress.unreadable != nil) {
      try StandardOutput.flush()
      throw ExitCode(1)
    }
  }

  private var languageModel: LanguageModelSection {
    var section = server.applied(to: LanguageModelSection())
    if let goal { section.goal = goal }
    return section
  }
}

/// Something that a store is warmed from.
private struct WarmSource {
  let name: String
  /// Whether it holds answers, and not only captions.
  let hasAnswers: Bool
  let answers: [LabelRecord]
  private let content: Data?
  /// nil for anything but a run.
  private let payments: RewardTable?

  init(_ path: String) throws {
    name = path
    let store = LabelReport.path(path)
    let format: LabelFormat? = path.hasSuffix(".jsonl") ? .jsonl : path.hasSuffix(".csv") ? .csv : nil
    let isRun = store != path
    hasAnswers = isRun || path.hasSuffix(".sqlite") || format != nil
    guard FileManager.default.fileExists(atPath: store) else {
      throw ConfigurationError([
        isRun
          ? "\(path) is no run: it has no label store \(store)"
          : "\(path) does not exist; a source is a run, a store "
            + "(NAME.sqlite), exported labels (NAME.jsonl, NAME.csv) or a file with one message on each line"
      ])
    }
    if isRun || path.hasSuffix(".sqlite") {
      answers = try LabelStore(path: store, access: .readOnly).answersOfEveryOrigin()
      content = nil
    } else {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      answers = try format.map { try LabelStore.records(of: data, $0, file: path) } ?? []
      content = format == nil ? data : nil
    }
    let table = "\(path)/rewards.tsv"
    let text = isRun ? try? String(contentsOfFile: table, encoding: .utf8) : nil
    payments = try text.map { try RewardTable(text: $0, fileName: table) }
  }

  func addCaptions(to list: inout CaptionList) throws {
    for row in payments?.rows ?? [] { list.add(row.caption, steps: row.steps) }
    for answer in answers { list.add(answer.caption) }
    if let content { try list.addFile(content, name: name) }
  }
}
