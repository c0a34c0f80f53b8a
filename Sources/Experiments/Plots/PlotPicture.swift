import Foundation
import Runtime

/// Plots as PNG, drawn from the SVG by a program that is installed. Plots are SVG by themselves: sharp at any size, and
/// readable as text.
public enum PlotPicture {
  /// A program that draws, and its arguments for a plot.
  struct Drawer: Sendable {
    let program: String
    let arguments: @Sendable (_ svg: String, _ png: String) -> [String]
  }

  /// Pixels of the picture for each of the plot.
  private static let zoom = 2
  /// In the order of preference.
  static let drawers = [
    Drawer(program: "rsvg-convert") { ["--zoom", "\(zoom)", "--background-color", "white", "--output", $1, $0] },
    Drawer(program: "ffmpeg") {
      ["-nostdin", "-y", "-loglevel", "error", "-threads", "1", "-i", $0, "-frames:v", "1", $1]
    },
  ]

  /// Writes a plot as PNG.
  /// - Parameter path: the folders in which programs are looked for, with colons between them.
  /// - Throws: `FileError` naming the picture: no program can draw it, or the one that there is failed.
  public static func write(
    _ svg: String, to picture: String, path: String = ProcessInfo.processInfo.environment["PATH"] ?? ""
  ) throws {
    let folders = path.split(separator: ":")
    func isInstalled(_ program: String) -> Bool { folders.contains { access("\($0)/\(program)", X_OK) == 0 } }
    guard let drawer = drawers.first(where: { isInstalled($0.program) }) else {
      throw FileError(
        picture, "no program that draws SVG is installed; install the Debian package librsvg2-bin, or write SVG")
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "tengu-plot-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = PosixFileSystem()
    let (source, drawn) = (folder.appending(path: "plot.svg").path, folder.appending(path: "plot.png").path)
    try files.write(Array(svg.utf8), to: source)
    let process = try ChildProcess(ProgramCall(drawer.program, drawer.arguments(source, drawn)))
    let status = process.waitUntilExit()
    guard status == 0, files.isRegular(drawn) else {
      throw FileError(picture, "\(drawer.program) ended with status \(status) and drew nothing; write SVG instead")
    }
    try files.deliver(try files.read(drawn, maximumBytes: maximumBytes), to: picture)
  }

  private static let maximumBytes = 256 << 20
}
