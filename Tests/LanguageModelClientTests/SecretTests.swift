import FakeLanguageModel
import Foundation
import TestSupport
import Testing

@testable import LanguageModelClient

/// A planted key is looked for in all that the client says.
@Suite struct SecretTests {
  private static let secret = "sk-planted-5b1f9c0d7e"

  private func keyFile(_ text: String, mode: Int = 0o600) throws -> (TemporaryDirectory, path: String) {
    let folder = try TemporaryDirectory()
    let path = folder.path + "/key"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return (folder, path)
  }

  private func shown(_ values: Any...) -> String {
    var text = ""
    for value in values {
      text += "\(value) \(String(reflecting: value))"
      dump(value, to: &text)
    }
    return text
  }

  @Test func theKeyReachesTheServerAndNothingElse() async throws {
    let (folder, path) = try keyFile(Self.secret + "\n")
    defer { withExtendedLifetime(folder) {} }
    var model = FakeModel()
    model.key = Self.secret
    let setup = try Setup([model]) { $0.key = .file(path) }
    let answer = await setup.ask()
    #expect(answer.text == "Yes")
    // A server that quotes the key in each of its errors, alone, in the middle and as the name of its model.
    var failures: [Setup.Answer] = []
    for status in [400, 401, 429, 500] {
      setup.server.handle { request in
        .json(["error": ["message": "Incorrect API key: \(request.headers["authorization"] ?? "") !"]], status: status)
      }
      failures.append(await setup.ask(deadlineSeconds: status < 429 ? amplySeconds : 0.2))
    }
    setup.server.handle { request in
      .answer(
        status: 401, body: Data((String(repeating: "x", count: 195) + (request.headers["authorization"] ?? "")).utf8))
    }
    failures.append(await setup.ask())
    #expect(failures.allSatisfy { $0.failureName != nil })
    let connections = setup.pool.connections
    let text = shown(answer, failures, setup.pool.statistics, setup.lines.all, setup.pool.options, connections)
    #expect(!text.contains(Self.secret) && !text.contains(Self.secret.prefix(12)))
    #expect(text.contains("(key)"), "it was there to be removed")
  }

  @Test func aWrongKeyIsRefusedAndNotShown() async throws {
    let (folder, path) = try keyFile(Self.secret)
    defer { withExtendedLifetime(folder) {} }
    var model = FakeModel()
    model.key = "another"
    let setup = try Setup([model]) { $0.key = .file(path) }
    let answer = await setup.ask()
    guard case .failure(.refused(_, 401, let text)) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(text == "Incorrect API key provided: Bearer (key).")
    #expect(!shown(answer, setup.lines.all).contains(Self.secret))
  }

  @Test(arguments: [
    "http://user:SECRET@host:8000", "http://SECRET@host:8000", "https://host:8000/v1?api_key=SECRET",
    "http://host:8000#SECRET",
  ])
  func anAddressWithASecretIsRefusedWithoutBeingShown(form: String) {
    let text = form.replacingOccurrences(of: "SECRET", with: Self.secret)
    #expect { try ServerAddress(text) } throws: { error in
      "\(error)".contains("//host:8000") && "\(error)".contains("--llm-key-file") && !shown(error).contains(Self.secret)
    }
  }

  @Test(arguments: [0o640, 0o604, 0o644, 0o660]) func aFileThatOthersCanReadIsRefused(mode: Int) throws {
    let (folder, path) = try keyFile(Self.secret, mode: mode)
    defer { withExtendedLifetime(folder) {} }
    #expect { try KeySource.file(path).read() } throws: { error in
      "\(error)".contains("chmod 600 \(path)") && !"\(error)".contains(Self.secret)
    }
  }

  @Test(arguments: ["", " \n", "two words", "line\nline", "ünicode", "a\u{0}b", String(repeating: "x", count: 5000)])
  func whatIsNoKeyIsRefusedWithoutBeingShown(text: String) throws {
    let (folder, path) = try keyFile(text)
    defer { withExtendedLifetime(folder) {} }
    #expect { try KeySource.file(path).read() } throws: { error in
      guard case .key = error as? ClientError else { return false }
      return text.count < 4 || !"\(error)".contains(text)
    }
  }

  @Test func aMissingFileAndAMissingVariableAreNamed() {
    #expect { try KeySource.file("/nonexistent/key").read() } throws: { "\($0)".contains("/nonexistent/key") }
    #expect { try KeySource.file("/").read() } throws: { "\($0)".contains("not a file") }
    #expect { try KeySource.environment("TENGU_NO_SUCH_KEY").read() } throws: { "\($0)".contains("TENGU_NO_SUCH_KEY") }
  }

  @Test func aKeyMayComeFromTheEnvironment() throws {
    let name = "TENGU_TEST_KEY_\(UInt32.random(in: 0 ... .max))"
    setenv(name, " \(Self.secret)\n", 1)
    defer { unsetenv(name) }
    let key = try #require(try KeySource.environment(name).read())
    #expect(key.headerLine == "Authorization: Bearer \(Self.secret)")
    #expect(!shown(key, KeySource.environment(name)).contains(Self.secret))
  }

  @Test func aKeyThatWouldTravelInTheOpenIsSaid() throws {
    let (folder, path) = try keyFile(Self.secret)
    defer { withExtendedLifetime(folder) {} }
    for (address, isSaid) in [("http://10.0.0.1", true), ("https://10.0.0.1", false), ("http://127.0.0.1", false)] {
      let lines = Lines()
      var options = LanguageModelOptions(servers: [address], log: lines.add)
      options.key = .file(path)
      _ = try LanguageModelPool(options)
      #expect(lines.all.contains { $0.contains("unencrypted") } == isSaid)
    }
  }
}
