import Foundation
import Runtime

/// Turns the animation of an episode (APNG) into a GIF or a video, with ffmpeg where it is installed. The file's ending says
/// which.
enum ReplayVideo {
  /// Endings that are known, and ffmpeg's options for each.
  static let options: [String: [String]] = [
    // One palette for all pictures: the terminal's colours.
    "gif": ["-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none"],
    // Players need even sizes and this arrangement of colours.
    "mp4": ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-vf", even, "-movflags", "+faststart"],
    "webm": ["-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p", "-vf", even],
  ]

  private static let even = "pad=ceil(iw/2)*2:ceil(ih/2)*2"

  /// Whether a file's ending is one of a GIF or a video.
  static func knows(_ path: String) -> Bool { options[ending(of: path)] != nil }

  /// Writes the animation as the file that `path` names.
  /// - Throws: `ReplayFailure` if ffmpeg is not installed or cannot do it; what it says is on stderr.
  static func write(_ animation: [UInt8], to path: String) throws {
    guard let options = options[ending(of: path)] else {
      throw ReplayFailure("\(path): a video ends in .gif, .mp4 or .webm")
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "tengu-replay-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = folder.appending(path: "episode.png").path
    try PosixFileSystem().write(animation, to: source)
    let call = ProgramCall(
      "ffmpeg",
      ["-nostdin", "-y", "-loglevel", "error", "-threads", "1", "-f", "apng", "-i", source] + options + [path])
    let child: ChildProcess
    do {
      child = try ChildProcess(call)
    } catch {
      throw ReplayFailure("\(error): install ffmpeg, or write a picture with --png")
    }
    let status = child.waitUntilExit()
    guard status == 0 else { throw ReplayFailure("ffmpeg ended with status \(status) and did not write \(path)") }
  }

  private static func ending(of path: String) -> String { URL(fileURLWithPath: path).pathExtension.lowercased() }
}

/// The options ask for something that the episode does not have.
struct ReplayFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
