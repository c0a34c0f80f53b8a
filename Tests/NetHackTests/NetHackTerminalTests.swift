import Environments
import Tensor
import Testing
@testable import NetHack

@Suite struct NetHackTerminalTests {
  @Test(arguments: [(0, 0), (4, 4), (6, 6), (79, 23), (78, 20), (40, 10), (74, 18), (3, 20)])
  func cropIsTheTerminalAroundTheHero(x: Int, y: Int) {
    let characters = (0..<24 * 80).map { UInt8(33 + $0 % 94) }
    let colours = (0..<24 * 80).map { Int8($0 % 17) }
    var crop = [Int16](repeating: -1, count: 144)
    NetHackTerminal.crop(x: x, y: y, side: 12, characters: characters, colours: colours, into: &crop)
    for row in 0..<12 {
      for column in 0..<12 {
        let (line, place) = (y + row - 6, x + column - 6)
        let square = line * 80 + place
        let isInside = (0..<24).contains(line) && (0..<80).contains(place)
        let expected = isInside ? TileSet.symbol(character: characters[square], colour: colours[square]) : 0
        #expect(crop[row * 12 + column] == expected)
      }
    }
  }

  @Test func aHeroOutsideTheTerminalSeesNothing() {
    let characters = [UInt8](repeating: 64, count: 24 * 80)
    let colours = [Int8](repeating: 1, count: 24 * 80)
    for (x, y) in [(-100, 5), (200, 5), (5, -100), (5, 200)] {
      var crop = [Int16](repeating: -1, count: 144)
      NetHackTerminal.crop(x: x, y: y, side: 12, characters: characters, colours: colours, into: &crop)
      #expect(crop.allSatisfy { $0 == 0 })
    }
  }
}
