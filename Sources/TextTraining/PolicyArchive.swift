import Checkpoints
import Foundation
import Runtime
import TextPolicy

/// Policies of one transformer by name: the one that trains, and those that losses and judges compare it with, such as
/// "initial", "previous" and "reference". Saved as one safetensors file.
public struct PolicyArchive {
  public let transformer: Transformer
  private var policies: [String: TextPolicy] = [:]

  public init(_ transformer: Transformer) { self.transformer = transformer }

  /// The names that it has, in alphabetical order.
  public var names: [String] { policies.keys.sorted() }

  public subscript(_ name: String) -> TextPolicy? { policies[name] }

  /// Keeps the parameters that a policy has now; a policy of this name is replaced.
  public mutating func keep(_ policy: TextPolicy, as name: String) {
    if let kept = policies[name] { kept.copy(from: policy) } else { policies[name] = policy.copied() }
  }

  private static let kind = "text-policies"

  /// Writes all policies; tensors are called NAME/PARAMETER.
  /// - Throws: `CheckpointError`, or the error of the file system.
  public func write(to file: URL) throws {
    var tensors: [NamedTensor] = []
    for name in names {
      guard let policy = policies[name] else { continue }
      for slice in transformer.layout.slices {
        let values = UnsafeBufferPointer<Float>(
          start: policy.parameters.pointer + slice.offset, count: slice.count)
        tensors.append(NamedTensor("\(name)/\(slice.name)", shape: slice.shape, values))
      }
    }
    let sizes = String(decoding: try JSONEncoder().encode(transformer.options), as: UTF8.self)
    let bytes = try SafeTensors.encode(
      tensors, metadata: ["kind": Self.kind, "sizes": sizes, "policies": names.joined(separator: ",")])
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file, options: .atomic)
  }

  /// Reads what `write` wrote.
  /// - Throws: `TextPolicyError` that names the file and what does not fit, `CheckpointError` for a damaged file.
  public init(contentsOf file: URL) throws {
    let content = try SafeTensors.decode([UInt8](Data(contentsOf: file)), file: file.path)
    guard content.metadata["kind"] == Self.kind, let sizes = content.metadata["sizes"],
      let options = try? JSONDecoder().decode(TransformerOptions.self, from: Data(sizes.utf8)),
      let names = content.metadata["policies"]
    else { throw TextPolicyError("\(file.path): not a file of text policies") }
    transformer = try Transformer(options)
    let tensors = Dictionary(content.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for name in names.split(separator: ",").map(String.init) {
      let policy = TextPolicy(transformer)
      for slice in transformer.layout.slices {
        guard let tensor = tensors["\(name)/\(slice.name)"], tensor.shape == slice.shape,
          let values = try? tensor.values(as: Float.self), values.allSatisfy(\.isFinite)
        else {
          throw TextPolicyError(
            "\(file.path): tensor \(name)/\(slice.name) is missing, has another shape than \(slice.shape), or is not finite"
          )
        }
        for (index, value) in values.enumerated() { policy.parameters.pointer[slice.offset + index] = value }
      }
      policy.prepare(forTraining: true)
      policies[name] = policy
    }
  }
}
