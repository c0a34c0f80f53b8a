import Foundation
import Glibc
import Runtime
import Transport

/// A server process of this program, and this end of the connection to it.
///
/// Used by one thread at a time.
final class ServerProcess {
  /// The status of a server whose interpreter lacks numpy.
  static let missingPackagesStatus: Int32 = 66

  let identifier: pid_t
  let channel: StreamChannel
  private let progress: ProgressPage

  /// Starts a server; it can be asked at once, and answers when it is ready.
  /// - Parameter maximumDataBytes: of a reply.
  /// - Throws: `ServerProblem` if it cannot be started.
  init(_ options: ServerOptions, maximumDataBytes: Int) throws(ServerProblem) {
    do {
      progress = try ProgressPage()
      var ends: [Int32] = [-1, -1]
      guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
        throw ServerProblem("cannot have a socket: \(String(cString: strerror(errno)))")
      }
      channel = StreamChannel(descriptor: ends[0], maximumDataBytes: maximumDataBytes)
      defer { close(ends[1]) }
      let program = EmbeddedFile.required("environment-server.py")
      identifier = try ProcessKeeper.shared.start(
        options.command(programBytes: program.count, progress: progress.path), input: ends[1])
      try channel.send(Frame(bytes: program))
    } catch let problem as ServerProblem {
      throw problem
    } catch {
      throw ServerProblem("cannot be started: \(error); set environment.python to an interpreter that has the packages")
    }
  }

  /// Ends the server at once, whatever it does.
  deinit { ProcessKeeper.shared.end(identifier) }

  /// The server has answered: it has opened the page, so nothing of it remains in the file system, however this process ends.
  func hasAnswered() { progress.remove() }

  /// How it ended, for people; nil while it runs.
  var end: String? {
    guard let status = ProcessKeeper.shared.status(identifier) else { return nil }
    return status > 128 ? "was ended by signal \(status - 128)" : "ended with status \(status)"
  }

  /// The number of the environment that it is stepping, from 0 on; nil between requests.
  var steppedEnvironment: Int? { progress.value > 0 ? progress.value - 1 : nil }
}

/// Eight bytes that the server writes and this process reads.
private final class ProgressPage {
  private static let bytes = 8
  let path: String
  private let memory: UnsafeMutableRawPointer
  private var isRemoved = false

  /// Makes the file in the folder for temporary files.
  init() throws(ServerProblem) {
    var template = Array("\(FileManager.default.temporaryDirectory.path)/tengu-progress-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    guard file >= 0, ftruncate(file, Self.bytes) == 0,
      let memory = mmap(nil, Self.bytes, PROT_READ, MAP_SHARED, file, 0), memory != MAP_FAILED
    else {
      let reason = String(cString: strerror(errno))
      if file >= 0 { close(file) }
      throw ServerProblem("cannot have a file for its progress: \(reason)")
    }
    close(file)
    path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    self.memory = memory
  }

  deinit {
    munmap(memory, Self.bytes)
    remove()
  }

  func remove() {
    if !isRemoved { unlink(path) }
    isRemoved = true
  }

  /// What the other process wrote last: any number.
  var value: Int { memory.load(as: Int.self) }
}
