import ArgumentParser
import CaptionPolicies
import Foundation
import LabelStore
import Runtime
import TextPolicy

/// `tengu text distill`: from logged labels to a policy that gives them.
struct TextDistillCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distill",
    abstract: "Train a text policy to give the labels of a label store, for annotator.kind = \"policy\".",
    discussion: """
      Example: tengu text distill runs/first --out runs/text/annotator.safetensors
               tengu serial --config cluster/configs/captiongrid.toml annotator.kind=policy \
      annotator.policy=runs/text/annotator.safetensors

      Families of captions that are held out are not trained on; the output compares the policy with their labels.
      """)

  @OptionGroup var store: LabelsTarget
  @OptionGroup var filter: LabelsFilterOptions

  @Option(help: ArgumentHelp("Write the policy to this file.", valueName: "file"))
  var out: String

  @Option(help: "Floats of a position's vector.")
  var width = 64

  @Option(help: "Number of blocks.")
  var layers = 2

  @Option(help: "Updates of 64 captions.")
  var updates = 400

  @Option(help: "Share of the families that are held out, 0 to 0.9.")
  var heldOut = 0.2

  @Option(help: "The seed of parameters, batches, and of what is held out.")
  var seed: UInt64 = 1

  /// Labels read at most: a million takes about a gigabyte.
  private static let maximumLabels = 1_000_000

  func validate() throws {
    guard updates > 0, width > 0, layers > 0 else { throw ValidationError("updates, width and layers are at least 1") }
    guard (0...0.9).contains(heldOut) else { throw ValidationError("--held-out is 0 to 0.9") }
  }

  func run() throws {
    try reportingFailure {
      let records = try store.open(.readOnly).labels(filter.filter, limit: Self.maximumLabels)
      let captions = records.compactMap { record in
        record.verdict.label.flatMap { LabelledCaption(record.caption, label: $0) }
      }
      var distillation = CaptionDistillation()
      distillation.options = TransformerOptions(width: width, layers: layers, context: distillation.options.context)
      distillation.seed = seed
      distillation.updates = updates
      distillation.heldOutShare = heldOut
      // The store gives the latest first; the order of the texts makes the same labels give the same policy.
      let (trained, others) = distillation.split(captions.sorted { $0.caption.text < $1.caption.text })
      let policy = try distillation.policy(from: trained)
      let file = URL(filePath: out)
      try PolicyAnnotator.write(policy, to: file)
      try report(PolicyAnnotator(contentsOf: file.path), trained, others)
    }
  }

  /// What the policy agrees with, and how fast it answers, caption by caption, as in a run.
  private func report(
    _ annotator: PolicyAnnotator, _ trained: [LabelledCaption], _ others: [LabelledCaption]
  ) throws {
    let parts = [("trained on", trained), ("held out", others)]
    for (name, captions) in parts {
      guard let agreement = CaptionDistillation.agreement(annotator, captions) else { continue }
      let curve = agreement.areaUnderCurve.map { String(format: "%.3f", $0) } ?? "unknown"
      print(
        "\(name): \(agreement.captions) captions of \(Set(captions.map(\.family)).count) families, "
          + String(format: "same label %.3f, more frequent label %.3f, ", agreement.share, agreement.majority)
          + "area under the curve \(curve)")
    }
    let all = (trained + others).prefix(2000).map { Array($0.caption.text.utf8) }
    let began = MonotonicClock.seconds
    for caption in all { _ = annotator.annotate(caption) }
    let seconds = max(MonotonicClock.seconds - began, 1e-9)
    print("policy \(annotator.version): \(Int(Double(all.count) / seconds)) labels a second on one thread")
  }
}
