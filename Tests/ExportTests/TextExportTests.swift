import Checkpoints
import Configuration
import Foundation
import Learner
import NeuralNetwork
import Serial
import Tensor
import TestSupport
import Testing
import TextPolicy

@testable import Export

@Suite struct TextExportTests {
  private static func run(in folder: TemporaryDirectory, task: String = "text:chain") throws -> String {
    var configuration = RunConfiguration()
    (configuration.run.steps, configuration.environment.task) = (64, task)
    (configuration.reward.model, configuration.annotator.kind) = (.none, .none)
    configuration.learner.batchSize = 32
    if task == "text:chain" {
      (configuration.text.width, configuration.text.layers, configuration.text.heads) = (16, 2, 2)
      (configuration.text.context, configuration.text.startUpdates) = (24, 50)
      configuration.text.difficulty = 1
      configuration.learner.unrollLength = 1
    } else {
      (configuration.worker.environmentsPerGroup, configuration.learner.unrollLength) = (4, 8)
      (configuration.network.hiddenSize, configuration.network.recurrentSize) = (16, 16)
    }
    var options = LearnerOptions(configuration: configuration, runName: "run")
    options.runsDirectory = folder.path
    options.logStream = nil
    try SerialRun(options).run(until: { nil })
    return folder.path + "/run"
  }

  /// A transformer that is made from nothing but the file's metadata and tensors computes the recorded log-probabilities.
  @Test func theWeightsGiveTheRecordedLogProbabilities() throws {
    let folder = try TemporaryDirectory()
    let export = try TextExport(Self.run(in: folder), version: "1")
    let file = try SafeTensors.decode(try export.weights(), file: "weights")
    #expect(file.metadata["format"] == "tengu-text-policy 1" && file.metadata["task"] == "text:chain")
    #expect(file.metadata["alphabet"]?.count == 64 && file.metadata["step"] == "64")
    let sizes = try JSONDecoder().decode(TransformerOptions.self, from: Data((file.metadata["sizes"] ?? "").utf8))
    let transformer = try Transformer(sizes)
    let policy = TextPolicy(transformer)
    #expect(file.tensors.count == transformer.layout.slices.count)
    for slice in transformer.layout.slices {
      let tensor = try #require(file.tensors.first { $0.name == slice.name })
      #expect(tensor.shape == slice.shape)
      for (index, value) in try tensor.values(as: Float.self).enumerated() {
        policy.parameters.pointer[slice.offset + index] = value
      }
    }
    policy.prepare(forTraining: true)

    let answers = try SafeTensors.decode(try export.answers(count: 30, seed: 2), file: "answers")
    func tensor(_ name: String) throws -> NamedTensor { try #require(answers.tensors.first { $0.name == name }) }
    let tokens = try tensor("tokens").values(as: UInt8.self)
    let logs = try tensor("log_probabilities").values(as: Float.self)
    let lengths = try tensor("lengths").values(as: Int32.self).map(Int.init)
    let width = try tensor("tokens").shape[1]
    #expect(lengths.count == 30 && lengths.max() == width)
    for (row, length) in lengths.enumerated() {
      let text = TokenSequence(tokens: Array(tokens[row * width..<row * width + length]), promptCount: 1)
      let own = SequenceScorer(transformer).logProbabilities([text], policy: policy)[0]
      #expect(own == Array(logs[row * width..<row * width + length]))
      #expect(logs[(row * width + length)..<((row + 1) * width)].allSatisfy { $0 == 0 })
    }
    #expect(try export.answers(count: 30, seed: 2) == (try export.answers(count: 30, seed: 2)))
  }

  @Test func eachKindOfPolicyHasItsExports() throws {
    let (text, game) = (try TemporaryDirectory(), try TemporaryDirectory())
    let path = try Self.run(in: text)
    #expect { try PolicyExport(path, version: "1") } throws: { "\($0)".contains("tengu export text") }
    let other = try Self.run(in: game, task: "CaptionGrid")
    #expect { try TextExport(other, version: "1") } throws: { "\($0)".contains("tengu export onnx") }
  }
}
