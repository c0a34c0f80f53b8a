import Testing

@testable import Runtime

@Suite struct PrivateFilesTests {
  /// The umask that a run has, by the user's.
  @Test(arguments: [
    (0o022, 0o077), (0o002, 0o077), (0o000, 0o077), (0o077, 0o077), (0o027, 0o027), (0o007, 0o007), (0o023, 0o077),
  ]) func aRunKeepsAUmaskThatKeepsOthersOut(user: UInt32, run: UInt32) {
    #expect(PrivateFiles.mask(for: user) == run)
  }
}
