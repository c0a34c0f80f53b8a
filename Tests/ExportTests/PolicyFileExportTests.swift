import Checkpoints
import Configuration
import Evaluation
import Foundation
import Learner
import Runtime
import Serial
import TestSupport
import Testing

@testable import Export

@Suite struct PolicyFileExportTests {
  private static func run(in folder: TemporaryDirectory, seed: Int) throws -> String {
    var configuration = RunConfiguration()
    (configuration.run.steps, configuration.run.seed, configuration.environment.task) = (256, seed, "CaptionGrid")
    configuration.environment.maximumEpisodeSteps = 40
    (configuration.reward.model, configuration.annotator.kind) = (.none, .none)
    (configuration.learner.batchSize, configuration.learner.unrollLength) = (64, 8)
    configuration.worker.environmentsPerGroup = 4
    (configuration.network.hiddenSize, configuration.network.recurrentSize) = (16, 16)
    configuration.learner.learningRate = 0.03
    var options = LearnerOptions(configuration: configuration, runName: "run")
    options.runsDirectory = folder.path
    options.logStream = nil
    try SerialRun(options).run(until: { nil })
    return folder.path + "/run"
  }

  private func results(_ target: String) throws -> [EpisodeResult] {
    var evaluation = PolicyEvaluation()
    (evaluation.episodes, evaluation.threads) = (20, 1)
    return try evaluation.play(try PolicyUnderTest(target))
  }

  /// A file with all bits plays as its run does, without the run's folder; one with halves has half of the matrices' bytes,
  /// and numbers that are rounded to 11 bits.
  @Test func aFilePlaysLikeItsRun() throws {
    let folder = try TemporaryDirectory()
    let run = try Self.run(in: folder, seed: 3)
    let export = try PolicyExport(run, version: "1")
    let (single, half) = (try export.weights(), try export.weights(halves: true))
    let path = folder.path + "/policy.safetensors"
    try PosixFileSystem().deliver(single, to: path)
    let expected = try results(run)
    try FileManager.default.removeItem(atPath: run)
    #expect(try results(path) == expected)
    #expect(try PolicyExport(path, version: "1").card().contains("# policy: a policy for CaptionGrid"))
    try PosixFileSystem().deliver(half, to: path)
    let (whole, rounded) = (try PolicyUnderTest(path).parameterValues, try SafeTensors.decode(single, file: "single"))
    let numbers = try rounded.tensors.flatMap { try $0.values(as: Float.self) }
    #expect(numbers.count == whole.count && single.count - half.count > whole.count)
    #expect(zip(numbers, whole).allSatisfy { abs($0 - $1) <= max(abs($0) / 2048, 0x1p-25) })
  }

  /// A file that anybody may have made starts no program of its own choice.
  @Test func aFileStartsNoProgram() throws {
    let folder = try TemporaryDirectory()
    let export = try PolicyExport(Self.run(in: folder, seed: 1), version: "1")
    var content = try SafeTensors.decode(try export.weights(), file: "policy")
    let text = try #require(content.metadata["configuration"])
    content.metadata["configuration"] = text.replacing("task = \"CaptionGrid\"", with: "task = \"python:evil:Task\"")
    let path = folder.path + "/policy.safetensors"
    try PosixFileSystem().deliver(try SafeTensors.encode(content.tensors, metadata: content.metadata), to: path)
    let failure = #expect(throws: (any Error).self) { try PolicyUnderTest(path) }
    #expect("\(failure as Any)".contains("--python INTERPRETER"))
  }
}
