/// What the features of an episode's observations have in common: the inverse of
///
///     C = ridge * I + sum of f fᵀ over the features f of the observations so far
///
/// for the current episode of each environment of a group. Sherman and Morrison's formula updates the inverse. Numbers are
/// Float64, because an episode may have 10^5 steps, each with its rounding, and the bonus of a familiar observation is small.
final class EpisodeMatrices {
  /// Number of features.
  let width: Int
  let columns: Int
  private let ridge: Double
  /// [columns, width, width] C⁻¹.
  private let inverses: UnsafeMutablePointer<Double>
  /// [width] C⁻¹ f.
  private let product: UnsafeMutablePointer<Double>

  /// Matrices of episodes without an observation.
  /// - Parameter ridge: above 0.
  init(width: Int, columns: Int, ridge: Double) {
    self.width = width
    self.columns = columns
    self.ridge = ridge
    inverses = .allocate(capacity: max(columns * width * width, 1))
    product = .allocate(capacity: max(width, 1))
    inverses.initialize(repeating: 0, count: columns * width * width)
    product.initialize(repeating: 0, count: width)
    for column in 0..<columns { reset(column) }
  }

  deinit {
    inverses.deallocate()
    product.deallocate()
  }

  /// Begins a new episode of environment `column`.
  func reset(_ column: Int) {
    let inverse = self.inverse(column)
    inverse.update(repeating: 0, count: width * width)
    for i in 0..<width { inverse[i * width + i] = 1 / ridge }
  }

  /// Adds an observation to the episode of environment `column`.
  /// - Parameter features: [width].
  /// - Returns: f C⁻¹ f before it is added, at least 0; NaN if a feature is not finite, which leaves the matrix as it is.
  func visit(_ features: UnsafePointer<Float>, column: Int) -> Float {
    let (inverse, product, width) = (inverse(column), product, width)
    product.update(repeating: 0, count: width)
    // The matrix is symmetric, so that its rows serve as columns and every loop runs along a row.
    for i in 0..<width {
      let (factor, row) = (Double(features[i]), inverse + i * width)
      for j in 0..<width { product[j] += factor * row[j] }
    }
    var bonus = 0.0
    for i in 0..<width { bonus += Double(features[i]) * product[i] }
    guard bonus.isFinite else { return .nan }
    let scale = 1 / (1 + max(0, bonus))
    for i in 0..<width {
      let (factor, row) = (scale * product[i], inverse + i * width)
      for j in 0..<width { row[j] -= factor * product[j] }
    }
    return Float(max(0, bonus))
  }

  private func inverse(_ column: Int) -> UnsafeMutablePointer<Double> { inverses + column * width * width }
}

/// The matrices of all groups of environments, each carried from one unroll of its group to the next.
///
/// They do not survive a restart, because a new session has new groups, whose episodes begin with it. An unroll that the
/// learner discards leaves a gap: its observations are missing in the episode's matrix.
struct EpisodeMatrixStore {
  /// Memory of all matrices.
  static let maximumBytes = 1 << 30
  /// A group is dropped when so many unrolls of each group have arrived since its own latest: its worker has left.
  static let silentRounds = 256

  private struct Group {
    let matrices: EpisodeMatrices
    /// Value of `clock` at its latest unroll.
    var lastSeen: Int
  }

  private let width: Int
  private let ridge: Double
  private let maximumBytes: Int
  private var groups: [UInt64: Group] = [:]
  private var clock = 0

  init(width: Int, ridge: Double, maximumBytes: Int = Self.maximumBytes) {
    self.width = width
    self.ridge = ridge
    self.maximumBytes = maximumBytes
  }

  /// Number of groups.
  var count: Int { groups.count }

  /// Memory of a group's matrices, in bytes.
  static func bytes(width: Int, columns: Int) -> Int { columns * width * width * MemoryLayout<Double>.stride }

  /// The matrices of a group, of new episodes if the store does not have them. There is always room for one group: the
  /// groups that were silent longest make room.
  mutating func matrices(of group: UInt64, columns: Int) -> EpisodeMatrices {
    clock += 1
    if let known = groups[group], known.matrices.columns == columns {
      groups[group]?.lastSeen = clock
      return known.matrices
    }
    groups[group] = nil
    makeRoom(columns: columns)
    let matrices = EpisodeMatrices(width: width, columns: columns, ridge: ridge)
    groups[group] = Group(matrices: matrices, lastSeen: clock)
    return matrices
  }

  private mutating func makeRoom(columns: Int) {
    let oldest = clock - Self.silentRounds * max(1, groups.count)
    groups = groups.filter { $0.value.lastSeen >= oldest }
    let limit = max(1, maximumBytes / max(1, Self.bytes(width: width, columns: columns)))
    while groups.count >= limit, let silent = groups.min(by: { $0.value.lastSeen < $1.value.lastSeen })?.key {
      groups[silent] = nil
    }
  }
}
