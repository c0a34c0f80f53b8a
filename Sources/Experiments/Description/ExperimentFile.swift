import Configuration
import Foundation
import Runtime

/// Experiments as files: `cluster/experiments/NAME.toml`.
public enum ExperimentFile {
  /// The folder of experiments that are loaded by name.
  public static let folder = "cluster/experiments"

  /// The experiment called `name`, or the one in the file at that path. Also checks the configuration of each arm.
  /// - Parameter size: the version of it, which a section of the file describes unless it is the full one.
  /// - Throws: `ConfigurationError` with every problem found.
  public static func load(_ name: String, size: ExperimentSize = .full) throws(ConfigurationError) -> Experiment {
    let experiment = try read(try path(of: name), size: size)
    var problems: [String] = []
    for arm in experiment.arms {
      do {
        _ = try ExperimentRun(experiment: experiment, arm: arm, seed: experiment.seeds[0]).configuration()
      } catch {
        problems += error.problems
      }
    }
    guard problems.isEmpty else { throw ConfigurationError(problems) }
    return experiment
  }

  /// All experiments of a folder, by name.
  public static func all(in folder: String = folder) throws(ConfigurationError) -> [Experiment] {
    var experiments: [Experiment] = []
    for name in names(in: folder) { experiments.append(try read("\(folder)/\(name).toml", size: .full)) }
    return experiments
  }

  private static func names(in folder: String) -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasSuffix(".toml") }.map { String($0.dropLast(".toml".count)) }.sorted()
  }

  private static func path(of name: String) throws(ConfigurationError) -> String {
    for candidate in [name, "\(folder)/\(name).toml", "\(folder)/\(name)"] {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue {
        return candidate
      }
    }
    throw ConfigurationError([
      "there is no experiment \"\(name)\"; in \(folder): \(names(in: folder).joined(separator: ", "))"
    ])
  }

  /// - Throws: `ConfigurationError` naming the file.
  static func read(_ path: String, size: ExperimentSize) throws(ConfigurationError) -> Experiment {
    let text: String
    do throws(FileError) {
      guard let content = try TextFile.read(path) else { throw FileError(path, "does not exist") }
      guard !content.utf8.contains(0) else { throw FileError(path, "contains a zero byte") }
      text = content
    } catch {
      throw ConfigurationError([error.description])
    }
    let table: TOMLTable
    do {
      table = try TOMLTable(text)
    } catch {
      throw ConfigurationError(["\(path):\(error.line): \(error)"])
    }
    var reader = ExperimentReader(file: path)
    return try reader.read(table, size: size)
  }
}
