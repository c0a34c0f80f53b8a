import TestSupport
import Testing

@testable import Transport

@Suite struct PublicKeyFileTests {
  @Test func whatIsWrittenIsReadBack() throws {
    let folder = try TemporaryDirectory()
    let keys = [try CurveKeyPair.generate().publicKey]
    let files = [
      PublicKeyFile(keys: keys, roles: [.worker], sessions: 1),
      PublicKeyFile(keys: keys, roles: [.annotator, .observer], expiry: 1_800_000_000, sessions: 4),
      PublicKeyFile(keys: keys, roles: nil),
    ]
    for (index, file) in files.enumerated() {
      let path = "\(folder.path)/\(index).public"
      try file.write(path)
      #expect(try PublicKeyFile(reading: path) == file)
    }
  }

  @Test func mistakesAreNamed() throws {
    let folder = try TemporaryDirectory()
    let key = "public-key = \"\(try CurveKeyPair.generate().publicKey.text)\"\n"
    let cases = [
      ("role = \"worker\"\n", "has no public-key line"), (key + "role = \"admin\"\n", "role: expected worker"),
      (key + "role = \"\"\n", "role: expected worker"), (key + "role = worker\n", "line 2"),
      (key + "expires = \"tomorrow\"\n", "expires: expected a date"),
      (key + "expires = \"2027-02-30\"\n", "expires: expected a date"),
      (key + "sessions = 0\n", "sessions is a number"),
      (key + "sessions = 99999999999999999999\n", "sessions is a number"),
      (key + "role = \"worker\"\nrole = \"worker\"\n", "line 3: role is given twice"),
      (key + "secret-key = \"x\"\n", "line 2: unknown name"),
    ]
    for (index, (text, complaint)) in cases.enumerated() {
      let path = try folder.write("\(index).public", text)
      let error = #expect(throws: TransportError.self) { try PublicKeyFile(reading: path) }
      #expect(error?.description.contains(complaint) == true, "\(String(describing: error))")
      #expect(error?.description.contains(path) == true)
    }
  }

  @Test func aDateIsItsLastMoment() {
    #expect(KeyExpiry.seconds("1970-01-01") == 86_400)
    #expect(KeyExpiry.seconds("1970-01-02T00:00:00Z") == 86_400)
    #expect(KeyExpiry.text(86_400) == "1970-01-02T00:00:00Z")
    #expect(KeyExpiry.seconds("1970-01-01T24:00:00Z") == nil)
    for infinite in [Double.infinity, -.infinity, 1e300] { #expect(!KeyExpiry.text(infinite).isEmpty) }
  }
}

@Suite struct AllowListTests {
  private func publish(_ name: String, in folder: TemporaryDirectory, roles: Set<KeyRole>? = [.worker]) throws
    -> CurvePublicKey
  {
    let key = try CurveKeyPair.generate().publicKey
    try PublicKeyFile(keys: [key], roles: roles).write("\(folder.path)/\(name).public")
    return key
  }

  @Test func aFolderIsReadByFileNameAndReadAgain() throws {
    let folder = try TemporaryDirectory()
    let alice = try publish("alice", in: folder)
    _ = try folder.write("notes.txt", "no key")
    var list = try AllowList(path: folder.path)
    #expect(list.keys == [alice: AllowedKey(name: "alice", roles: [.worker], sessions: 1)])
    #expect(try !list.reload())

    let bob = try publish("bob", in: folder, roles: nil)
    #expect(try list.reload())
    #expect(list.keys[bob] == AllowedKey(name: "bob"))

    // A file that cannot be read allows nothing, and does not keep the others from being read.
    _ = try folder.write("broken.public", "nonsense")
    let carol = try publish("carol", in: folder)
    #expect(try list.reload())
    #expect(list.keys[carol]?.name == "carol" && list.keys.count == 3)
    #expect(list.problems.count == 1 && list.problems[0].contains("broken.public"))
    #expect(throws: TransportError.self) { try AllowList(path: folder.path) }

    try folder.remove("alice.public")
    #expect(try list.reload())
    #expect(list.keys[alice] == nil)
  }

  @Test func oneFileMayHoldSeveralKeys() throws {
    let folder = try TemporaryDirectory()
    let keys = try (0..<3).map { _ in try CurveKeyPair.generate().publicKey }
    let path = try folder.write("team.public", keys.map { "public-key = \"\($0)\"\n" }.joined())
    let list = try AllowList(path: path)
    #expect(list.keys.values.allSatisfy { $0.name == "team" } && Set(list.keys.keys) == Set(keys))
  }

  @Test func rolesAndExpiry() {
    let key = AllowedKey(name: "a", roles: [.annotator], expiry: 100)
    #expect(key.allows(.annotator) && !key.allows(.worker))
    #expect(!key.isExpired(at: 99) && key.isExpired(at: 100))
    #expect(AllowedKey(name: "old").allows(.worker) && !AllowedKey(name: "old").isExpired(at: .infinity))
    #expect(KeyRole.list("worker, observer") == [.worker, .observer] && KeyRole.list("worker,boss") == nil)
  }

  @Test func aMissingListIsAnError() {
    #expect(throws: TransportError.self) { try AllowList(path: "/nowhere/keys") }
  }
}
