import Assembly
import Captions
import Configuration
import Testing

/// The annotator "policy" and its file.
@Suite struct PolicyAnnotatorRulesTests {
  private func plan(_ overrides: [String]) throws -> RunPlan {
    try RunPlan(Registries.standard.configuration(overrides: ["environment.task=CaptionGrid"] + overrides))
  }

  @Test func theFileIsNeeded() {
    #expect { try plan(["annotator.kind=policy"]) } throws: { "\($0)".contains("annotator.policy") }
  }

  @Test func onlyThatAnnotatorReadsIt() {
    #expect { try plan(["annotator.kind=oracle", "annotator.policy=a.safetensors"]) } throws: {
      "\($0)".contains("has no effect")
    }
  }

  /// The file may be on the annotators' machines alone: a learner without it takes the labels of any policy.
  @Test func aLearnerNeedsNoFile() throws {
    let origin = try plan(["annotator.kind=policy", "annotator.policy=/nonexistent/a.safetensors"]).expectedOrigin()
    #expect(origin.admits(LabelOrigin(kind: "policy", version: "abc")))
    #expect(!origin.admits(LabelOrigin(kind: "oracle", version: "abc")))
  }
}
