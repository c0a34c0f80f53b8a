import Runtime
import Tensor

extension Kernel {
  /// Rows of tables, read and added to by index, beside loops over single floats.
  static var embeddings: [Kernel] { [16, 64].flatMap(rows) }

  private static func rows(width: Int) -> [Kernel] {
    let (tableRows, count) = (5_976, 4_096)
    let table = FloatBuffer.random(tableRows * width)
    let vectors = FloatBuffer.random(count * width)
    let indices = UnsafeMutablePointer<Int32>.allocate(capacity: count)
    let keeper = IndexKeeper(indices)
    var generator = RandomGenerator(seed: 2)
    for i in 0..<count { indices[i] = Int32(generator.below(tableRows)) }
    return [
      Kernel("gather of \(width) floats a row", .elements(count * width), beside: "plain loop") {
        withExtendedLifetime(keeper) {
          Rows.gather(table.pointer, width: width, indices: indices, count: count, into: vectors.pointer)
        }
      } yardstick: {
        PlainLoops.gather(table.pointer, width: width, indices: indices, count: count, into: vectors.pointer)
      },
      Kernel("scatter-add of \(width) floats a row", .elements(count * width), beside: "plain loop") {
        withExtendedLifetime(keeper) {
          Rows.scatterAdd(vectors.pointer, width: width, indices: indices, count: count, to: table.pointer)
        }
      } yardstick: {
        PlainLoops.scatterAdd(vectors.pointer, width: width, indices: indices, count: count, to: table.pointer)
      },
    ]
  }

  /// Frees the indices with the last kernel that reads them.
  private final class IndexKeeper {
    private let indices: UnsafeMutablePointer<Int32>
    init(_ indices: UnsafeMutablePointer<Int32>) { self.indices = indices }
    deinit { indices.deallocate() }
  }
}
