/// Copies images [height, width, channels] into a frame of zeros.
struct ZeroPadding: Sendable, Hashable {
  let height: Int
  let width: Int
  let channels: Int
  /// Lines of zeros above, and columns of them on the left.
  let before: Int
  /// Lines of zeros below.
  let below: Int
  /// Columns of zeros on the right.
  let right: Int

  var paddedHeight: Int { before + height + below }
  var paddedWidth: Int { before + width + right }
  /// Floats from one line of a padded image to the next.
  var lineStride: Int { paddedWidth * channels }
  /// Floats of a padded image.
  var imageSize: Int { paddedHeight * lineStride }
  var isEmpty: Bool { before == 0 && below == 0 && right == 0 }

  /// Writes `count` padded images to `destination`.
  @inline(never)
  func copy(_ images: UnsafePointer<Float>, count: Int, to destination: UnsafeMutablePointer<Float>) {
    let line = width * channels
    let (left, right) = (before * channels, right * channels)
    for image in 0..<count {
      var source = images + image * height * line
      var target = destination + image * imageSize
      target.update(repeating: 0, count: before * lineStride)
      target += before * lineStride
      for _ in 0..<height {
        target.update(repeating: 0, count: left)
        (target + left).update(from: source, count: line)
        (target + left + line).update(repeating: 0, count: right)
        source += line
        target += lineStride
      }
      target.update(repeating: 0, count: below * lineStride)
    }
  }
}
