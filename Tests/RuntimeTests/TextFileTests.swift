import Foundation
import Runtime
import TestSupport
import Testing

@Suite struct TextFileTests {
  @Test func aMissingFileIsNoFailureAndAnUnreadableOneIs() throws {
    let folder = try TemporaryDirectory()
    let file = try folder.write("text \u{263A}", to: "file")
    #expect(try TextFile.read(file) == "text \u{263A}")
    #expect(try TextFile.read("\(folder.path)/missing") == nil)
    #expect(try TextFile.read("\(file)/below") == nil)
    #expect { try TextFile.read(folder.path) } throws: { "\($0)" == "\(folder.path): is not a regular file" }
    try Data([0x61, 0xFF]).write(to: folder.file("latin"))
    #expect { try TextFile.read("\(folder.path)/latin") } throws: { "\($0)".hasSuffix("/latin: is not UTF-8 text") }
    // The superuser may read every file.
    guard getuid() != 0 else { return }
    chmod(file, 0)
    #expect { try TextFile.read(file) } throws: { "\($0)" == "\(file): cannot open: Permission denied" }
  }
}
