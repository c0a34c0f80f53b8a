import Configuration
import Foundation
import Judging
import LanguageModelClient

/// Where the local annotator's language model is: servers that the command line or the configuration names, or one that
/// the launcher serves.
struct LanguageModelPlan: Sendable {
  /// The prompt for the model that is served by default: that model answers questions badly and continues examples well.
  private static let promptOfSmallModel = "few-shot"

  /// What the command line says, now or at an earlier launch, with absolute paths.
  let given: LanguageModelChoice
  /// The GGUF file that is served here instead of the small model.
  let servedModel: String?
  /// The annotator's options; they name no server if the launcher serves a model.
  let choice: LanguageModelChoice
  /// Options of `tengu serve-llm`, if the launcher serves a model.
  let server: ModelServerOptions?
  /// The check of the servers before the run starts; nil if the launcher serves the model or the run asks none.
  private let survey: ServerSurvey?

  /// - Parameter options: nil for a run that asks no model.
  /// - Throws: `LauncherError` for a file that cannot be read, `ClientError` for a server's address or key.
  init(_ options: LaunchOptions?, _ section: LanguageModelSection, in installation: Installation) throws {
    guard let options else {
      (given, servedModel, choice) = (LanguageModelChoice(), nil, LanguageModelChoice())
      (server, survey) = (nil, nil)
      return
    }
    var choice = options.languageModel
    choice.keyFile = choice.keyFile.map(installation.absolute)
    if let prompt = choice.prompt, PromptLibrary.isPath(prompt) { choice.prompt = installation.absolute(prompt) }
    choice.file = try choice.file.map { try installation.readableFile($0, "model") }
    given = choice
    servedModel = try options.servedModel.map { try installation.readableFile($0, "model") }
    let isLocal = choice.file != nil || choice.urls.isEmpty && options.servedModel == nil && !section.file.isEmpty
    let serves = !isLocal && choice.urls.isEmpty && section.serverList.isEmpty
    // The user's choice of a prompt applies to every model.
    let isChosen = choice.prompt != nil || section.prompt != LanguageModelSection().prompt
    if serves, servedModel == nil, !isChosen { choice.prompt = Self.promptOfSmallModel }
    // The configuration's prompt may be a file too; it starts at the folder where the roles run.
    _ = try PromptLibrary.prompt(choice.prompt ?? section.prompt)
    self.choice = choice
    server = serves ? ModelServerOptions(model: servedModel) : nil
    survey = serves || isLocal ? nil : try Self.survey(choice, section)
  }

  /// Servers on the command line replace those of the configuration, with their model and key.
  private static func survey(_ choice: LanguageModelChoice, _ section: LanguageModelSection) throws -> ServerSurvey {
    let isOwn = !choice.urls.isEmpty
    let model = choice.model ?? (isOwn ? "" : section.model)
    var key = KeySource.none
    if !isOwn {
      if !section.keyFile.isEmpty { key = .file(section.keyFile) }
      if !section.keyVariable.isEmpty { key = .environment(section.keyVariable) }
    }
    if let file = choice.keyFile { key = .file(file) }
    return try ServerSurvey(
      servers: isOwn ? choice.urls : section.serverList, model: model.isEmpty ? nil : model, key: key,
      authorities: section.caFile.isEmpty ? nil : section.caFile)
  }

  /// Asks the servers whether they can be used.
  /// - Returns: a line about each server that cannot, if another one can.
  /// - Throws: `LauncherError` if no server can be used.
  func check() async throws -> [String] {
    guard let survey else { return [] }
    var problems: [String] = []
    let findings = await survey.run()
    for case (let address, .problem(let reason)) in findings { problems.append("\(address): \(reason)") }
    guard problems.count == findings.count else { return problems }
    throw LauncherError(
      "no language-model server can be used, so no caption would be labelled: \(problems.joined(separator: "; ")). "
        + "Start the server or correct the options; --llm-later starts the run all the same, and the annotator keeps "
        + "trying", .unavailable)
  }
}
