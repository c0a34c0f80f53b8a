/// A matrix W [inputs, outputs] copied into the order in which `PackedProduct` reads it.
///
/// The columns are grouped in panels of two vectors, and a panel is stored row by row, so that a product reads W once from
/// beginning to end. Missing columns of the last panel are zeros; it has one vector if that is enough. This is a view of
/// memory that another object owns.
public struct PackedWeights {
  public let inputs: Int
  public let outputs: Int
  let pointer: UnsafePointer<Float>

  /// Views the `floatCount(inputs:outputs:)` floats at `pointer`, which `pack` has written.
  public init(_ pointer: UnsafePointer<Float>, inputs: Int, outputs: Int) {
    self.pointer = pointer
    self.inputs = inputs
    self.outputs = outputs
  }

  static var panelWidth: Int { 2 * Lanes.width }

  /// Number of floats of a packed [inputs, outputs] matrix.
  public static func floatCount(inputs: Int, outputs: Int) -> Int {
    (outputs + Lanes.width - 1) / Lanes.width * Lanes.width * inputs
  }

  /// Writes `weights` [inputs, outputs] (a transposed view counts as transposed) to the `floatCount` floats at
  /// `destination`.
  public static func pack(_ weights: Matrix, into destination: UnsafeMutablePointer<Float>) {
    let inputs = weights.isTransposed ? weights.columns : weights.rows
    pack(weights, into: destination, firstInput: 0, inputs: inputs)
  }

  /// Writes `weights` as the rows from `firstInput` on of a matrix with `inputs` rows; the other rows stay as they are.
  @inline(never)
  public static func pack(
    _ weights: Matrix, into destination: UnsafeMutablePointer<Float>, firstInput: Int, inputs: Int
  ) {
    let rows = weights.isTransposed ? weights.columns : weights.rows
    let outputs = weights.isTransposed ? weights.rows : weights.columns
    precondition(firstInput >= 0 && firstInput + rows <= inputs, "the packed matrix has only \(inputs) rows")
    var panel = destination
    for first in stride(from: 0, to: outputs, by: panelWidth) {
      let columns = min(panelWidth, outputs - first)
      let width = columns > Lanes.width ? panelWidth : Lanes.width
      let start = panel + firstInput * width
      if weights.isTransposed {
        packTransposed(weights, first: first, columns: columns, width: width, into: start)
      } else {
        packPlain(weights, first: first, columns: columns, width: width, into: start)
      }
      panel += inputs * width
    }
  }

  private static func packPlain(
    _ weights: Matrix, first: Int, columns: Int, width: Int, into panel: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<weights.rows {
      let source = weights.row(row) + first
      for i in stride(from: 0, to: width, by: Lanes.width) {
        let values = Lanes.load(source + i, remaining: max(columns - i, 0))
        Lanes.store(values, to: panel + row * width + i, remaining: Lanes.width)
      }
    }
  }

  /// Reads the stored rows along their length and writes a few lines of the panel at a time, so that these stay in the
  /// first-level cache.
  private static func packTransposed(
    _ weights: Matrix, first: Int, columns: Int, width: Int, into panel: UnsafeMutablePointer<Float>
  ) {
    let block = 64
    for start in stride(from: 0, to: weights.columns, by: block) {
      let end = min(start + block, weights.columns)
      for column in 0..<width {
        if column < columns {
          let source = weights.row(first + column)
          for i in start..<end { panel[i &* width &+ column] = source[i] }
        } else {
          for i in start..<end { panel[i &* width &+ column] = 0 }
        }
      }
    }
  }
}
