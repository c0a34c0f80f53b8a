import Tensor

/// How a policy network reads a field. It is part of the environment's contract, so that one network builder serves
/// every environment.
public enum ObservationEncoding: Sendable, Hashable {
  /// Each element is an index below `cardinality`; it is embedded.
  case categorical(cardinality: Int)
  /// Each element is a symbol with a picture; it is embedded, or drawn as its tile.
  case tiles(SymbolTiles)
  /// Each element is a number; it is multiplied by its scale (one per element, or one for all), standardised if the run
  /// says so, and clipped to ±5.
  case numeric(scale: [Float])
  /// Bytes of text, ended by zero; hashed n-grams are embedded.
  case text
  /// Carried along, never shown to the network.
  case hidden

  /// The number of categories if each element is a category; else nil.
  public var categoryCount: Int? {
    switch self {
    case .categorical(let cardinality): cardinality
    case .tiles(let tiles): tiles.symbolCount
    case .numeric, .text, .hidden: nil
    }
  }
}

/// The pictures of a field's symbols: square tiles of one colour on black.
///
/// Symbol 0 is a black tile; symbol 1 + mask * colours.count + colour shows a mask in a colour.
public struct SymbolTiles: Sendable, Hashable {
  /// Pixels along one side of a tile, at most 8.
  public let side: Int
  /// Bit y * side + x of a mask is set if the tile's pixel (x, y) is painted.
  public let masks: [UInt64]
  /// Red, green, blue, from 0 to 1.
  public let colours: [SIMD3<Float>]

  public init(side: Int, masks: [UInt64], colours: [SIMD3<Float>]) {
    precondition((1...8).contains(side), "a tile of \(side) pixels a side does not fit 64 bits")
    self.side = side
    self.masks = masks
    self.colours = colours
  }

  public var symbolCount: Int { 1 + masks.count * colours.count }
}

/// One named array of an observation.
public struct ObservationField: Sendable, Hashable {
  public let name: String
  public let type: ScalarType
  /// Row-major; empty for a scalar.
  public let shape: [Int]
  public let encoding: ObservationEncoding

  public init(_ name: String, _ type: ScalarType, _ shape: [Int], _ encoding: ObservationEncoding) {
    self.name = name
    self.type = type
    self.shape = shape
    self.encoding = encoding
  }

  public var elementCount: Int { shape.reduce(1, *) }
  public var byteCount: Int { elementCount * type.byteCount }
}

/// Where each field of an observation lies in a row of bytes. Rows are what environments write, what travels, and what
/// networks read: an observation is never an object.
public struct ObservationLayout: Sendable, Hashable {
  public let fields: [ObservationField]
  /// Byte offset of each field in a row; every field starts at a multiple of 8.
  public let offsets: [Int]
  /// Bytes of one row, a multiple of 8.
  public let rowByteCount: Int

  public init(_ fields: [ObservationField]) {
    var next = 0
    var offsets: [Int] = []
    for field in fields {
      offsets.append(next)
      next += (field.byteCount + 7) & ~7
    }
    self.fields = fields
    self.offsets = offsets
    rowByteCount = next
  }

  /// Byte offset of the field called `name`, or nil if the layout has no such field.
  public func offset(of name: String) -> Int? {
    fields.firstIndex { $0.name == name }.map { offsets[$0] }
  }

  /// Names, types and shapes as one line; two peers with the same line agree on every byte of a row.
  public var signature: String {
    fields.map { "\($0.name):\($0.type)\($0.shape)" }.joined(separator: " ")
  }
}
