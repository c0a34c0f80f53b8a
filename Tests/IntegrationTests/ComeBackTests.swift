import Configuration
import Foundation
import TestSupport
import Testing
import Transport

@testable import Worker

/// A learner ends and another one takes its place.
struct ComeBackTests {
  private let configuration = SmallRun.grid(seed: 1, steps: 1_000_000)

  @Test(arguments: [ClusterLearner.Ending.crash, .restart])
  func aResumedRunListensWhereItDidAndItsWorkerReturns(ending: ClusterLearner.Ending) throws {
    let folder = try TemporaryDirectory()
    let first = try ClusterLearner(configuration, in: folder, ending: ending)
    let worker = try ClusterWorker("w", first.endpoint)
    try first.waitForSteps(200)
    try first.stop()
    let second = try ClusterLearner(configuration, in: folder, resume: .auto)
    #expect(second.endpoint == first.endpoint)
    try second.waitForSteps(200)
    if ending == .restart { #expect(worker.log.contains("restarts; trying again in")) }
    #expect(worker.log.components(separatedBy: "welcomed to run").count == 3)
    try worker.stop()
    try second.stop()
  }

  @Test func aLearnerOfAnotherRunEndsTheWorker() throws {
    let folder = try TemporaryDirectory()
    let first = try ClusterLearner(configuration, in: folder, ending: .crash)
    let worker = try ClusterWorker("w", first.endpoint)
    try first.waitForSteps(200)
    try first.stop()
    var other = configuration
    other.transport.listen = "\(first.endpoint)"
    let elsewhere = try TemporaryDirectory()
    let second = try ClusterLearner(other, in: elsewhere)
    let error = try #require(throws: WorkerError.self) { try worker.join() }
    #expect("\(error)".contains("is not the run that this peer worked for"))
    #expect(error.exitStatus == 64)
    try second.stop()
  }

  @Test func aRunWhoseAddressIsTakenSaysSo() throws {
    let folder = try TemporaryDirectory()
    let first = try ClusterLearner(configuration, in: folder)
    try first.stop()
    let squatter = try RouterSocket(MessagingContext(), options: SocketOptions(maximumFrameBytes: nil))
    try squatter.bind(first.endpoint)
    let second = try ClusterLearner(configuration, in: folder, resume: .auto)
    #expect(second.endpoint != first.endpoint)
    #expect(second.log.contains("another process listens at \(first.endpoint)"))
    #expect(second.log.contains("must attach to \(second.endpoint)"))
    try second.stop()
  }
}
