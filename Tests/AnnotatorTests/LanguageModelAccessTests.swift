import Configuration
import Testing

@testable import Annotator

/// What a learner's Welcome may set, and what it may not.
struct LanguageModelAccessTests {
  private var hostile: LanguageModelSection {
    var section = LanguageModelSection()
    section.servers = "http://evil.example:80"
    section.file = "/home/me/model.gguf"
    section.keyFile = "/etc/shadow"
    section.keyVariable = "HOME"
    section.model = "small"
    section.goal = "gold"
    section.samples = 3
    return section
  }

  @Test func serversAndKeysComeFromTheAnnotatorAlone() throws {
    let none = try LanguageModelAccess().applied(to: hostile)
    #expect(none.servers.isEmpty && none.file.isEmpty && none.keyFile.isEmpty && none.keyVariable.isEmpty)

    var own = LanguageModelSection()
    own.servers = "http://127.0.0.1:8080"
    own.keyFile = "own.key"
    let applied = try LanguageModelAccess(own).applied(to: hostile)
    #expect(applied.servers == own.servers && applied.keyFile == "own.key" && applied.keyVariable.isEmpty)
    // The run says how captions are judged.
    #expect(applied.model == "small" && applied.goal == "gold" && applied.samples == 3)
  }

  @Test func aModelsFileComesFromTheAnnotatorAlone() throws {
    var own = LanguageModelSection()
    own.file = "own.gguf"
    let applied = try LanguageModelAccess(own).applied(to: hostile)
    #expect(applied.file == "own.gguf" && applied.servers.isEmpty)
  }

  @Test func aPromptFileMustBeNamedByTheOwner() throws {
    var section = LanguageModelSection()
    section.prompt = "/home/me/notes.md"
    let error = try #require(throws: AnnotatorError.self) { try LanguageModelAccess().applied(to: section) }
    #expect("\(error)".contains("--llm-prompt"))
    #expect(try LanguageModelAccess(section).applied(to: section).prompt == section.prompt)
    var access = LanguageModelAccess()
    access.prompt = "mine.md"
    #expect(try access.applied(to: section).prompt == "mine.md")
    section = LanguageModelSection()
    section.paraphrase = "../x.md"
    #expect(throws: AnnotatorError.self) { try access.applied(to: section) }
  }

  @Test func whatIsIgnoredIsNamed() {
    #expect(
      LanguageModelAccess().ignored(of: hostile)
        == [
          "language_model.servers", "language_model.file", "language_model.key_file", "language_model.key_variable",
        ])
    #expect(LanguageModelAccess(hostile).ignored(of: hostile).isEmpty)
    #expect(LanguageModelAccess(hostile).ignored(of: LanguageModelSection()).isEmpty)
  }

  /// The whole way: a Welcome that names a server and a key file makes the annotator use neither.
  @Test func aLearnerThatNamesAServerIsIgnoredAndSaid() throws {
    let learner = try ScriptedLearner {
      $0.annotator.kind = .llm
      $0.languageModel.servers = "http://127.0.0.1:9"
      $0.languageModel.keyFile = "/etc/hostname"
    }
    _ = try learner.pump(0)
    try learner.welcome()
    let error = try #require(throws: AnnotatorError.self) { try learner.pump(1) }
    #expect("\(error)".contains("this annotator has no server; name one with --llm-url"))
    #expect(learner.log.contains("sets language_model.servers, language_model.key_file; ignored"))
  }
}
