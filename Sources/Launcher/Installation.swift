import Foundation
import Runtime

/// Where Tengu's programs and files are on this machine.
///
/// | variable | names | default |
/// |---|---|---|
/// | TENGU_HOME | the folder that holds cluster, scripts, runs and .deps | the working directory |
/// | TENGU_BINARY | the program that runs the roles | this program |
/// | TENGU_RUNS | the folder of run directories | HOME/runs |
/// | TENGU_NETHACK | the folder of libnethack.so and nhdat | HOME/.deps/nethack |
/// | TENGU_LLM | the folder of the model server and the model | HOME/.deps/llm |
public struct Installation: Sendable, Equatable {
  /// The folder the user called from; relative paths start here.
  public let workingDirectory: String
  public let home: String
  /// The program that runs learner, worker and annotator.
  public let program: String
  /// This program, which contains the launcher.
  public let launcher: String
  public let runs: String
  public let netHack: String
  public let languageModel: String

  public init(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    workingDirectory: String = FileManager.default.currentDirectoryPath,
    launcher: String = Installation.ownProgram
  ) {
    func place(_ variable: String, or standard: String) -> String {
      let value = environment[variable] ?? ""
      return Self.absolute(value.isEmpty ? standard : value, in: workingDirectory)
    }
    self.workingDirectory = workingDirectory
    self.launcher = launcher
    home = place("TENGU_HOME", or: workingDirectory)
    program = place("TENGU_BINARY", or: launcher)
    runs = place("TENGU_RUNS", or: "\(home)/runs")
    netHack = place("TENGU_NETHACK", or: "\(home)/.deps/nethack")
    languageModel = place("TENGU_LLM", or: "\(home)/.deps/llm")
  }

  /// The path of the running program.
  public static var ownProgram: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }

  /// Makes `home` the working directory of this process.
  /// - Throws: `LauncherError` if there is no such folder.
  public func enterHome() throws(LauncherError) {
    guard chdir(home) == 0 else { throw .system("enter", home, errno) }
  }

  /// A path that the user gave, seen from the folder the user called from.
  public func absolute(_ path: String) -> String { Self.absolute(path, in: workingDirectory) }

  private static func absolute(_ path: String, in directory: String) -> String {
    if path.hasPrefix("/") { return path }
    return directory.hasSuffix("/") ? directory + path : "\(directory)/\(path)"
  }

  /// The absolute path of a file that the user named and that must be readable.
  /// - Parameter what: what the file holds: "key" or "model".
  /// - Throws: `LauncherError` naming the file.
  func readableFile(_ path: String, _ what: String) throws(LauncherError) -> String {
    let file = absolute(path)
    guard isFile(file), FileManager.default.isReadableFile(atPath: file) else {
      throw LauncherError("cannot read the \(what) \(file)", .usage)
    }
    return file
  }

  /// The configuration file that the user named: a path, or a name in HOME/cluster/configs.
  /// - Throws: `LauncherError` listing the names there are.
  func configurationFile(_ name: String) throws(LauncherError) -> String {
    let folder = "\(home)/cluster/configs"
    for candidate in [absolute(name), "\(folder)/\(name).toml", "\(folder)/\(name)"] where isFile(candidate) {
      return candidate
    }
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".toml") }
    throw LauncherError(
      "there is no configuration \"\(name)\"; in cluster/configs: \(names.sorted().joined(separator: " "))", .usage)
  }

  /// Whether the game is installed.
  var hasNetHack: Bool { isFile("\(netHack)/libnethack.so") && isFile("\(netHack)/nhdat") }

  /// Whether the compiler of levels is installed, which MiniHack's tasks need.
  var hasLevels: Bool { isFile("\(netHack)/levels/lev_comp") && isFile("\(netHack)/levels/dungeon") }

  /// A role's program with the settings that every role wants.
  /// - Parameter mark: further variables of its environment.
  func role(_ arguments: [String], mark: [String: String] = [:]) -> ProgramCall {
    ProgramCall(program, arguments, environment: Self.roleEnvironment.merging(mark) { $1 }, directory: home)
  }

  private static var roleEnvironment: [String: String] {
    // Trajectories of 200 KB are allocated and freed by the thousand. By default most of that memory goes back to the
    // kernel every time and returns as zeroed pages, which took a quarter of a receiver's time.
    var tunables = ["glibc.malloc.trim_threshold=67108864", "glibc.malloc.mmap_threshold=33554432"]
    #if arch(x86_64)
      // glibc copies 100 KB to 1 MB with "rep movsb", which on AMD Zen 3 is up to 25 times slower than vector moves when
      // the addresses are unluckily aligned. The tunable keeps glibc on vector moves.
      tunables.insert("glibc.cpu.x86_rep_movsb_threshold=2000000000", at: 0)
    #endif
    if let own = ProcessInfo.processInfo.environment["GLIBC_TUNABLES"], !own.isEmpty { tunables.insert(own, at: 0) }
    // Tengu divides its work above BLAS; threads inside BLAS would compete for the same cores.
    return ["GLIBC_TUNABLES": tunables.joined(separator: ":"), "OPENBLAS_NUM_THREADS": "1"]
  }
}

/// Whether a path names a file that is not a folder.
func isFile(_ path: String) -> Bool {
  var isFolder: ObjCBool = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
}
