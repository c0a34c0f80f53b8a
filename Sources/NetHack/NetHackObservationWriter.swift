import Environments
import Tensor
import Trajectories

/// Copies the game's arrays into a row of the observation layout, and derives the fields that are ours.
struct NetHackObservationWriter {
  private struct Copy {
    let source: UnsafeRawPointer
    let offset: Int
    let byteCount: Int
  }

  let layout: ObservationLayout
  private let buffers: NetHackBuffers
  private let copies: [Copy]
  private let cropOffset: Int?
  private let tileCropOffset: Int?
  private let statusOffset: Int?

  init(keys: [NetHackObservation], buffers: NetHackBuffers) {
    layout = ObservationLayout(keys.map(\.field))
    self.buffers = buffers
    cropOffset = layout.offset(of: NetHackObservation.glyphCrop.rawValue)
    tileCropOffset = layout.offset(of: NetHackObservation.tileCrop.rawValue)
    statusOffset = layout.offset(of: NetHackObservation.status.rawValue)
    copies = zip(keys, layout.offsets).compactMap { key, offset in
      buffers.source(of: key).map { Copy(source: $0, offset: offset, byteCount: key.field.byteCount) }
    }
  }

  func write(to output: StepOutput) {
    for copy in copies {
      (output.row + copy.offset).copyMemory(from: copy.source, byteCount: copy.byteCount)
    }
    if let cropOffset, let glyphs = buffers.glyphs {
      let side = NetHackObservation.cropSide
      NetHackMap.crop(
        x: buffers.x, y: buffers.y, side: side, glyphs: glyphs,
        into: (output.row + cropOffset).assumingMemoryBound(to: Int16.self))
    }
    if let tileCropOffset, let characters = buffers.terminalChars, let colours = buffers.terminalColors {
      NetHackTerminal.crop(
        x: buffers.x, y: buffers.y, side: NetHackObservation.tileCropSide, characters: characters, colours: colours,
        into: (output.row + tileCropOffset).assumingMemoryBound(to: Int16.self))
    }
    if let statusOffset {
      let status = output.field(at: statusOffset, as: Int32.self, count: NetHackObservation.statusCount)
      for index in 0..<NetHackObservation.statusCount {
        status[index] = Int32(clamping: buffers.status[index])
      }
    }
    output.caption.set(buffers.caption)
  }
}
