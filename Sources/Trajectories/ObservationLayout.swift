import Tensor

/// How a policy network reads a field. The environment declares it, so that one network builder serves every
/// environment.
public enum ObservationEncoding: Sendable, Hashable {
  /// Each element is an index below `cardinality`. The network embeds it.
  case categorical(cardinality: Int)
  /// Each element is a symbol with a picture. The network embeds it, or draws it as its tile.
  case tiles(SymbolTiles)
  /// Each element is a number. The network multiplies it by its scale (one per element, or one for all), standardises
  /// it if the run is configured so, and clips it to ±5.
  case numeric(scale: [Float])
  /// Bytes of text that end at the first zero. The network embeds hashed n-grams.
  case text
  /// A picture, uint8 [height, width, channels]: brightness from 0 to 255. The network convolves it.
  case image
  /// One byte for each action of each factor, in their order: 0 = the action is illegal now. At most one field of a layout.
  case actionMask
  /// As `actionMask`, for a space whose first factor decides which others count and what they choose from.
  case structuredMask(ActionStructure)
  /// Each element is a category, below `cardinality`, of one thing of a set. The fields of a set have as many elements, and
  /// the elements with the same index describe the same thing; a 0 in the set's first field means that there is none. The
  /// network adds the things up, and an action can point at one (`ActionStructure.sets`).
  case member(cardinality: Int, set: String)
  /// The field travels with the observation, but the network does not read it.
  case hidden

  /// The number of categories if each element is a category; else nil.
  public var categoryCount: Int? {
    switch self {
    case .categorical(let cardinality): cardinality
    case .tiles(let tiles): tiles.symbolCount
    case .member(let cardinality, _): cardinality
    case .numeric, .text, .image, .actionMask, .structuredMask, .hidden: nil
    }
  }

  /// Whether the field says which actions are legal.
  public var isMask: Bool {
    switch self {
    case .actionMask, .structuredMask: true
    default: false
    }
  }

  /// The set that the field belongs to; nil for other fields.
  public var set: String? { if case .member(_, let set) = self { set } else { nil } }
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
    precondition(encoding != .image || shape.count == 3, "a picture has a height, a width and channels")
    self.name = name
    self.type = type
    self.shape = shape
    self.encoding = encoding
  }

  public var elementCount: Int { shape.reduce(1, *) }
  public var byteCount: Int { elementCount * type.byteCount }
}

/// Where each field of an observation lies in a row of bytes. Environments write rows, messages carry rows, and networks
/// read rows: an observation is never an object.
public struct ObservationLayout: Sendable, Hashable {
  public let fields: [ObservationField]
  /// Byte offset of each field in a row; every field starts at a multiple of 8.
  public let offsets: [Int]
  /// Bytes of one row, a multiple of 8.
  public let rowByteCount: Int

  public init(_ fields: [ObservationField]) {
    let layout = PackedLayout(fields.map(\.byteCount))
    self.fields = fields
    offsets = layout.places.map(\.offset)
    rowByteCount = PackedLayout.aligned(layout.byteCount)
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
