import Environments
import IntrinsicReward
import Trajectories

extension ObservationReader {
  /// Reads all that a policy network may see.
  init(_ layout: ObservationLayout) {
    self.init(
      zip(layout.fields, layout.offsets).filter { $0.0.encoding != .hidden }.map { field, offset in
        Field(offset: offset, count: field.elementCount, type: field.type)
      })
  }
}
