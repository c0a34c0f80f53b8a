import Foundation
import Runtime

/// What shaped a run and is not in its configuration: launch.json in the run directory. A resumed run takes it from
/// there, so that "--resume auto" alone continues the same run. It names files with keys and holds no key.
struct LaunchRecord: Codable, Equatable {
  /// Worker processes.
  var workers = 1
  /// Learner processes; nil for one.
  var learners: Int?
  /// The learner's secret key, and the public keys that may attach. All paths are absolute.
  var key: String?
  var allow: String?
  /// The hosts file.
  var hosts: String?
  /// The language model as the command line named it.
  var languageModel = LanguageModelChoice()
  /// A GGUF file that is served on this machine.
  var servedModel: String?

  /// The record of a run; nil if it has none, as runs of `tengu learner`.
  /// - Throws: `LauncherError` naming the file if it cannot be read.
  static func read(_ run: RunFolder) throws(LauncherError) -> LaunchRecord? {
    do {
      guard let text = try TextFile.read(run.launchRecord) else { return nil }
      return try JSONDecoder().decode(LaunchRecord.self, from: Data(text.utf8))
    } catch {
      let reason = (error as? FileError)?.reason ?? SystemReason.text(of: error)
      throw LauncherError(
        "cannot read \(run.launchRecord), which says how the run was launched: \(reason); remove it, and give the options "
          + "again")
    }
  }

  /// Replaces the record of a run.
  /// - Throws: `LauncherError` naming the file if it cannot be written.
  func write(_ run: RunFolder) throws(LauncherError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      try encoder.encode(self).write(to: URL(fileURLWithPath: run.launchRecord), options: .atomic)
    } catch {
      throw LauncherError("cannot write \(run.launchRecord): \(SystemReason.text(of: error))")
    }
  }
}

extension LaunchOptions {
  /// These options, with those of an earlier launch where none is given.
  func completed(by record: LaunchRecord) -> LaunchOptions {
    var result = self
    result.workers = workers ?? record.workers
    result.learners = learners ?? record.learners
    result.hosts = hosts ?? record.hosts
    if key == nil {
      result.key = record.key
      result.allow = allow ?? record.allow
    }
    var model = record.languageModel
    if servedModel != nil || !languageModel.urls.isEmpty || languageModel.file != nil {
      // Another server has other models and asks for another key.
      model = LanguageModelChoice()
      model.prompt = record.languageModel.prompt
    } else {
      result.servedModel = record.servedModel
    }
    result.languageModel = languageModel.completed(by: model)
    return result
  }
}

extension LanguageModelChoice {
  fileprivate func completed(by other: LanguageModelChoice) -> LanguageModelChoice {
    var result = self
    if urls.isEmpty { result.urls = other.urls }
    result.file = file ?? other.file
    result.model = model ?? other.model
    result.keyFile = keyFile ?? other.keyFile
    result.prompt = prompt ?? other.prompt
    return result
  }
}
