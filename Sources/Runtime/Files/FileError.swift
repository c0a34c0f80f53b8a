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

/// Why a file cannot be used, for messages to users: the system's own words, or the JSON field that is wrong. The
/// descriptions of Foundation's errors name their domain, code or Swift types instead.
public enum SystemReason {
  /// - Parameter error: what an operation of Foundation threw.
  /// - Returns: such as "Permission denied" or `"peers[2].name" is missing`; the description of an error of another kind.
  public static func text(of error: any Error) -> String {
    if let problem = error as? DecodingError { return text(of: problem) }
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

  private static func text(of error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context): "\(field(context.codingPath + [key])) is missing"
    case .typeMismatch(let type, let context): "\(field(context.codingPath)) is not \(words(for: type))"
    case .valueNotFound(let type, let context): "\(field(context.codingPath)) is null, not \(words(for: type))"
    // Foundation does not say which number does not fit its field.
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      "it is not a JSON text, or one of its numbers does not fit"
    case .dataCorrupted(let context): "\(field(context.codingPath)) has a value that it cannot have"
    @unknown default: "it is another JSON text than expected"
    }
  }

  /// A field by its path, such as "peers[2].name" in quotes.
  private static func field(_ path: [any CodingKey]) -> String {
    let text = path.reduce(into: "") { text, key in
      if let index = key.intValue { text += "[\(index)]" } else { text += (text.isEmpty ? "" : ".") + key.stringValue }
    }
    return text.isEmpty ? "the JSON text" : "\"\(text.printable)\""
  }

  /// What a Swift type is called in JSON.
  private static func words(for type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a text"
    case is Bool.Type: "true or false"
    case is any Numeric.Type: "a number"
    case is [String: Any].Type: "an object"
    case is [Any].Type: "a list"
    default: "of the expected kind"
    }
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
