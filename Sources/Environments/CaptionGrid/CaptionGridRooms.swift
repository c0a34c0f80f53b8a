import Runtime
import Tensor

/// The walls of a map as sets of cells, already turned and mirrored.
struct CaptionGridRooms {
  /// The room on the hero's side that does not have the door.
  private(set) var keyRoom = CellSet()
  /// The room on the hero's side that has the door.
  private(set) var doorRoom = CellSet()
  /// The room of the stairs.
  private(set) var farRoom = CellSet()
  /// The cell that joins key room and door room.
  let gap: Int
  let door: Int
  /// The cells on the hero's and on the stairs' side of the door.
  let doorFront: Int
  let doorBack: Int

  /// Every cell without a wall, the door's excepted.
  var floor: CellSet { keyRoom.union(doorRoom).union(farRoom).union(CellSet(gap)) }

  /// Draws the position of the walls, of gap and door, and the symmetry of the square to apply to them.
  init(using generator: inout RandomGenerator) {
    let last = CellSet.side - 2  // rows and columns 1 ... last are inside the border
    let symmetry = generator.next() >> 61
    func cell(_ row: Int, _ column: Int) -> Int {
      let mirrored = (symmetry & 1 == 0 ? row : CellSet.side - 1 - row)
      let flipped = (symmetry & 2 == 0 ? column : CellSet.side - 1 - column)
      return symmetry & 4 == 0 ? mirrored * CellSet.side + flipped : flipped * CellSet.side + mirrored
    }
    let partition = 4 + generator.below(2)
    let division = 3 + generator.below(3)
    var doorRow = 1 + generator.below(last - 1)
    if doorRow >= division { doorRow += 1 }
    gap = cell(division, 1 + generator.below(partition - 1))
    door = cell(doorRow, partition)
    doorFront = cell(doorRow, partition - 1)
    doorBack = cell(doorRow, partition + 1)
    for row in 1...last {
      for column in 1...last where column != partition {
        if column > partition {
          farRoom.insert(cell(row, column))
        } else if row != division {
          if (row < division) == (doorRow < division) {
            doorRoom.insert(cell(row, column))
          } else {
            keyRoom.insert(cell(row, column))
          }
        }
      }
    }
  }
}
