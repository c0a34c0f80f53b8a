import Judging

/// The judges of an annotator, one for each principle it was told, so that what each has calibrated is kept.
final class JudgeShelf {
  /// Principles kept; the one that was asked for longest ago goes first.
  static let maximumCount = 16

  private let make: (_ principle: String) throws -> any CaptionJudge
  /// Most recently asked for last.
  private var judges: [(principle: String, judge: any CaptionJudge)] = []

  init(make: @escaping (_ principle: String) throws -> any CaptionJudge) { self.make = make }

  /// - Throws: what `make` throws.
  func judge(_ principle: String) throws -> any CaptionJudge {
    let known = judges.firstIndex { $0.principle == principle }.map { judges.remove(at: $0).judge }
    let judge = try known ?? make(principle)
    judges.append((principle, judge))
    if judges.count > Self.maximumCount { judges.removeFirst() }
    return judge
  }
}
