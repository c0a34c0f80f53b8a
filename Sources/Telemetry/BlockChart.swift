import Runtime

/// Curves made of block characters: a line of bars, or several lines.
public enum BlockChart {
  /// From nothing to a full cell, in eighths.
  private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  private static let eighths = 8

  /// `height` lines of `width` characters, the highest first. The lowest value has a bar of one eighth, the highest fills
  /// its column; equal values all have half the height. A column without a known value is blank.
  /// - Parameters:
  ///   - values: from left to right; of more than `width`, each column shows a mean.
  public static func lines(_ values: [Double?], width: Int, height: Int = 1) -> [String] {
    guard width > 0, height > 0 else { return [] }
    let columns = columns(of: values, width: width)
    let known = columns.compactMap { $0 }
    guard let least = known.min(), let largest = known.max() else {
      return Array(repeating: String(repeating: " ", count: width), count: height)
    }
    let cells = height * eighths
    let heights = columns.map { value -> Int in
      guard let value else { return 0 }
      guard largest > least else { return max(1, cells / 2) }
      return 1 + min(cells - 1, Int(saturating: ((value - least) / (largest - least) * Double(cells - 1)).rounded()))
    }
    return (0..<height).map { line in
      let below = (height - 1 - line) * eighths
      return String(heights.map { blocks[min(max($0 - below, 0), eighths)] })
    }
  }

  /// Exactly `width` values: means of neighbours, or the values followed by blanks.
  private static func columns(of values: [Double?], width: Int) -> [Double?] {
    let finite = values.map { $0.flatMap { $0.isFinite ? $0 : nil } }
    guard finite.count > width else { return finite + Array(repeating: nil, count: width - finite.count) }
    return (0..<width).map { column in
      let part = finite[(finite.count * column / width)..<(finite.count * (column + 1) / width)].compactMap { $0 }
      return part.isEmpty ? nil : part.reduce(0, +) / Double(part.count)
    }
  }
}
