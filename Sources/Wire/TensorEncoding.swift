/// How a tensor's elements lie in its frame. Raw values are the wire's numbers.
public enum TensorEncoding: UInt32, Sendable, CaseIterable {
  /// As they are, to be read in place.
  case plain = 0
  /// As one Zstandard frame (RFC 8878) that states the size of its content.
  case zstandard = 1
}
