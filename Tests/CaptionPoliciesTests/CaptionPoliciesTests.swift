import Captions
import Foundation
import TestSupport
import Testing
import TextPolicy
import TextTasks

@testable import CaptionPolicies

@Suite struct CaptionPoliciesTests {
  private var small: CaptionDistillation {
    var distillation = CaptionDistillation()
    distillation.options = TransformerOptions(width: 32, layers: 1, context: 48)
    distillation.updates = 250
    distillation.learningRate = 3e-3
    distillation.batch = 16
    return distillation
  }

  /// Progress is what is killed.
  private let captions: [LabelledCaption] = ["newt", "jackal", "goblin", "gnome", "dwarf", "kitten"].flatMap {
    (name: String) -> [LabelledCaption] in
    let texts: [(text: String, label: Float)] = [
      ("You kill the \(name)!", 1), ("You see a \(name) here.", 0), ("The \(name) misses!", 0),
    ]
    return texts.compactMap { LabelledCaption(Array($0.text.utf8), label: $0.label) }
  }

  @Test func policyLearnsLabels() throws {
    let policy = try small.policy(from: captions)
    let annotator = PolicyAnnotator(policy, version: "1")
    let agreement = try #require(CaptionDistillation.agreement(annotator, captions))
    #expect(agreement.share > 0.95 && agreement.captions == 18)
    #expect(agreement.areaUnderCurve.map { $0 > 0.95 } == true)
    #expect(annotator.annotate(Array("You kill the newt!".utf8)) == .label(1))
    #expect(annotator.annotate(Array("You see a newt here.".utf8)) == .label(0))
    // Other names of the same family.
    #expect(annotator.annotate(Array("You kill the imp!".utf8)) == .label(1))
  }

  @Test func fileKeepsThePolicy() throws {
    let folder = try TemporaryDirectory()
    let file = folder.url.appending(path: "policy.safetensors")
    let policy = try small.policy(from: captions)
    try PolicyAnnotator.write(policy, to: file)
    let read = try PolicyAnnotator(contentsOf: file.path)
    let written = PolicyAnnotator(policy, version: "1")
    let asked = captions.map(\.caption)
    #expect(read.logOdds(asked) == written.logOdds(asked))
    #expect(read.version != "" && read.kind == "policy")
    #expect(try PolicyAnnotator(contentsOf: file.path).version == read.version)
  }

  @Test func filesWithoutPolicyAreRefused() throws {
    let folder = try TemporaryDirectory()
    #expect(throws: TextPolicyError.self) {
      try PolicyAnnotator(contentsOf: folder.url.appending(path: "missing").path)
    }
    let other = folder.url.appending(path: "other")
    try Data("no tensors".utf8).write(to: other)
    #expect(throws: (any Error).self) { try PolicyAnnotator(contentsOf: other.path) }
  }

  @Test func oneLabelTeachesNothing() {
    #expect(throws: TextPolicyError.self) { try small.policy(from: captions.filter(\.isProgress)) }
    #expect(throws: TextPolicyError.self) { try small.policy(from: []) }
  }

  @Test func familiesStayTogether() {
    var distillation = small
    distillation.heldOutShare = 0.5
    for seed: UInt64 in 1...8 {
      distillation.seed = seed
      let (trained, heldOut) = distillation.split(captions)
      #expect(Set(trained.map(\.family)).isDisjoint(with: heldOut.map(\.family)))
      #expect(trained.count + heldOut.count == captions.count)
    }
  }

  @Test func captionsBecomeTokens() {
    func text(_ caption: String, length: Int = 64) -> String {
      Vocabulary.text(CaptionTokens.question(SanitisedCaption(caption), length: length))
    }
    #expect(text("You find 3 gems ($5)!") == "you find 3 gems <#5>!J")
    #expect(text("You find 3 gems!", length: 10) == "you findJ")
    // The end character of answers never occurs, whatever a world writes.
    let bytes = (UInt8.min...UInt8.max).map { $0 } + Array(" are words.".utf8)
    #expect(!CaptionTokens.question(SanitisedCaption(bytes), length: 300).contains(Vocabulary.endToken))
  }

  @Test func textsWithoutMeaningAreNotRead() throws {
    let annotator = PolicyAnnotator(try small.policy(from: captions), version: "1")
    #expect(annotator.annotate(Array("...".utf8)) == .label(0))
    #expect(annotator.annotate(Array("Thought".utf8)) == .abstain)
  }
}
