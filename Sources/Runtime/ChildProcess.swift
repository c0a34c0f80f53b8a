import CPlatform
import Glibc

/// A program with its arguments, environment and working directory.
public struct ProgramCall: Sendable, Equatable {
  /// A path, or a name that is looked up in PATH.
  public var program: String
  /// Arguments after the program's name.
  public var arguments: [String]
  /// Variables that are set in addition to the caller's environment.
  public var environment: [String: String]
  /// Working directory; nil for the caller's.
  public var directory: String?

  public init(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], directory: String? = nil
  ) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
  }

  /// Replaces the calling process by the program; returns only by throwing.
  /// - Throws: `ProcessError` naming the program if it cannot be executed.
  public func replaceThisProcess() throws(ProcessError) -> Never {
    for (name, value) in environment { setenv(name, value, 1) }
    if let directory, chdir(directory) != 0 { throw ProcessError("enter", directory, errno) }
    withCStrings([program] + arguments) { _ = execvp($0[0]!, $0) }
    throw ProcessError("run", program, errno)
  }
}

/// A program could not be run. The text names it and the system's reason.
public struct ProcessError: Error, CustomStringConvertible, Sendable, Equatable {
  public let description: String

  fileprivate init(_ operation: String, _ subject: String, _ code: Int32) {
    description = "cannot \(operation) \(subject): \(String(cString: strerror(code)))"
  }
}

/// A program that this process started. It leads a new session, so that no signal of the terminal reaches it.
///
/// The kernel sends it SIGTERM when the thread that created this object ends, even by SIGKILL; a launcher that dies
/// leaves no orphan. Create it on a thread that lasts as long as the process, such as the main thread.
///
/// Rule: used by one thread.
public final class ChildProcess {
  /// What a stream of the child is.
  public enum Stream {
    /// This process's stream.
    case inherited
    /// Empty as input; as output, everything is discarded.
    case null
    /// An open descriptor, which the caller closes.
    case descriptor(Int32)
  }

  /// The status of a process that something else in this program has reaped.
  private static let unknownStatus: Int32 = 255

  /// Attempts to start a program whose file is open for writing, and the pause between two of them.
  private static let maximumAttempts = 100
  private static let busyMicroseconds: UInt32 = 10_000

  public let identifier: pid_t
  private var exitStatus: Int32?

  /// Starts a program. It inherits no descriptor but the three streams.
  /// - Parameter survivesParent: whether the child lives on when this process ends.
  /// - Throws: `ProcessError` naming the program if it cannot be executed.
  public init(
    _ call: ProgramCall, input: Stream = .null, output: Stream = .inherited, errors: Stream = .inherited,
    survivesParent: Bool = false
  ) throws(ProcessError) {
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard null >= 0 else { throw ProcessError("open", "/dev/null", errno) }
    defer { close(null) }
    var request = tengu_spawn_request()
    request.input = input.descriptor(inherited: STDIN_FILENO, null: null)
    request.output = output.descriptor(inherited: STDOUT_FILENO, null: null)
    request.error = errors.descriptor(inherited: STDERR_FILENO, null: null)
    request.new_session = 1
    request.parent_death_signal = survivesParent ? 0 : SIGTERM
    let child = Self.spawn(call, request)
    guard child.identifier > 0 else { throw ProcessError("run", call.program, child.code) }
    identifier = child.identifier
  }

  private static func spawn(
    _ call: ProgramCall, _ request: tengu_spawn_request
  ) -> (identifier: pid_t, code: Int32) {
    withCStrings([call.program] + call.arguments) { arguments in
      withCStrings(environment(with: call.environment)) { environment in
        withCStrings([call.directory].compactMap(\.self)) { directory in
          var request = request
          request.program = UnsafePointer(arguments[0])
          request.arguments = UnsafePointer(arguments)
          request.environment = UnsafePointer(environment)
          request.directory = directory[0].map { UnsafePointer($0) }
          var identifier = tengu_spawn(&request)
          // A file that this process has just written counts as open while a child that another thread starts still holds
          // its descriptor, which ends within milliseconds.
          var attempts = 1
          while identifier <= 0, errno == ETXTBSY, attempts < Self.maximumAttempts {
            usleep(Self.busyMicroseconds)
            identifier = tengu_spawn(&request)
            attempts += 1
          }
          return (identifier, errno)
        }
      }
    }
  }

  /// The caller's variables, with those of `changes` replaced or added, as NAME=value.
  private static func environment(with changes: [String: String]) -> [String] {
    var result: [String] = []
    var entry = environ
    while let text = entry.pointee {
      let variable = String(cString: text)
      if changes[String(variable.prefix { $0 != "=" })] == nil { result.append(variable) }
      entry += 1
    }
    return result + changes.map { "\($0)=\($1)" }.sorted()
  }

  /// The status as shells report it, 128 + N after death by signal N; nil while the process runs.
  public var status: Int32? {
    if exitStatus == nil { reap(WNOHANG) }
    return exitStatus
  }

  private func reap(_ options: Int32) {
    var wait: Int32 = 0
    switch waitpid(identifier, &wait, options) {
    case identifier: exitStatus = Self.shellStatus(wait)
    case -1 where errno == ECHILD: exitStatus = Self.unknownStatus
    default: break
    }
  }

  /// Decodes what `waitpid` reports.
  static func shellStatus(_ wait: Int32) -> Int32 {
    let signal = wait & 0x7f
    return signal == 0 ? (wait >> 8) & 0xff : 128 + signal
  }

  /// Sends a signal; does nothing once the process has ended.
  public func send(_ signal: Int32) {
    if status == nil { kill(identifier, signal) }
  }

  /// Waits until the process has ended.
  /// - Returns: its status, as `status` has it.
  public func waitUntilExit() -> Int32 {
    while true {
      if let exitStatus { return exitStatus }
      reap(0)
    }
  }
}

extension ChildProcess.Stream {
  fileprivate func descriptor(inherited: Int32, null: Int32) -> Int32 {
    switch self {
    case .inherited: inherited
    case .null: null
    case .descriptor(let descriptor): descriptor
    }
  }
}

/// Calls `body` with a NULL-terminated array of C strings.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
  defer { for pointer in pointers { free(pointer) } }
  return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
}
