extension CaptionGrid {
  /// Writes the observation of `state`, and `caption` as what led to it, with a witness if there is one.
  func write(_ caption: CaptionGridCaption, witness: [UInt8]? = nil, into output: StepOutput, at offsets: FieldOffsets)
  {
    writeCells(into: output.field(at: offsets.cells, as: UInt8.self, count: CaptionGridMap.cellCount))
    writeStatus(into: output.field(at: offsets.status, as: Float.self, count: CaptionGridStatus.allCases.count))
    let text = caption.text
    output.caption.set(text)
    witness?.withUnsafeBufferPointer { output.caption.append($0) }
    if let offset = offsets.caption {
      let field = output.field(at: offset, as: UInt8.self, count: CaptionGridTask.captionFieldBytes)
      field.update(repeating: 0)
      for index in 0..<min(output.caption.count, CaptionGridTask.captionFieldBytes - 1) {
        field[index] = output.caption.bytes[index]
      }
    }
  }

  /// The 9 by 9 cells around the hero: seen from the hero, "the key is one step north" looks alike everywhere.
  private func writeCells(into cells: UnsafeMutableBufferPointer<UInt8>) {
    let side = CaptionGridMap.side
    let radius = side / 2
    let (heroRow, heroColumn) = (state.hero / side, state.hero % side)
    cells.update(repeating: CaptionGridTile.stone.rawValue)
    let firstColumn = max(0, radius - heroColumn)
    let endColumn = min(side, side + radius - heroColumn)
    for viewRow in max(0, radius - heroRow)..<min(side, side + radius - heroRow) {
      let mapRow = (heroRow + viewRow - radius) * side
      for viewColumn in firstColumn..<endColumn {
        cells[viewRow * side + viewColumn] = state.map.tiles[mapRow + heroColumn + viewColumn - radius].rawValue
      }
    }
  }

  private func writeStatus(into status: UnsafeMutableBufferPointer<Float>) {
    let side = CaptionGridMap.side
    func set(_ element: CaptionGridStatus, _ flag: Bool) { status[element.rawValue] = flag ? 1 : 0 }
    func setWay(_ south: CaptionGridStatus, _ east: CaptionGridStatus, to goal: Int) {
      let step = state.map.safeCells.firstStep(from: state.hero, to: goal)
      status[south.rawValue] = step == side ? 1 : step == -side ? -1 : 0
      status[east.rawValue] = step == 1 ? 1 : step == -1 ? -1 : 0
    }
    status[CaptionGridStatus.row.rawValue] = Float(state.hero / side)
    status[CaptionGridStatus.column.rawValue] = Float(state.hero % side)
    set(.hasKey, state.hasKey)
    set(.doorIsUnlocked, state.doorIsUnlocked)
    set(.doorIsOpen, state.doorIsOpen)
    setWay(.keySouth, .keyEast, to: state.hasKey ? state.hero : state.map.key)
    setWay(.doorSouth, .doorEast, to: state.map.door)
    setWay(.stairsSouth, .stairsEast, to: state.map.stairs)
    set(.standsOnKey, !state.hasKey && state.hero == state.map.key)
    set(.standsAtDoor, state.isBesideDoor)
  }
}
