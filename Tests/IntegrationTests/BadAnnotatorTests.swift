import LabelStore
import TestSupport
import Testing
import Wire

/// An annotator that is first to answer, and whose labels are not those that the run wants.
struct BadAnnotatorTests {
  @Test func itIsRefusedWithTheReasonAndTheGoodOneIsNot() throws {
    let folder = try TemporaryDirectory()
    let learner = try ClusterLearner(SmallRun.grid(seed: 1, steps: 1_000_000_000), in: folder)
    let worker = try ClusterWorker("w", learner.endpoint)
    let bad = try RawPeer(learner.endpoint)
    try bad.hello(.annotator, name: "bad")
    try bad.send(.ready(Ready(capacity: 5)))
    let task = try bad.expect("a task") { if case .annotationTask(let task) = $0 { task } else { nil } }
    try bad.send(
      .labels(
        Labels(
          task: task.task, ids: task.ids, outcomes: task.ids.map { _ in .labelled }, values: task.ids.map { _ in 1 },
          annotatorKind: "oracle", annotatorVersion: "evil", latencySeconds: 0)))
    let refused = try bad.refusal()
    #expect(refused.reason == .configuration)
    #expect(refused.text.contains("labels of \"oracle evil\" do not count in this run"))

    let good = try ClusterAnnotator("good", learner.endpoint)
    try wait(until: "labels of the good annotator") {
      try LabelStore(path: learner.labels, access: .readOnly).all().count >= task.ids.count
    }
    try learner.stop()
    try worker.join()
    try good.join()
    let stored = try LabelStore(path: learner.labels, access: .readOnly).all()
    #expect(stored.allSatisfy { $0.source.origin.version != "evil" })
    #expect(learner.log.contains("oracle evil"))
  }
}
