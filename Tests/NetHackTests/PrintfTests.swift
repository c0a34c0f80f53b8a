import Glibc
import Testing

@testable import NetHack

@Suite struct PrintfTests {
  /// A type that some library adds to printf makes every number that a game prints slow; see CPlatform.
  @Test func noLibraryCanAddTypesToPrintf() throws {
    typealias Register = @convention(c) (UnsafeMutableRawPointer?) -> Int32
    // What a library's reference to the function is bound to.
    let symbol = try #require(dlsym(nil, "register_printf_type"))
    #expect(unsafeBitCast(symbol, to: Register.self)(nil) == -1)
  }
}
