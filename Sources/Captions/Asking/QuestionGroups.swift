/// Groups the captions of one template into one question.
///
/// Questions have the numbers 1, 2, ... in the order of their first captions. The captions of a question form a linked
/// list from the newest to the oldest.
struct QuestionGroups: Sendable {
  private var templates = CaptionTable()
  /// By caption.
  private var questions: [CaptionID] = [0]
  private var previous: [CaptionID] = [0]
  /// By question.
  private var newest: [CaptionID] = [0]
  private var sightings: [UInt32] = [0]

  var count: Int { templates.count }

  var reservedBytes: Int {
    templates.reservedBytes + (questions.capacity + previous.capacity + newest.capacity + sightings.capacity) * 4
  }

  /// Adds the next caption.
  /// - Returns: its question.
  mutating func add(_ caption: UnsafeBufferPointer<UInt8>) -> CaptionID {
    let id = CaptionID(questions.count)
    let template = CaptionTemplate.of(caption)
    let question = template.withUnsafeBufferPointer { templates.intern($0, limit: Int(CaptionID.max))?.id ?? 0 }
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

  func template(of question: CaptionID) -> [UInt8] { templates.withBytes(of: question) { Array($0) } }
}
