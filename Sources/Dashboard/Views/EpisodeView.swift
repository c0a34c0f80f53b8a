import Assembly
import Environments
import Foundation
import Replays
import Runtime

/// The episode that a run's latest evaluation recorded, played again for the page.
struct EpisodeView: Encodable {
  /// The moment after a step.
  struct Frame: Encodable {
    var step: Int
    var action: String?
    var caption: String
    var reward: Float
    var episodeReturn: Double
    var intrinsicReward: Float?
    var intrinsicReturn: Double
    /// The screen's lines; absent if it did not change.
    var lines: [String]?
    /// The colours of the characters, 0 to 15, a hexadecimal digit each.
    var colours: [String]?
  }

  /// Frames at most; of a longer episode, every n-th step is shown.
  static let maximumFrames = 500

  var task: String
  var seed: String
  /// The step of the evaluated checkpoint.
  var checkpointStep: Int
  var steps: Int
  var episodeReturn: Double
  /// Steps between two frames.
  var distance: Int
  var frames: [Frame]

  /// The folder of the newest evaluation that recorded an episode; nil if there is none.
  static func newest(of run: ShownRuns.Run) -> (path: String, step: Int)? {
    let folder = "\(run.path)/evaluations"
    let names = ((try? PosixFileSystem().names(in: folder)) ?? []).filter { $0.hasPrefix("step-") }.sorted(by: >)
    for name in names {
      let path = "\(folder)/\(name)/episode-0.json"
      if let step = Int(name.dropFirst("step-".count), radix: 10), PosixFileSystem().isRegular(path) {
        return (path, step)
      }
    }
    return nil
  }

  /// Plays the episode again.
  /// - Throws: `ReplayError` or `EnvironmentError` naming why it cannot be shown here.
  init(_ file: (path: String, step: Int), netHackDirectory: String?) throws {
    let record = try EpisodeRecord(path: file.path)
    // The file names a program for a task in Python; a page that is looked at starts none.
    let replay = try EpisodeReplay(
      record, in: .standard, netHackDirectory: netHackDirectory,
      programs: .refused("use tengu replay --python INTERPRETER \(file.path)"))
    (task, seed, checkpointStep) = (record.task, "\(record.seed)", file.step)
    (steps, episodeReturn) = (record.actions.count, record.episodeReturn)
    distance = max(1, (record.actions.count + Self.maximumFrames - 2) / (Self.maximumFrames - 1))
    var shown: Screen?
    frames = [Self.frame(replay.opening, &shown)]
    while let moment = try replay.next() {
      if moment.step.isMultiple(of: distance) || moment.isLast { frames.append(Self.frame(moment, &shown)) }
    }
  }

  private static func frame(_ moment: ReplayMoment, _ shown: inout Screen?) -> Frame {
    var frame = Frame(
      step: moment.step, action: moment.action, caption: moment.caption.printable, reward: moment.reward,
      episodeReturn: moment.episodeReturn, intrinsicReward: moment.intrinsicReward,
      intrinsicReturn: moment.intrinsicReturn)
    guard let screen = moment.screen else { return frame }
    if let shown, shown.characters == screen.characters, shown.colours == screen.colours { return frame }
    shown = screen
    let rows = (0..<screen.rows).map { $0 * screen.columns..<($0 + 1) * screen.columns }
    frame.lines = rows.map { row in
      String(decoding: screen.characters[row].map { (32..<127).contains($0) ? $0 : 32 }, as: UTF8.self)
    }
    frame.colours = rows.map { row in screen.colours[row].map { String($0 & 15, radix: 16) }.joined() }
    return frame
  }
}
