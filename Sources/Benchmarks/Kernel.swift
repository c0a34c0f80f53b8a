import Runtime
import Tensor

/// A kernel to measure. To add one, add an entry to one of the lists in `Kernel+*.swift`.
struct Kernel {
  /// What a call does, and how its rate is called.
  enum Work {
    /// Floating-point operations of a call; a multiplication and an addition are two.
    case operations(Int)
    /// Elements that a call computes.
    case elements(Int)
    /// Bytes that a call reads and writes.
    case bytes(Int)

    var count: Int {
      switch self {
      case .operations(let count), .elements(let count), .bytes(let count): count
      }
    }

    var unit: String {
      switch self {
      case .operations: "GFLOP/s"
      case .elements: "Gelement/s"
      case .bytes: "GB/s"
      }
    }
  }

  let name: String
  let work: Work
  let body: () -> Void
  /// What it is measured beside, which does the same work.
  let yardstick: (name: String, body: () -> Void)?

  init(_ name: String, _ work: Work, beside: String, _ body: @escaping () -> Void, yardstick: @escaping () -> Void) {
    self.name = name
    self.work = work
    self.body = body
    self.yardstick = (beside, yardstick)
  }

  /// One without a yardstick but the machine's peak.
  init(_ name: String, _ work: Work, _ body: @escaping () -> Void) {
    self.name = name
    self.work = work
    self.body = body
    yardstick = nil
  }

  /// Every kernel, in the order in which they are shown.
  static var all: [Kernel] { products + convolutions + recurrent + embeddings + elementwise }
}

extension FloatBuffer {
  /// `count` numbers from -1 to 1, always the same.
  static func random(_ count: Int) -> FloatBuffer {
    let buffer = FloatBuffer(count: count)
    var generator = RandomGenerator(seed: 1)
    for i in 0..<count { buffer.pointer[i] = 2 * generator.uniform() - 1 }
    return buffer
  }

  /// The first rows * columns elements.
  func matrix(_ rows: Int, _ columns: Int) -> Matrix { Matrix(pointer, rows: rows, columns: columns) }

  /// The first rows * columns elements, to be written.
  func mutable(_ rows: Int, _ columns: Int) -> MutableMatrix {
    MutableMatrix(pointer, rows: rows, columns: columns)
  }
}
