import Environments
import Tensor
import Testing

@testable import NetHack

@Suite struct NetHackMapTests {
  /// A map in which every square has another glyph.
  private let glyphs: [Int16] = (0..<NetHackMap.squares).map(Int16.init)

  @Test(arguments: [(0, 0), (4, 4), (3, 20), (78, 0), (75, 18), (40, 10), (78, 20)])
  func cropIsTheMapAroundTheHero(x: Int, y: Int) {
    var crop = [Int16](repeating: -1, count: 81)
    NetHackMap.crop(x: x, y: y, side: 9, glyphs: glyphs, into: &crop)
    for row in 0..<9 {
      for column in 0..<9 {
        let (mapRow, mapColumn) = (y + row - 4, x + column - 4)
        let isInside = (0..<21).contains(mapRow) && (0..<79).contains(mapColumn)
        #expect(crop[row * 9 + column] == (isInside ? glyphs[mapRow * 79 + mapColumn] : 5976))
      }
    }
  }

  @Test func surroundingsAreCutAtTheFarEdgesAndEmptyAtTheNear() {
    func seen(_ x: Int, _ y: Int) -> Set<Int16> {
      var seen: Set<Int16> = []
      _ = NetHackMap.anyAround(x: x, y: y, glyphs: glyphs) {
        seen.insert($0)
        return false
      }
      return seen
    }
    #expect(seen(0, 5).isEmpty)
    #expect(seen(5, 0).isEmpty)
    #expect(seen(1, 1) == [0, 1, 2, 79, 80, 81, 158, 159, 160])
    #expect(seen(78, 20).count == 4)
    #expect(NetHackMap.anyAround(x: 1, y: 1, glyphs: glyphs) { $0 == 160 })
    #expect(!NetHackMap.anyAround(x: 1, y: 1, glyphs: glyphs) { $0 == 161 })
  }
}

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
        let expected = isInside ? TerminalTiles.symbol(character: characters[square], colour: colours[square]) : 0
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
