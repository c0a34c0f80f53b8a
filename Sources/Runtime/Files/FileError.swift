import Foundation

/// Why a file or folder could not be written or read; always names it.
public struct FileError: Error, CustomStringConvertible, Sendable, Hashable {
  /// The file or folder concerned.
  public let path: String
  public let reason: String

  public init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): \(reason)" }

  /// An operation that the system refused with `code` (errno), as in "cannot write: No space left on device".
  public static func system(_ path: String, _ operation: String, _ code: Int32) -> FileError {
    FileError(path, "cannot \(operation): \(String(cString: strerror(code)))")
  }
}

/// Why the system refused a file, in its own words, for messages to users. The descriptions of Foundation's errors name
/// their domain and code instead.
public enum SystemReason {
  /// - Parameter error: what an operation of Foundation threw.
  /// - Returns: such as "Permission denied"; the description of an error of another kind.
  public static func text(of error: any Error) -> String {
    if let code = code(of: error) { return String(cString: strerror(code)) }
    guard let cocoa = error as? CocoaError else { return "\(error)" }
    return switch cocoa.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: String(cString: strerror(ENOENT))
    case .fileReadNoPermission, .fileWriteNoPermission: String(cString: strerror(EACCES))
    case .fileReadInapplicableStringEncoding, .fileReadCorruptFile: "not UTF-8 text"
    case .fileWriteOutOfSpace: String(cString: strerror(ENOSPC))
    case .fileWriteFileExists: String(cString: strerror(EEXIST))
    default: "the system gave no reason (code \(cocoa.code.rawValue))"
    }
  }

  /// The path of the file that an error names; nil if it names none.
  public static func path(of error: any Error) -> String? {
    guard error is CocoaError else { return nil }
    let facts = (error as NSError).userInfo
    return facts[NSFilePathErrorKey] as? String ?? (facts[NSURLErrorKey] as? URL)?.path
  }

  /// The value of errno that an error or the one below it holds.
  private static func code(of error: any Error) -> Int32? {
    if let posix = error as? POSIXError { return posix.code.rawValue }
    let outer = error as NSError
    if outer.domain == NSPOSIXErrorDomain { return Int32(truncatingIfNeeded: outer.code) }
    guard error is CocoaError, let inner = outer.userInfo[NSUnderlyingErrorKey] as? any Error else { return nil }
    return code(of: inner)
  }
}
