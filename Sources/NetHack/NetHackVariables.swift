import CNetHack
import Environments
import Glibc

/// The global variables of a loaded library as they were when it had just been loaded.
///
/// NetHack takes them to be so when a game starts, for as a program it starts once. With them put back a new game begins
/// after 0.4 ms; with the library loaded anew, every page of it touched and every function found again, after 1.4 ms.
///
/// Rule of its pointers: `start` is valid while the library is loaded, and nothing runs in the library during `restore`.
final class NetHackVariables {
  private let start: UnsafeMutableRawPointer
  private let pageBytes = Int(getpagesize())
  private let pageCount: Int
  /// What the pages held that were not all zero, one after another.
  private let saved: UnsafeMutableRawPointer
  /// For each page its place in `saved`, or `zero`.
  private let places: [Int]

  private static let zero = -1

  /// Must be called before the first game.
  /// - Throws: `EnvironmentError` if the library is laid out as none that is known.
  init(_ region: tengu_nethack_region) throws {
    guard let start = region.start else {
      throw EnvironmentError("libnethack.so has no variables; run scripts/get-nethack.sh")
    }
    self.start = start
    pageCount = region.byteCount / pageBytes
    var places: [Int] = []
    var next = 0
    for page in 0..<pageCount {
      let isZero = Self.isZero(start + page * pageBytes, byteCount: pageBytes)
      places.append(isZero ? Self.zero : next)
      if !isZero { next += pageBytes }
    }
    self.places = places
    saved = .allocate(byteCount: max(1, next), alignment: 64)
    for (page, place) in places.enumerated() where place != Self.zero {
      memcpy(saved + place, start + page * pageBytes, pageBytes)
    }
  }

  deinit { saved.deallocate() }

  /// Writes only where the game did, so that pages no game has touched take no memory.
  func restore() {
    for (page, place) in places.enumerated() {
      let memory = start + page * pageBytes
      if place == Self.zero {
        if !Self.isZero(memory, byteCount: pageBytes) { memset(memory, 0, pageBytes) }
      } else if memcmp(memory, saved + place, pageBytes) != 0 {
        memcpy(memory, saved + place, pageBytes)
      }
    }
  }

  private static func isZero(_ memory: UnsafeMutableRawPointer, byteCount: Int) -> Bool {
    let words = memory.assumingMemoryBound(to: UInt64.self)
    return words[0] == 0 && memcmp(memory, memory + 8, byteCount - 8) == 0
  }
}
