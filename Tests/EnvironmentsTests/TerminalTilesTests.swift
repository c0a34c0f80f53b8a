import Testing

@testable import Environments

@Suite struct TerminalTilesTests {
  @Test func everyCharacterHasATileOfItsOwn() {
    #expect(TerminalTiles.masks.count == 94 && TerminalTiles.colours.count == 16 && TerminalTiles.symbolCount == 1505)
    #expect(Set(TerminalTiles.masks).count == 94)
    #expect(TerminalTiles.masks.allSatisfy { $0 != 0 && $0 < 1 << 36 })
    #expect(Set(TerminalTiles.colours).count == 16)
    #expect(TerminalTiles.colours.allSatisfy { $0.max() > 0 && $0.min() >= 0 && $0.max() <= 1 })
  }

  @Test func symbolsCountCharactersAndColours() {
    #expect(TerminalTiles.symbol(character: 33, colour: 0) == 1)
    #expect(TerminalTiles.symbol(character: 33, colour: 15) == 16)
    #expect(TerminalTiles.symbol(character: 64, colour: 7) == 1 + 31 * 16 + 7)
    #expect(TerminalTiles.symbol(character: 126, colour: 15) == 1504)
    #expect(TerminalTiles.symbol(character: 64, colour: 16 + 7) == TerminalTiles.symbol(character: 64, colour: 7))
    for character: UInt8 in [0, 32, 127, 255] { #expect(TerminalTiles.symbol(character: character, colour: 7) == 0) }
  }

  @Test func aPictureShowsItsTilesWhereTheyAre() {
    // Upper row: an L in bright red and an empty tile. Lower row: a full stop in white and an unknown symbol.
    let symbols = [
      TerminalTiles.symbol(character: 76, colour: 9), 0, TerminalTiles.symbol(character: 46, colour: 15), 9999,
    ]
    let picture = picture(of: symbols, rows: 2, columns: 2)
    let red = (0..<12).map { y in String((0..<12).map { picture[y * 12 + $0] > 0 ? "#" : "." }) }
    #expect(
      red == [
        "#...........", "#...........", "#...........", "#...........", "#####.......", "............",
        "............", "............", "............", "..#.........", "............", "............",
      ])
    #expect(picture[0] == 1 && picture[144] == 85 / 255 && picture[2 * 144] == 85 / 255)
    let dot = 9 * 12 + 2
    #expect((0..<3).allSatisfy { picture[$0 * 144 + dot] == 1 })
  }

  /// Draws symbols [rows, columns] as a picture [3, rows * TerminalTiles.side, columns * TerminalTiles.side] with values from 0 to 1: red, green and
  /// blue planes. Unknown symbols are black.
  private func picture(of symbols: [Int16], rows: Int, columns: Int) -> [Float] {
    precondition(symbols.count == rows * columns, "\(symbols.count) symbols for \(rows) x \(columns) tiles")
    let (height, width) = (rows * TerminalTiles.side, columns * TerminalTiles.side)
    var picture = [Float](repeating: 0, count: 3 * height * width)
    for (cell, symbol) in symbols.enumerated() where symbol > 0 && Int(symbol) < TerminalTiles.symbolCount {
      let (mask, colour) = (Int(symbol) - 1).quotientAndRemainder(dividingBy: TerminalTiles.colours.count)
      for pixel in 0..<TerminalTiles.side * TerminalTiles.side where TerminalTiles.masks[mask] >> UInt64(pixel) & 1 != 0
      {
        let y = cell / columns * TerminalTiles.side + pixel / TerminalTiles.side
        let x = cell % columns * TerminalTiles.side + pixel % TerminalTiles.side
        for plane in 0..<3 { picture[(plane * height + y) * width + x] = TerminalTiles.colours[colour][plane] }
      }
    }
    return picture
  }
}
