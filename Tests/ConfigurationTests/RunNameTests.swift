import Testing

@testable import Configuration

@Suite struct RunNameTests {
  @Test(arguments: ["a", "oni-1", "Score_2026.01", "_x", "9"])
  func plainNamesAreAccepted(name: String) throws {
    #expect(try RunName(name).description == name)
  }

  @Test(arguments: ["", ".", "..", ".hidden", "-rf", "a/b", "../a", "a b", "a\0b", "a\nb", "é", "a\\b", "~"])
  func pathsAndOptionsAreRefused(name: String) {
    #expect(throws: ConfigurationError.self) { try RunName(name) }
  }

  @Test func lengthIsBounded() throws {
    _ = try RunName(String(repeating: "a", count: 100))
    #expect(throws: ConfigurationError.self) { try RunName(String(repeating: "a", count: 101)) }
  }
}

@Suite struct ProvenanceTests {
  @Test func namesTheMachineAndTheTime() {
    let provenance = Provenance(version: "1.2.3", seed: 7, startSeconds: 951_827_696)
    #expect(provenance.startedAt == "2000-02-29T12:34:56Z")
    #expect(provenance.cores >= 1)
    #expect(!provenance.host.isEmpty)
    #expect(provenance.operatingSystem.hasPrefix("Linux "))
    #expect(provenance.tomlComments().hasPrefix("# version: 1.2.3\n# seed: 7\n# host: "))
  }
}
