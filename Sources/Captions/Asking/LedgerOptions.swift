/// How a caption ledger is set up.
public struct LedgerOptions: Sendable, Hashable {
  /// Distinct captions at most, 1 ... `CaptionLedger.maximumCaptions`.
  public var capacity = CaptionLedger.defaultCaptions
  public var order = AskingOrder.newestFirst
  public var budget = AskingBudget.unlimited
  /// Whether captions that differ only in numbers and creatures' names share one question; see `CaptionTemplate`.
  public var sharesTemplates = false
  /// Seeds what is drawn where several orders are mixed.
  public var seed: UInt64 = 0

  public init() {}
}
