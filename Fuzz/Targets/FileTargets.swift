@testable import Checkpoints
@testable import Configuration

extension FuzzTarget {
  /// What was read takes no more memory than the file has bytes, and is the same after it was written and read again.
  static let safetensors = FuzzTarget(
    name: "safetensors",
    run: { bytes in
      guard let content = try? SafeTensors.decode(Array(bytes), file: "fuzz") else { return }
      require(content.tensors.reduce(0) { $0 + $1.bytes.count } <= bytes.count, "more bytes than the file has")
      for tensor in content.tensors {
        require(tensor.count * tensor.type.byteCount == tensor.bytes.count, "half an element")
        _ = tensor.notFinite
      }
      guard
        let again = try? SafeTensors.decode(
          SafeTensors.encode(content.tensors, metadata: content.metadata), file: "again")
      else { return require(false, "a decoded file cannot be written") }
      require(Set(again.tensors) == Set(content.tensors) && again.metadata == content.metadata, "a file changes")
    },
    seeds: {
      let tensors = [
        NamedTensor("policy.weight", shape: [2, 3], [Float](repeating: 0.5, count: 6)),
        NamedTensor("step", shape: [], [UInt64(7)]), NamedTensor("bytes", [UInt8](0...4)),
        NamedTensor("empty", [Double]()),
      ]
      return (0...tensors.count).compactMap { count in
        let metadata = count > 2 ? ["format": "tengu \"1\"\u{e9}\n"] : [:]
        return (try? SafeTensors.encode(Array(tensors.prefix(count)), metadata: metadata)).map { ("\(count)", $0) }
      }
    })

  /// A manifest that is accepted has numbers that a run can count on from.
  static let manifest = FuzzTarget(
    name: "manifest",
    run: { bytes in
      guard let manifest = try? CheckpointManifest.decode(Array(bytes), path: "fuzz") else { return }
      require((0...(1 << 53)).contains(manifest.step) && manifest.policyVersion <= 1 << 53, "\(manifest.step)")
      guard let again = try? CheckpointManifest.decode(manifest.encoded(), path: "again") else {
        return require(false, "a decoded manifest cannot be written")
      }
      require(again == manifest, "a manifest changes")
    },
    seeds: {
      [[], [CheckpointManifest.File(name: "state.safetensors", bytes: 12, sha256: "ab")]].enumerated().compactMap {
        index, files in
        let manifest = CheckpointManifest(step: 512 * index, policyVersion: 3, metadata: ["seed": "7"], files: files)
        return (try? manifest.encoded()).map { ("\(index)", $0) }
      }
    })

  /// Fields of tasks: one of each kind.
  private static let additions = SchemaAdditions(taskFields: [
    TaskField("character", .text, default: .text("@"), "A text."),
    TaskField("layouts", .integer(0...9), default: .integer(0), "A number."),
  ])

  /// Errors name a line of the text, and a configuration that is accepted is the same after it was written and read.
  static let toml = FuzzTarget(
    name: "toml",
    run: { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(TOMLError) {
        _ = try TOMLTable(text)
      } catch {
        let lines = text.utf8.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
        require((1...lines).contains(error.line), "an error on line \(error.line) of \(lines)")
      }
      guard let configuration = try? RunConfiguration(toml: text, fileName: "fuzz", additions: additions) else {
        return
      }
      let written = configuration.tomlText()
      guard let again = try? RunConfiguration(toml: written, fileName: "again", additions: additions) else {
        return require(false, "a configuration's text is refused")
      }
      require(again == configuration, "a configuration changes")
    },
    seeds: {
      [
        ("defaults", Array(RunConfiguration(additions).tomlText().utf8)),
        (
          "forms",
          Array(
            "a.b = [1, 2.5e3, 'x', { y = true }]\n[[t.\"u v\"]]\ns = \"\"\"\nq\\u00e9\"\"\" # c\n[t2]\nn = -0x1\n".utf8)
        ),
        ("brackets", Array("[.a]\n[=]\n[[[\n".utf8)),
      ]
    })
}
