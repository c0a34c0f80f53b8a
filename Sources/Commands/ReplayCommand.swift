import ArgumentParser
import Environments
import Evaluation
import Foundation
import Replays
import Runtime
import Synchronization

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Show a recorded episode, or one that a policy plays now, or convert it for other programs.",
    discussion: """
      In a terminal: space pauses and resumes, n plays one step, + and - change the speed, q quits. Elsewhere, and with
      --plain, every step is a line of text. With an output file nothing is shown. An answer of a text policy is shown
      as a line for each token, with its log-probability.

      Example: tengu replay --policy cluster/policies/nethack-full.safetensors --seed 7
      """)

  @Argument(help: ArgumentHelp("File of a recorded episode.", valueName: "file"))
  var file: String?

  @Option(
    help: ArgumentHelp(
      "Let this policy play an episode and show it: a run directory, a checkpoint folder inside one, or a policy file.",
      valueName: "run|checkpoint|file"))
  var policy: String?

  @Option(help: "Seed of the episode that --policy plays.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Steps per second.", valueName: "n"))
  var speed = 5.0

  @Option(help: ArgumentHelp("The first step to show.", valueName: "step"))
  var from = 0

  @Option(help: ArgumentHelp("The last step to show.", valueName: "step"))
  var to: Int?

  @Flag(help: "Print a line for each step.")
  var plain = false

  @Option(help: ArgumentHelp("Write an asciinema recording (asciicast v2).", valueName: "file"))
  var asciinema: String?

  @Option(help: ArgumentHelp("Write a ttyrec recording.", valueName: "file"))
  var ttyrec: String?

  @Option(help: ArgumentHelp("Write a picture; several steps give an animated one (APNG).", valueName: "file"))
  var png: String?

  @Option(
    help: ArgumentHelp("Write a GIF or a video with ffmpeg: FILE ends in .gif, .mp4 or .webm.", valueName: "file"))
  var video: String?

  @Option(help: ArgumentHelp("Steps of the picture, such as 12 or 12,30,31 (default: all shown).", valueName: "steps"))
  var at: String?

  @Option(help: ArgumentHelp("Size of the letters in the picture, 1 to 8; 1 means 6 pixels.", valueName: "n"))
  var scale = 2

  @Option(
    help: ArgumentHelp(
      "Python interpreter for an episode of a task in Python. Its file names the program, so use it for your own files only.",
      valueName: "path"))
  var python: String?

  @Option(help: ArgumentHelp("The folder that holds libnethack.so and nhdat.", valueName: "dir"))
  var nethack: String?

  /// Greatest number of pictures in an animation.
  static let maximumPictures = 500

  func validate() throws {
    guard (file == nil) != (policy == nil) else {
      throw ValidationError("Name either the file of a recorded episode or a --policy that plays one.")
    }
    guard speed > 0, speed <= 1000 else { throw ValidationError("--speed must be above 0 and at most 1000.") }
    guard (1...8).contains(scale) else { throw ValidationError("--scale must be 1 to 8, not \(scale).") }
    guard from >= 0, to ?? from >= from else {
      throw ValidationError("--from must not be negative, and --to not less than --from.")
    }
    if let video, !ReplayVideo.knows(video) {
      throw ValidationError("--video \(video): a video ends in .gif, .mp4 or .webm.")
    }
    if at != nil && png == nil { throw ValidationError("--at chooses the steps of a picture; add --png FILE.") }
    _ = try pictured()
  }

  /// Steps of the picture; nil means all shown steps.
  private func pictured() throws -> Set<Int>? {
    guard let at else { return nil }
    let steps = at.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard steps.allSatisfy({ $0 ?? -1 >= 0 }) else {
      throw ValidationError("--at \(at) is not a list of steps such as 12,30.")
    }
    return Set(steps.compactMap { $0 })
  }

  func run() throws {
    try reportingFailure {
      guard let record = try record() else { return }
      let programs = python.map { Programs.interpreter($0) }
      let replay = try EpisodeReplay(
        record, in: .standard, netHackDirectory: nethack,
        programs: programs ?? .refused("add --python INTERPRETER if the file is your own"))
      if asciinema != nil || ttyrec != nil || png != nil || video != nil {
        try write(replay)
      } else if !plain && isatty(STDOUT_FILENO) == 1 {
        var player = ReplayPlayer(speed: speed, range: from...(to ?? .max))
        try player.play(replay)
      } else {
        try each(replay) { print($0.line) }
      }
    }
  }

  /// The episode to show; nil if the file is an answer of a text policy, which is shown already.
  private func record() throws -> EpisodeRecord? {
    if let policy { return try play(policy) }
    guard let file else { return nil }
    do {
      return try EpisodeRecord(path: file)
    } catch {
      guard let answer = TextRecord(path: file) else { throw error }
      try show(answer, of: file)
      return nil
    }
  }

  /// An episode of a policy. It is played to its end before it is shown.
  private func play(_ target: String) throws -> EpisodeRecord {
    let policy = try PolicyUnderTest(EvaluatedCheckpoint(target, netHackDirectory: nethack, interpreter: python))
    for warning in policy.warnings { FileHandle.standardError.write(Data("tengu: \(warning)\n".utf8)) }
    let played = Mutex<EpisodeRecord?>(nil)
    var evaluation = PolicyEvaluation()
    (evaluation.episodes, evaluation.seed, evaluation.threads) = (1, seed, 1)
    evaluation.recording = EpisodeRecording(prices: nil) { record, _ in played.withLock { $0 = record } }
    _ = try evaluation.play(policy)
    guard let record = played.withLock({ $0 }) else { throw ReplayFailure("\(target) has played no episode") }
    return record
  }

  private func show(_ answer: TextRecord, of file: String) throws {
    guard asciinema == nil, ttyrec == nil, png == nil, video == nil else {
      throw ReplayFailure("\(file) is an answer of a text policy, which has no pictures; remove the output file")
    }
    for line in try answer.lines() { print(line) }
  }

  /// The moments from `from` to `to`. The replay always plays the whole episode, and so compares all of it.
  private func each(_ replay: EpisodeReplay, _ body: (ReplayMoment) throws -> Void) throws {
    let range = from...(to ?? .max)
    if range.contains(0) { try body(replay.opening) }
    while let moment = try replay.next() {
      if range.contains(moment.step) { try body(moment) }
    }
  }

  private func write(_ replay: EpisodeReplay) throws {
    var writers: [(path: String, steps: Set<Int>?, writer: any RecordingWriter)] = []
    let title = "\(replay.record.task), seed \(replay.record.seed)"
    if let asciinema { writers.append((asciinema, nil, AsciinemaWriter(title: title))) }
    if let ttyrec { writers.append((ttyrec, nil, TtyrecWriter())) }
    if let png { writers.append((png, try pictured(), PNGWriter(scale: scale))) }
    if let video { writers.append((video, nil, PNGWriter(scale: scale))) }
    var counts = writers.map { _ in 0 }
    try each(replay) { moment in
      for index in writers.indices where writers[index].steps?.contains(moment.step) ?? true {
        if writers[index].writer is PNGWriter, counts[index] == Self.maximumPictures {
          throw ReplayFailure("more than \(Self.maximumPictures) pictures: choose some with --from, --to or --at")
        }
        writers[index].writer.append(moment, at: Double(counts[index]) / speed)
        counts[index] += 1
      }
    }
    for (index, (path, _, writer)) in writers.enumerated() {
      guard counts[index] > 0 else {
        throw ReplayFailure("the episode has \(replay.record.actions.count) steps, and none of those for \(path)")
      }
      if path == video {
        try ReplayVideo.write(Array(writer.bytes), to: path)
      } else {
        try PosixFileSystem().deliver(Array(writer.bytes), to: path)
      }
      print("\(path): \(counts[index]) pictures of an episode of \(replay.record.actions.count) steps")
    }
  }
}
