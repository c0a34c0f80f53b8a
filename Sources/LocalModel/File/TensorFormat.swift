/// How the numbers of a tensor are stored: as floats, or in blocks of small integers with shared scales. The raw values are
/// those of the GGUF format.
enum TensorFormat: UInt32, Sendable, CaseIterable {
  case f32 = 0
  case f16 = 1
  case q40 = 2
  case q41 = 3
  case q50 = 6
  case q51 = 7
  case q80 = 8
  case q4K = 12
  case q5K = 13
  case q6K = 14
  case bf16 = 30

  static let names = "F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K"

  /// Numbers of a block.
  var blockCount: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .q40, .q41, .q50, .q51, .q80: 32
    case .q4K, .q5K, .q6K: 256
    }
  }

  /// Bytes of a block.
  var blockBytes: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q40: 18
    case .q41: 20
    case .q50: 22
    case .q51: 24
    case .q80: 34
    case .q4K: 144
    case .q5K: 176
    case .q6K: 210
    }
  }

  /// Bytes of a row.
  func bytes(ofColumns columns: Int) -> Int { columns / blockCount * blockBytes }
}

/// A tensor as its file has it.
struct StoredTensor: Sendable {
  let format: TensorFormat
  let columns: Int
  let rows: Int
  /// `rows` rows of `format.bytes(ofColumns: columns)` bytes.
  let bytes: [UInt8]

  /// Writes the numbers of one row to `target` [columns].
  func read(row: Int, into target: UnsafeMutablePointer<Float>) {
    precondition((0..<rows).contains(row), "there is no such row")
    let rowBytes = format.bytes(ofColumns: columns)
    bytes.withUnsafeBufferPointer { all in
      let source = UnsafeBufferPointer(rebasing: all[row * rowBytes..<(row + 1) * rowBytes])
      for block in 0..<columns / format.blockCount {
        let start = block * format.blockBytes
        read(
          block: UnsafeBufferPointer(rebasing: source[start..<start + format.blockBytes]),
          into: target + block * format.blockCount)
      }
    }
  }

  private func read(block: UnsafeBufferPointer<UInt8>, into target: UnsafeMutablePointer<Float>) {
    switch format {
    case .f32:
      let bits = UInt32(block[0]) | UInt32(block[1]) << 8 | UInt32(block[2]) << 16 | UInt32(block[3]) << 24
      target[0] = Float(bitPattern: bits)
    case .f16: target[0] = half(block, 0)
    case .bf16: target[0] = Float(bitPattern: (UInt32(block[0]) | UInt32(block[1]) << 8) << 16)
    case .q80:
      let scale = half(block, 0)
      for i in 0..<32 { target[i] = scale * Float(Int8(bitPattern: block[2 + i])) }
    case .q40, .q41, .q50, .q51: readHalves(block, into: target)
    case .q4K, .q5K: readSuperBlock(block, into: target)
    case .q6K: readSixBits(block, into: target)
    }
  }

  /// 32 numbers of four or five bits: the first half in the low bits of the bytes, the second half in the high bits.
  private func readHalves(_ block: UnsafeBufferPointer<UInt8>, into target: UnsafeMutablePointer<Float>) {
    let hasMinimum = format == .q41 || format == .q51
    let hasFifthBit = format == .q50 || format == .q51
    let scale = half(block, 0)
    let fifthStart = hasMinimum ? 4 : 2
    let start = fifthStart + (hasFifthBit ? 4 : 0)
    // Without a minimum the numbers are symmetric around zero.
    let lowest = hasMinimum ? half(block, 2) : -scale * (hasFifthBit ? 16 : 8)
    for i in 0..<16 {
      var low = block[start + i] & 15
      var high = block[start + i] >> 4
      if hasFifthBit {
        low |= (block[fifthStart + i / 8] >> UInt8(i % 8) & 1) << 4
        high |= (block[fifthStart + 2 + i / 8] >> UInt8(i % 8) & 1) << 4
      }
      target[i] = scale * Float(low) + lowest
      target[i + 16] = scale * Float(high) + lowest
    }
  }

  /// 256 numbers in eight groups of 32; each group has a scale and a minimum of six bits.
  private func readSuperBlock(_ block: UnsafeBufferPointer<UInt8>, into target: UnsafeMutablePointer<Float>) {
    let (scale, minimum) = (half(block, 0), half(block, 2))
    let bits = 4 + 12
    let hasFifthBit = format == .q5K
    let numbers = bits + (hasFifthBit ? 32 : 0)
    for group in 0..<8 {
      let packed = sixBits(block, group)
      let step = scale * Float(packed.scale)
      let lowest = minimum * Float(packed.minimum)
      for i in 0..<32 {
        let byte = block[numbers + group / 2 * 32 + i]
        var number = group % 2 == 0 ? byte & 15 : byte >> 4
        if hasFifthBit { number |= (block[bits + i] >> UInt8(group) & 1) << 4 }
        target[group * 32 + i] = step * Float(number) - lowest
      }
    }
  }

  /// The scale and the minimum of a group, which share twelve bytes with those of the other groups.
  private func sixBits(_ block: UnsafeBufferPointer<UInt8>, _ group: Int) -> (scale: UInt8, minimum: UInt8) {
    let scales = 4
    if group < 4 { return (block[scales + group] & 63, block[scales + 4 + group] & 63) }
    let low = block[scales + 4 + group]
    return (
      low & 15 | (block[scales + group - 4] >> 6) << 4, low >> 4 | (block[scales + group] >> 6) << 4
    )
  }

  /// 256 numbers of six bits in groups of 16, each with a scale of eight bits.
  private func readSixBits(_ block: UnsafeBufferPointer<UInt8>, into target: UnsafeMutablePointer<Float>) {
    let scale = half(block, 208)
    for i in 0..<256 {
      let (part, place) = (i / 128, i % 128)
      let (quarter, column) = (place / 32, place % 32)
      let low = block[part * 64 + quarter % 2 * 32 + column]
      let four = quarter < 2 ? low & 15 : low >> 4
      let two = block[128 + part * 32 + column] >> UInt8(2 * quarter) & 3
      let group = Float(Int8(bitPattern: block[192 + part * 8 + place / 16]))
      target[i] = scale * group * (Float(four | two << 4) - 32)
    }
  }

  /// A float of 16 bits.
  private func half(_ block: UnsafeBufferPointer<UInt8>, _ start: Int) -> Float {
    let bits = UInt32(block[start]) | UInt32(block[start + 1]) << 8
    let (sign, exponent, fraction) = ((bits >> 15) << 31, bits >> 10 & 31, bits & 1023)
    switch exponent {
    case 0: return Float(sign == 0 ? 1 : -1) * Float(fraction) * 0x1p-24
    case 31: return Float(bitPattern: sign | 255 << 23 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
