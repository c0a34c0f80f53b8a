import Glibc
import TestSupport
import Testing

@testable import Transport

/// Seconds a test waits for an event that must come. Passing tests never wait that long.
let patienceSeconds = 20

/// Runs `attempt` after every event of the poller until it returns a value. Fails the test when nothing comes.
@discardableResult func outcome<Value>(
  _ poller: Poller, sourceLocation: SourceLocation = #_sourceLocation, _ attempt: () throws -> Value?
) throws -> Value {
  let deadline = time(nil) + patienceSeconds
  while time(nil) < deadline {
    if let value = try attempt() { return value }
    _ = try poller.wait(milliseconds: 200)
  }
  return try #require(try attempt(), "nothing came", sourceLocation: sourceLocation)
}

/// Options of test sockets: nothing lingers, reconnection is quick.
var testOptions: SocketOptions {
  var options = SocketOptions(maximumFrameBytes: 64 << 20)
  options.lingerMilliseconds = 0
  options.reconnectMilliseconds = 10
  return options
}

func frames(_ texts: String...) -> [Frame] { texts.map { Frame(bytes: Array($0.utf8)) } }

func text(_ frame: Frame) -> String { String(decoding: frame.copiedBytes(), as: UTF8.self) }

extension Multipart {
  var texts: [String] { frames.map(text) }
}

extension TemporaryDirectory {
  func remove(_ name: String) throws { #expect(unlink("\(path)/\(name)") == 0) }

  func write(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
    let file = "\(path)/\(name)"
    try SmallFile.create(file, text, mode: mode)
    chmod(file, mode)
    return file
  }
}

/// A generator whose numbers are easy to predict.
struct Counter: RandomNumberGenerator {
  var value: UInt64
  var step: UInt64

  mutating func next() -> UInt64 {
    value = value &* 6_364_136_223_846_793_005 &+ step
    return value
  }
}
