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
