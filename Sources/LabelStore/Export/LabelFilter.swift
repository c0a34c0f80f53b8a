/// Which standing answers are meant; a field that is nil means all.
public struct LabelFilter: Sendable, Hashable {
  /// Text the caption contains, as bytes.
  public var text: [UInt8]?
  public var kind: String?
  public var version: String?
  public var model: String?
  public var goal: String?
  /// Whether the caption's answer is an abstention.
  public var isAbstained: Bool?

  public init() {}

  public func matches(_ record: LabelRecord) -> Bool {
    if let text, !contains(record.caption, text) { return false }
    if let kind, kind != record.kind { return false }
    if let version, version != record.version { return false }
    if let model, model != record.evidence?.model { return false }
    if let goal, goal != record.evidence?.goal ?? "" { return false }
    if let isAbstained, isAbstained != (record.verdict == .abstain) { return false }
    return true
  }

  private func contains(_ caption: [UInt8], _ text: [UInt8]) -> Bool {
    guard caption.count >= text.count else { return false }
    return (0...(caption.count - text.count)).contains { caption[$0...].starts(with: text) }
  }
}
