import Glibc
import Tensor

/// Rotary positions (Su et al. 2021): pairs of numbers of a query or key are turned by angles that grow with the position.
struct RotaryPositions {
  private let half: Int
  private let rotation: DecoderShape.Rotation
  /// Cosines and sines [positions, half].
  private let cosines: FloatBuffer
  private let sines: FloatBuffer

  init(_ shape: DecoderShape) {
    half = shape.headSize / 2
    rotation = shape.rotation
    cosines = FloatBuffer(count: shape.context * half)
    sines = FloatBuffer(count: shape.context * half)
    for index in 0..<half {
      let speed = pow(shape.rotaryBase, -2 * Double(index) / Double(shape.headSize))
      for position in 0..<shape.context {
        let angle = Double(position) * speed
        cosines.pointer[position * half + index] = Float(cos(angle))
        sines.pointer[position * half + index] = Float(sin(angle))
      }
    }
  }

  /// Turns one head's numbers [2 half] for a position, and multiplies them by `scale`.
  func turn(_ values: UnsafeMutablePointer<Float>, position: Int, scale: Float = 1) {
    let (cosine, sine) = (cosines.pointer + position * half, sines.pointer + position * half)
    let (step, distance) = rotation == .neighbours ? (2, 1) : (1, half)
    for index in 0..<half {
      let first = values + index * step
      let (x, y) = (first[0], first[distance])
      first[0] = (x * cosine[index] - y * sine[index]) * scale
      first[distance] = (x * sine[index] + y * cosine[index]) * scale
    }
  }
}
