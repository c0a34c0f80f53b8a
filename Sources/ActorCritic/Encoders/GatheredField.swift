import Environments
import NeuralNetwork
import Tensor

/// One grid of symbols under a convolution that is gathered from a table.
struct GatheredField: ObservationEncoder {
  let convolution: any SymbolConvolution
  private let type: ScalarType
  private let byteOffset: Int
  private let table: Int

  var outputSize: Int { convolution.outputCount }
  var multiplyAdds: Int { convolution.multiplyAdds }

  /// - Throws: `PolicyNetworkError` if the field is not of the convolution's cells, or not of one or two bytes each.
  init(
    _ field: ObservationField, byteOffset: Int, _ convolution: any SymbolConvolution,
    in layout: inout ParameterLayout
  ) throws {
    guard field.elementCount == convolution.cellCount, field.type == .int16 || field.type == .uint8 else {
      throw PolicyNetworkError(
        "\(field.name): \(field.type)\(field.shape) instead of \(convolution.cellCount) symbols of int16 or uint8")
    }
    self.convolution = convolution
    type = field.type
    self.byteOffset = byteOffset
    table = layout.reserve(convolution.tableCount)
  }

  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    convolution.initialise(parameters, gain: 1, generator: &generator)
  }

  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    convolution.prepare(parameters, into: prepared + table)
  }

  /// Used by one thread at a time.
  private final class Memory {
    private let tableGradientCount: Int
    /// Made by the first backward pass: those who only infer need none.
    lazy var tableGradients = FloatBuffer(count: tableGradientCount)
    private let widened: UnsafeMutableBufferPointer<Int16>

    init(_ convolution: any SymbolConvolution) {
      tableGradientCount = convolution.tableGradientCount
      widened = .allocate(capacity: convolution.cellCount)
      widened.initialize(repeating: 0)
    }

    deinit { widened.deallocate() }

    /// The symbols at `source`, valid until the next call.
    func symbols(_ source: UnsafeRawPointer, _ type: ScalarType) -> UnsafePointer<Int16> {
      if type == .int16 { return source.assumingMemoryBound(to: Int16.self) }
      let bytes = source.assumingMemoryBound(to: UInt8.self)
      for index in widened.indices { widened[index] = Int16(bytes[index]) }
      // A convolution has at least one cell.
      return UnsafePointer(widened.baseAddress!)
    }
  }

  func makeWorkspace(maximumRows: Int, chunk: Int) -> AnyObject { Memory(convolution) }

  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, into y: MutableMatrix, weights: Weights,
    workspace: AnyObject
  ) {
    let memory = unsafeDowncast(workspace, to: Memory.self)
    for (index, row) in range.enumerated() {
      convolution.forward(
        memory.symbols(rows[row] + byteOffset, type), into: y.row(index), parameters: weights.parameters,
        table: weights.prepared + table)
    }
  }

  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, y: Matrix, outputGradients: MutableMatrix,
    weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject
  ) {
    let memory = unsafeDowncast(workspace, to: Memory.self)
    for (index, row) in range.enumerated() {
      convolution.backward(
        memory.symbols(rows[row] + byteOffset, type), y: y.row(index), outputGradients: outputGradients.row(index),
        gradients: gradients, tableGradients: memory.tableGradients.pointer)
    }
  }

  func finishBackward(weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject) {
    let memory = unsafeDowncast(workspace, to: Memory.self)
    convolution.finishBackward(
      weights.parameters, tableGradients: memory.tableGradients.pointer, gradients: gradients)
  }
}
