/// A body of the envelope: its limits, and its way to C and back.
///
/// The C structures point into memory of a `PackArena` (outgoing) or of the parser (incoming) and never leave this module.
protocol Body {
  associatedtype Packed

  /// Checks what cannot be seen from the types.
  func check(_ limits: WireLimits) throws(WireError)
  /// The C structure, without the tensors.
  func pack(_ arena: PackArena) -> Packed
  init(_ packed: Packed) throws(WireError)
}
