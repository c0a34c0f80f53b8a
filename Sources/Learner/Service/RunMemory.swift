import Checkpoints
import Foundation
import Transport

/// What a run remembers from session to session besides its configuration and its state: the number that peers know it
/// by, and the address that it listened on, where they look for it. Two small files of the run directory.
struct RunMemory {
  private static let numberName = "run.id"
  private static let addressName = "address"

  private let folder: URL

  /// - Parameter folder: the run directory, which need not exist.
  init(_ folder: URL) { self.folder = folder }

  /// The address of the run's latest session; nil if there is none.
  var address: Endpoint? { line(Self.addressName).flatMap { try? Endpoint($0) } }

  /// Remembers an address in the run's directory.
  func keep(_ address: Endpoint, in directory: RunDirectory) throws {
    try directory.publish("\(address)\n", to: folder.appending(path: Self.addressName))
  }

  /// The run's number for its whole life; drawn in its first session. Never 0.
  func number(in directory: RunDirectory) throws -> UInt64 {
    if let number = line(Self.numberName).flatMap({ UInt64($0, radix: 16) }), number != 0 { return number }
    let number = UInt64.random(in: 1 ... .max)
    try directory.publish(String(number, radix: 16) + "\n", to: folder.appending(path: Self.numberName))
    return number
  }

  private func line(_ name: String) -> String? {
    let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
    return text?.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
