import Environments
import FoundationEssentials
import Glibc
import Runtime
import Synchronization

/// A level that takes the place of the dungeon's first one.
public struct NetHackLevel: Sendable, Hashable {
  let text: LevelText
  /// Whether the hero picks up everything by walking over it.
  let picksUp: Bool
}

/// The files of a game with a level of its own. NetHack reads a compiled level and the dungeon's plan from the game's folder if
/// its archive has none.
struct NetHackLevelFiles {
  /// The folder with the compiler, a plan that has the level, and an archive without a plan, all made by
  /// scripts/get-nethack.sh.
  private static let folderName = "levels"
  private static let compilerName = "lev_comp"
  private static let planName = "dungeon"
  /// Compiled levels belong to the process's scratch folder; one thread at a time adds one.
  private static let adding = Mutex<Void>(())

  /// The archive.
  let dataFile: String
  /// The targets of the links in the game's folder by their names.
  let links: [String: String]

  /// Compiles the level unless the process has done so.
  /// - Throws: `EnvironmentError` if the tools are missing or refuse the level.
  init(directory: String, level: LevelText, _ scratch: NetHackScratch) throws {
    func find(_ name: String) throws -> String {
      let file = "\(directory)/\(Self.folderName)/\(name)"
      guard let path = realpath(file, nil) else {
        throw EnvironmentError(
          "NetHack's level compiler is not installed: \(file) is missing; run scripts/get-nethack.sh")
      }
      defer { free(path) }
      return String(cString: path)
    }
    dataFile = try find(NetHackLibrary.dataName)
    let compiler = try find(Self.compilerName)
    let compiled = try Self.adding.withLock { _ in try Self.compile(level, compiler, scratch) }
    links = [Self.planName: try find(Self.planName), "\(LevelText.levelName).lev": compiled]
  }

  /// The path of the compiled level.
  private static func compile(_ level: LevelText, _ compiler: String, _ scratch: NetHackScratch) throws -> String {
    let folder = "\(scratch.path)/level-\(ByteHash.fnv1a(level.text.utf8))"
    let result = "\(folder)/\(LevelText.levelName).lev"
    if access(result, R_OK) == 0 { return result }
    let source = "\(folder)/\(LevelText.levelName).des"
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(level.text.utf8).write(to: URL(filePath: source))
      let call = ProgramCall(compiler, [source], directory: folder)
      let status = try ChildProcess(call, output: .null).waitUntilExit()
      guard status == 0, access(result, R_OK) == 0 else {
        throw EnvironmentError("\(compiler) ended with status \(status) and refuses the level \(source)")
      }
      return result
    } catch let error as EnvironmentError {
      throw error
    } catch {
      throw EnvironmentError("the level \(source) could not be compiled: \(error)")
    }
  }
}
