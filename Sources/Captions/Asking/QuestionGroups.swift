/// Groups captions into questions: those of which a model would read the same text, and those of one template.
///
/// Questions have the numbers 1, 2, ... in the order of their first captions. The captions of a question form a linked
/// list from the newest to the oldest.
struct QuestionGroups: Sendable {
  /// Which captions share a question.
  private let sharing: QuestionSharing
  /// What the captions of a question have in common.
  private var keys = CaptionTable()
  /// By caption.
  private var questions: [CaptionID] = [0]
  private var previous: [CaptionID] = [0]
  /// By question.
  private var newest: [CaptionID] = [0]
  private var sightings: [UInt32] = [0]

  init(_ sharing: QuestionSharing) { self.sharing = sharing }

  var count: Int { keys.count }

  var reservedBytes: Int {
    keys.reservedBytes + (questions.capacity + previous.capacity + newest.capacity + sightings.capacity) * 4
  }

  /// Adds the next caption.
  /// - Returns: its question.
  mutating func add(_ caption: UnsafeBufferPointer<UInt8>) -> CaptionID {
    let id = CaptionID(questions.count)
    // The mark keeps a text that nothing is left of from being the empty caption.
    let key = [0] + sharing.key(of: Array(caption))
    let question = key.withUnsafeBufferPointer { keys.intern($0, limit: Int(CaptionID.max))?.id ?? 0 }
    if Int(question) == newest.count {
      newest.append(0)
      sightings.append(0)
    }
    questions.append(question)
    previous.append(newest[Int(question)])
    newest[Int(question)] = id
    return question
  }

  func question(of caption: CaptionID) -> CaptionID { questions[Int(caption)] }

  /// The caption that represents the question.
  func newestCaption(of question: CaptionID) -> CaptionID { newest[Int(question)] }

  /// Sightings of all captions of the question; stops at `UInt32.max`.
  func sightings(of question: CaptionID) -> UInt32 { sightings[Int(question)] }

  mutating func count(_ seen: UInt32, of question: CaptionID) {
    let (sum, overflow) = sightings[Int(question)].addingReportingOverflow(seen)
    sightings[Int(question)] = overflow ? .max : sum
  }

  /// The captions of a question, newest first.
  func captions(of question: CaptionID) -> [CaptionID] {
    var captions: [CaptionID] = []
    var caption = newest[Int(question)]
    while caption != 0 {
      captions.append(caption)
      caption = previous[Int(caption)]
    }
    return captions
  }

  /// The template of the question's captions; nil if captions of a template do not share their question.
  func template(of question: CaptionID) -> [UInt8]? {
    sharing.contains(.templates) ? keys.withBytes(of: question) { Array($0.dropFirst()) } : nil
  }
}

/// Which captions share one question. The answer to it holds for all of them.
public struct QuestionSharing: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Captions of which a language model reads the same text, because they differ in names, quotations and typed text only;
  /// see `SanitisedCaption`. For annotators that ask a model.
  public static let shownTexts = QuestionSharing(rawValue: 1)
  /// Captions that differ in numbers and creatures' names only; see `CaptionTemplate`.
  public static let templates = QuestionSharing(rawValue: 2)

  /// What the captions of one question have in common.
  public func key(of caption: [UInt8]) -> [UInt8] {
    let shown = contains(.shownTexts) ? Array(SanitisedCaption(caption).text.utf8) : caption
    return contains(.templates) ? CaptionTemplate.of(shown) : shown
  }
}
