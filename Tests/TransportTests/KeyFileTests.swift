import Glibc
import TestSupport
import Testing

@testable import Transport

@Suite struct KeyFileTests {
  @Test func aSecretFileIsReadBackAndPrivate() throws {
    let folder = try TemporaryDirectory()
    let file = KeyFile(pair: try CurveKeyPair.generate(), learner: try CurveKeyPair.generate().publicKey)
    let path = "\(folder.path)/alice.secret"
    try file.writeSecret(path)
    #expect(try KeyFile(readingSecret: path) == file)
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
  }

  @Test func aPublicFileHoldsNoSecret() throws {
    let folder = try TemporaryDirectory()
    let file = KeyFile(pair: try CurveKeyPair.generate())
    let path = "\(folder.path)/alice.public"
    try file.publicFile.write(path)
    #expect(try PublicKeyFile(reading: path).keys == [file.pair.publicKey])
    #expect(try !SmallFile.read(path, secret: false).contains(file.pair.secretKey.text))
    #expect(throws: TransportError.self) { try KeyFile(readingSecret: path) }
  }

  @Test func existingFilesAreNeverOverwritten() throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write("alice.secret", "precious")
    let file = KeyFile(pair: try CurveKeyPair.generate())
    let error = #expect(throws: TransportError.self) { try file.writeSecret(path) }
    #expect(error?.description.contains(path) == true)
    #expect(throws: TransportError.self) { try file.publicFile.write(path) }
    #expect(try SmallFile.read(path, secret: true) == "precious")
  }

  @Test(arguments: [0o640, 0o604, 0o660, 0o644, 0o610, 0o601] as [mode_t])
  func secretsThatOthersCanReachAreRefusedByName(mode: mode_t) throws {
    let folder = try TemporaryDirectory()
    let path = "\(folder.path)/alice.secret"
    try KeyFile(pair: CurveKeyPair.generate()).writeSecret(path)
    chmod(path, mode)
    let error = #expect(throws: TransportError.self) { try KeyFile(readingSecret: path) }
    #expect(error?.description.contains(path) == true)
    #expect(error?.description.contains("chmod 600") == true)
    chmod(path, 0o400)
    #expect(throws: Never.self) { try KeyFile(readingSecret: path) }
  }

  @Test func commentsAndSpacesAreAllowed() throws {
    let folder = try TemporaryDirectory()
    let pair = try CurveKeyPair.generate()
    let text = """
      # keys of alice

        public-key="\(pair.publicKey.text)"   # mine\r
      secret-key\t= "\(pair.secretKey.text)"
      """
    #expect(try KeyFile(readingSecret: folder.write("a", text)) == KeyFile(pair: pair))
  }

  @Test func malformedFilesAreRefusedWithTheirLine() throws {
    let folder = try TemporaryDirectory()
    let pair = try CurveKeyPair.generate()
    let other = try CurveKeyPair.generate()
    let shared = "public-key = \"\(pair.publicKey.text)\"\n"
    let secret = "secret-key = \"\(pair.secretKey.text)\"\n"
    let cases: [(text: String, complaint: String)] = [
      ("", "needs the lines"),
      (shared, "needs the lines"),
      (shared + secret + secret, "line 3"),
      (shared + secret + "password = \"x\"\n", "line 3"),
      (shared + "secret-key = \(pair.secretKey.text)\n", "line 2"),
      (shared + "secret-key = \"abc\"\n", "40 characters"),
      (shared + "secret-key = \"\(String(repeating: "\\", count: 40))\"\n", "40 characters"),
      (shared + "secret-key = \"\(other.secretKey.text)\"\n", "does not belong"),
      (shared + secret + "learner-key = \"\"\n", "40 characters"),
      (String(repeating: "#", count: SmallFile.maximumBytes + 1), "larger than"),
    ]
    for (index, example) in cases.enumerated() {
      let path = try folder.write("\(index)", example.text)
      let error = #expect(throws: TransportError.self) { try KeyFile(readingSecret: path) }
      #expect(error?.description.contains(example.complaint) == true, "\(String(describing: error))")
      #expect(error?.description.contains(path) == true)
    }
    let bytes = try folder.write("public", secret)
    #expect(throws: TransportError.self) { try PublicKeyFile(reading: bytes) }
    #expect(throws: TransportError.self) { try KeyFile(readingSecret: folder.path) }
    #expect(throws: TransportError.self) { try KeyFile(readingSecret: "\(folder.path)/missing") }
  }

  @Test func secretsDoNotAppearInTexts() throws {
    let pair = try CurveKeyPair.generate()
    let texts = ["\(pair)", String(reflecting: pair), "\(KeyFile(pair: pair))", String(reflecting: pair.secretKey)]
    #expect(texts.allSatisfy { !$0.contains(pair.secretKey.text) })
    #expect(texts[0].contains(pair.publicKey.text))
  }

  @Test func generatedPairsDiffer() throws {
    let first = try CurveKeyPair.generate()
    let second = try CurveKeyPair.generate()
    #expect(first.publicKey != second.publicKey)
    #expect(first.publicKey.text.utf8.count == 40)
  }
}

extension KeyFile {
  var publicFile: PublicKeyFile { PublicKeyFile(keys: [pair.publicKey], roles: [.worker], sessions: 1) }
}
