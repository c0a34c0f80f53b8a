import FoundationEssentials
import Runtime

/// The list of a checkpoint's files with their digests. A third file contains the manifest's own digest, so that every
/// bit is covered; `sha256sum -c manifest.sha256` checks it by hand.
struct CheckpointManifest: Codable, Equatable {
  struct File: Codable, Equatable {
    var name: String
    var bytes: Int
    var sha256: String
  }

  /// The format that this version writes, and the only one that it reads.
  static let currentFormat = 1
  /// Largest manifest accepted, in bytes.
  static let maximumBytes = 1 << 20
  /// Largest file of a checkpoint accepted, in bytes.
  static let maximumFileBytes = 1 << 36

  static let fileName = "manifest.json"
  static let digestName = "manifest.sha256"
  static let stateName = "state.safetensors"

  var format = Self.currentFormat
  /// Environment steps at the save.
  var step: Int
  var policyVersion: UInt64
  var metadata: [String: String]
  var files: [File]

  enum CodingKeys: String, CodingKey {
    case format = "format_version"
    case step
    case policyVersion = "policy_version"
    case metadata, files
  }

  func encoded() throws(CheckpointError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    } catch {
      throw CheckpointError(Self.fileName, "cannot be encoded: \(error)")
    }
  }

  static func decode(_ bytes: [UInt8], path: String) throws(CheckpointError) -> CheckpointManifest {
    let manifest: CheckpointManifest
    do {
      manifest = try JSONDecoder().decode(CheckpointManifest.self, from: Data(bytes))
    } catch {
      throw CheckpointError(path, "is not a manifest: \(SystemReason.text(of: error))")
    }
    do {
      _ = try Int(checked: manifest.step, in: plausibleCount, "step")
      _ = try Int(checked: manifest.policyVersion, in: plausibleCount, "policy_version")
    } catch {
      throw CheckpointError(path, error.description)
    }
    return manifest
  }

  /// Content of the digest file, in the format of sha256sum.
  static func digestText(of manifest: [UInt8]) -> String { "\(SHA256.hexadecimal(of: manifest))  \(fileName)\n" }
}
