import Checkpoints
import Foundation
import Glibc
import Runtime
import Telemetry

/// What evaluations leave in a run's directory:
///
/// - `evaluations.jsonl`: the curve, one line an evaluation.
/// - `evaluations/step-N/`: the report and the recorded episode of the latest evaluations. While an evaluation runs, the
///   checkpoint is there too: as further names of its files, so that the run may remove the checkpoint meanwhile.
/// - `best/`: the best checkpoint with its report and episode. No later checkpoint removes it.
struct EvaluationFiles {
  /// Evaluations whose report and episode are kept.
  static let keptReports = 20
  private static let reportName = "report.json"
  private static let logName = "eval.log"
  private static let pictureName = "episode-0.png"
  private static let recordings = ["episode-0.json", pictureName]
  /// Larger pictures are left out of the metrics.
  private static let maximumPictureBytes = 4 << 20
  private static let maximumHistoryBytes = 256 << 20
  private static let previousName = ".best-previous"
  private static let stagedName = ".best-next"

  /// The run's directory.
  let run: String
  let files: any FileSystem

  private var folder: String { "\(run)/evaluations" }
  private var best: String { "\(run)/best" }
  private var history: String { "\(run)/evaluations.jsonl" }

  init(run: String, files: any FileSystem = PosixFileSystem()) {
    self.run = run
    self.files = files
  }

  /// The report of the evaluation in a folder that `pin` made.
  static func report(in folder: String) -> String { "\(folder)/\(reportName)" }

  /// What the evaluation in a folder writes about its mistakes.
  static func log(in folder: String) -> String { "\(folder)/\(logName)" }

  /// Reads the run's curve up to the step it continues from, and repairs what a power failure interrupted.
  /// - Throws: `FileError` naming the file that cannot be read or moved.
  func open(at step: Int) throws(FileError) -> [EvaluationResult] {
    if files.exists(folder) {
      for name in try files.names(in: folder) { try release("\(folder)/\(name)") }
    }
    let previous = "\(run)/\(Self.previousName)"
    if files.exists(previous) {
      if files.exists(best) { try files.remove(previous) } else { try files.rename(previous, to: best) }
    }
    if files.exists("\(run)/\(Self.stagedName)") { try files.remove("\(run)/\(Self.stagedName)") }
    guard files.exists(history) else { return [] }
    let bytes = try files.read(history, maximumBytes: Self.maximumHistoryBytes)
    let all = EvaluationResult.read(lines: String(decoding: bytes, as: UTF8.self))
    let kept = all.filter { $0.step <= step }
    // A best checkpoint of a continuation that was abandoned stays for the user to judge.
    if let abandoned = EvaluationResult.best(of: all), abandoned.step > step, files.exists(best) {
      try files.rename(best, to: unused("\(run)/aside-best-step-\(abandoned.step)"))
    }
    return kept
  }

  private func unused(_ path: String) -> String {
    var (number, name) = (1, path)
    while files.exists(name) {
      number += 1
      name = "\(path)-\(number)"
    }
    return name
  }

  /// Keeps a checkpoint for an evaluation.
  /// - Returns: the folder in which the evaluation finds the checkpoint and leaves its results.
  /// - Throws: `FileError` naming the file that cannot be kept.
  func pin(_ checkpoint: String) throws(FileError) -> String {
    let name = checkpoint.split(separator: "/").last.map(String.init) ?? checkpoint
    let place = "\(folder)/\(name)"
    if !files.exists(folder) { try files.createDirectory(folder) }
    if files.exists(place) { try files.remove(place) }
    try files.createDirectory(place)
    for file in CheckpointStore.fileNames { try keep("\(checkpoint)/\(file)", as: "\(place)/\(file)") }
    return place
  }

  /// Gives a file a second name; copies it where the file system has one name for each file.
  private func keep(_ file: String, as name: String) throws(FileError) {
    if link(file, name) == 0 { return }
    try files.write(try files.read(file, maximumBytes: CheckpointStore.maximumFileBytes), to: name)
  }

  /// Ends the use of a checkpoint: its results stay.
  func release(_ place: String) throws(FileError) {
    for file in CheckpointStore.fileNames + [Self.logName] where files.exists("\(place)/\(file)") {
      try files.remove("\(place)/\(file)")
    }
  }

  /// The picture of the recorded episode; nil if there is none, as for a task without a screen.
  func picture(in place: String) -> EncodedPicture? {
    let path = "\(place)/\(Self.pictureName)"
    guard files.exists(path), let bytes = try? files.read(path, maximumBytes: Self.maximumPictureBytes) else {
      return nil
    }
    return EncodedPicture(png: bytes)
  }

  /// Removes the folder of an evaluation that gave no result.
  func discard(_ place: String) {
    // What remains is removed when the run is opened again.
    try? files.remove(place)
  }

  /// Makes the checkpoint of an evaluation the best one, whole or not at all.
  /// - Throws: `FileError` naming the file; the best one before stays.
  func keepAsBest(_ place: String) throws(FileError) {
    let (staged, previous) = ("\(run)/\(Self.stagedName)", "\(run)/\(Self.previousName)")
    if files.exists(staged) { try files.remove(staged) }
    try files.createDirectory(staged)
    for file in CheckpointStore.fileNames + [Self.reportName] + Self.recordings where files.exists("\(place)/\(file)") {
      try keep("\(place)/\(file)", as: "\(staged)/\(file)")
    }
    try files.synchronise(directory: staged)
    if files.exists(previous) { try files.remove(previous) }
    if files.exists(best) { try files.rename(best, to: previous) }
    try files.rename(staged, to: best)
    try files.synchronise(directory: run)
    if files.exists(previous) { try files.remove(previous) }
  }

  /// Adds a line to the curve, and removes the oldest reports.
  /// - Throws: `FileError` naming the file.
  func add(_ result: EvaluationResult) throws {
    let line = try result.line()
    let file = try files.openForAppending(history)
    _ = try file.append(line[...])
    let names = try files.names(in: folder).filter { $0.hasPrefix("step-") }.sorted(by: >)
    for name in names.dropFirst(Self.keptReports) { try files.remove("\(folder)/\(name)") }
  }
}
