import Captions
import TestSupport

@testable import LabelStore

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A temporary folder that is removed when the value is released.
final class TestFolder {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  func path(_ name: String) -> String { "\(directory.path)/\(name)" }
}

func record(
  _ caption: String, _ verdict: Verdict, annotator: String = "anna", version: String = "1", at time: Double = 1
) -> LabelRecord {
  LabelRecord(
    caption: bytes(caption), judgement: Judgement(verdict),
    source: RecordSource(
      annotator: annotator, origin: LabelOrigin(kind: "rules", version: version), answeredAt: time))
}
