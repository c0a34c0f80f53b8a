import CIntegerProduct
import Tensor

/// A matrix of weights, kept in the order in which a product reads it: y = x W.
///
/// `integers` rounds weights and inputs to 8 bits with a scale for every 64 of them, as servers of such models do too. It
/// takes a quarter of the memory and time of `floats`, and needs a processor with AVX-512 VNNI.
final class Projection {
  enum Form: Sendable, Hashable {
    case floats, integers

    /// The fastest form on this processor.
    static var fastest: Form { tengu_has_integer_product() != 0 ? .integers : .floats }
  }

  let inputs: Int
  let outputs: Int
  let form: Form
  private let floats: FloatBuffer
  private let packed: AlignedBytes

  /// - Parameters:
  ///   - form: `integers` becomes `floats` for a number of inputs that has no whole blocks.
  ///   - read: writes the weights of one output to the memory [inputs].
  init(inputs: Int, outputs: Int, form: Form, read: (_ output: Int, UnsafeMutablePointer<Float>) -> Void) {
    let blocks = Int(TENGU_INTEGER_BLOCK)
    self.inputs = inputs
    self.outputs = outputs
    self.form = inputs % blocks == 0 && tengu_has_integer_product() != 0 ? form : .floats
    switch self.form {
    case .floats:
      let rows = FloatBuffer(count: inputs * outputs)
      for output in 0..<outputs { read(output, rows.pointer + output * inputs) }
      floats = FloatBuffer(count: PackedWeights.floatCount(inputs: inputs, outputs: outputs))
      packed = AlignedBytes(count: 0)
      PackedWeights.pack(
        Matrix(rows.pointer, rows: outputs, columns: inputs, isTransposed: true), into: floats.pointer)
    case .integers:
      let panel = Int(TENGU_INTEGER_PANEL)
      let panelBytes = tengu_integer_weight_bytes(inputs, panel)
      let rows = FloatBuffer(count: inputs * panel)
      floats = FloatBuffer(count: 0)
      packed = AlignedBytes(count: tengu_integer_weight_bytes(inputs, outputs))
      for first in stride(from: 0, to: outputs, by: panel) {
        let count = min(panel, outputs - first)
        for index in 0..<count { read(first + index, rows.pointer + index * inputs) }
        tengu_integer_pack(rows.pointer, count, inputs, packed.pointer + first / panel * panelBytes)
      }
    }
  }

  /// Bytes of memory that it holds.
  var bytes: Int { floats.count * MemoryLayout<Float>.stride + packed.count }

  /// y = x W, or y += x W if `accumulate`. The bits of a row do not depend on the number of rows.
  /// - Parameters:
  ///   - x: [rows, inputs]
  ///   - y: [rows, outputs]
  ///   - scratch: `scratchBytes` bytes for the rounded inputs.
  func multiply(_ x: Matrix, into y: MutableMatrix, accumulate: Bool = false, scratch: AlignedBytes) {
    precondition(x.columns == inputs && y.columns == outputs && x.rows == y.rows, "the sizes of the product differ")
    switch form {
    case .floats:
      PackedProduct.multiply(
        x, PackedWeights(floats.pointer, inputs: inputs, outputs: outputs), into: y, accumulate: accumulate)
    case .integers:
      precondition(Self.scratchBytes(inputs: inputs, rows: x.rows) <= scratch.count, "the scratch memory is too small")
      tengu_integer_round(x.pointer, x.stride, x.rows, inputs, scratch.pointer)
      tengu_integer_multiply(
        scratch.pointer, x.rows, packed.pointer, inputs, outputs, y.pointer, y.stride, accumulate ? 1 : 0)
    }
  }

  /// Bytes that a product of these sizes needs.
  static func scratchBytes(inputs: Int, rows: Int) -> Int { tengu_integer_row_bytes(inputs, rows) }
}

/// Bytes at an address that is a multiple of 64, initially zero. They live as long as this object.
final class AlignedBytes {
  let count: Int
  let pointer: UnsafeMutablePointer<UInt8>

  init(count: Int) {
    self.count = count
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 64)
    pointer = memory.bindMemory(to: UInt8.self, capacity: max(count, 1))
    pointer.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { pointer.deallocate() }
}
