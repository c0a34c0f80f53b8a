import ArgumentParser
import Evaluation
import Foundation
import Learner
import NetHack
import Replays
import Runtime

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Play seeded episodes with a trained policy and print returns, success and facts of the game.",
    discussion: """
      Every mean has a 95 % confidence interval. The same seed gives the same table, whatever the number of threads.
      A text policy answers as many questions as there are episodes, on one thread: the held-out ones if its run holds
      some out (text.held_out).

      A policy file (tengu export policy) is evaluated like a run.

      Example: tengu eval runs/mine --against runs/other --episodes 500
      """)

  @Argument(
    help: ArgumentHelp(
      "A run directory, a checkpoint folder inside one, or a policy file.", valueName: "run|checkpoint|file"))
  var target: String

  @Option(help: "Number of episodes. Every policy plays the same ones.")
  var episodes = PolicyEvaluation().episodes

  @Option(help: "Seed of the episodes and of the actions.")
  var seed = PolicyEvaluation().seed

  @Flag(help: "Take the most probable action instead of sampling one.")
  var greedy = false

  @Option(help: "Number of threads; 0 means one for each usable core.")
  var threads = 0

  @Option(help: ArgumentHelp("Compare with this policy on the same episodes.", valueName: "run|checkpoint|file"))
  var against: String?

  @Flag(help: "Also print standard errors and quantiles of every measure.")
  var distributions = false

  @Option(
    help: ArgumentHelp(
      "Also print the measures apart for each \"role\", or for each value of a measure such as \"deepest level\".",
      valueName: "measure"))
  var by: String?

  @Option(help: ArgumentHelp("Write the report and every episode to this file as JSON.", valueName: "file"))
  var json: String?

  @Option(
    help: ArgumentHelp(
      "Record every episode in this folder for `tengu replay`, as episode-0.json and so on.", valueName: "dir"))
  var record: String?

  @Option(help: ArgumentHelp("Record only the first episodes (with --record).", valueName: "count"))
  var recorded: Int?

  /// Also draw the first recorded episode as an animated picture, episode-0.png, if its task has a screen.
  @Flag(help: .hidden)
  var picture = false

  /// The command is the evaluation of a run that trains.
  @Flag(help: .hidden)
  var lowPriority = false

  @Option(
    help: ArgumentHelp(
      "Python interpreter for a policy file of a task in Python. The file names the program, so use it for files you trust.",
      valueName: "path"))
  var python: String?

  @Option(help: ArgumentHelp("The folder that holds libnethack.so and nhdat.", valueName: "dir"))
  var nethack = NetHackTasks.standardDirectory

  func validate() throws {
    guard episodes > 0, threads >= 0 else {
      throw ValidationError("--episodes must be at least 1 and --threads at least 0.")
    }
    if let recorded, recorded < 1 || record == nil {
      throw ValidationError("--recorded takes a whole number of at least 1, and needs --record.")
    }
    if (distributions || by != nil) && against != nil {
      throw ValidationError("--distributions and --by describe one policy; remove --against.")
    }
    if record != nil && against != nil {
      throw ValidationError("--record records the episodes of one policy; remove --against.")
    }
  }

  func run() throws {
    try reportingFailure {
      if lowPriority { LowPriority.enter() }
      let report = try evaluate(target)
      guard let against else { return try show(report.table + distributions(of: report), report) }
      let comparison = try EvaluationComparison(report, against: try evaluate(against))
      try show(comparison.table, comparison)
    }
  }

  private func distributions(of report: EvaluationReport) throws -> String {
    guard distributions || by != nil else { return "" }
    return "\n" + (try EpisodeDistributions(report, by: by).table)
  }

  private func evaluate(_ target: String) throws -> EvaluationReport {
    let evaluated = try EvaluatedCheckpoint(target, netHackDirectory: nethack, interpreter: python)
    if let text = try TextPolicyUnderTest(evaluated) { return try answer(text) }
    let policy = try PolicyUnderTest(evaluated)
    for warning in policy.warnings { FileHandle.standardError.write(Data("\(warning)\n".utf8)) }
    var evaluation = PolicyEvaluation()
    (evaluation.episodes, evaluation.seed) = (episodes, seed)
    (evaluation.isGreedy, evaluation.threads) = (greedy, threads)
    if let record { evaluation.recording = try recording(policy, into: record) }
    let line = ProgressLine(of: episodes, "episodes")
    evaluation.progress = line.show
    let results = try evaluation.play(policy)
    line.end()
    if picture, let record { try drawEpisode(in: record) }
    return EvaluationReport(policy, evaluation, results)
  }

  /// Lets a text policy answer questions, and records its answers.
  private func answer(_ text: TextPolicyUnderTest) throws -> EvaluationReport {
    for warning in text.warnings { FileHandle.standardError.write(Data("\(warning)\n".utf8)) }
    var evaluation = TextEvaluation()
    (evaluation.questions, evaluation.seed, evaluation.isGreedy) = (episodes, seed, greedy)
    if let record { try FileManager.default.createDirectory(atPath: record, withIntermediateDirectories: true) }
    let line = ProgressLine(of: episodes, "episodes")
    defer { line.end() }
    return try evaluation.play(
      text,
      keep: { rollout, episode in
        guard let record, episode < recorded ?? episodes else { return }
        let bytes = try TextRecord(rollout, of: text).encoded()
        try PosixFileSystem().deliver(bytes, to: "\(record)/episode-\(episode).json")
      }, progress: line.show)
  }

  private func recording(_ policy: PolicyUnderTest, into folder: String) throws -> EpisodeRecording {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let count = recorded ?? episodes
    return EpisodeRecording(prices: try prices(policy)) { record, episode in
      guard episode < count else { return }
      try record.write(to: "\(folder)/episode-\(episode).json")
    }
  }

  /// Draws moments of the first episode, evenly spread. A task in Python is not started again for it.
  private func drawEpisode(in folder: String) throws {
    let record = try EpisodeRecord(path: "\(folder)/episode-0.json")
    guard
      let replay = try? EpisodeReplay(
        record, in: .standard, netHackDirectory: nethack, programs: .refused("a picture starts no program"))
    else { return }
    let distance = max(1, record.actions.count / Self.pictureMoments)
    var writer = PNGWriter(scale: 1)
    var drawn = 0
    guard replay.opening.screen != nil else { return }
    while let moment = try replay.next() {
      guard moment.step.isMultiple(of: distance) || moment.isLast else { continue }
      writer.append(moment, at: Double(drawn) * Self.pictureSeconds)
      drawn += 1
    }
    if drawn > 0 { try PosixFileSystem().deliver(Array(writer.bytes), to: "\(folder)/episode-0.png") }
  }

  /// Moments of an episode's picture, about, and how long each is shown.
  private static let (pictureMoments, pictureSeconds) = (24, 0.4)

  /// The rewards that the run pays per caption; nil if it has not written any or if its reward chain does more than count.
  private func prices(_ policy: PolicyUnderTest) throws -> CaptionPrices? {
    guard policy.plan.configuration.reward.chain == "count" else { return nil }
    let file = policy.run.appendingPathComponent("rewards.tsv").path
    guard let text = try TextFile.read(file) else { return nil }
    let rows = try RewardTable(text: text, fileName: file).rows
    let scores = rows.compactMap { row in row.score.map { (row.caption, $0) } }
    let options = policy.plan.configuration.rewardOptions
    return CaptionPrices(
      scores: Dictionary(scores) { first, _ in first }, coefficient: options.intrinsicCoefficient,
      exponent: options.countExponent)
  }

  private func show(_ table: String, _ result: some Encodable) throws {
    print(table, terminator: "")
    guard let json else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try PosixFileSystem().deliver(Array(try encoder.encode(result)), to: json)
  }
}
