import Testing

@testable import NetHack

@Suite(.enabled(if: NetHackInstallation.isPresent, "NetHack is not installed: run scripts/get-nethack.sh"))
struct NetHackCaptionTests {
  /// A random player of the whole keyboard types at most prompts, with every role. What it typed is in captions only as the
  /// name of a thing or as an engraving, where the game marks it.
  @Test func whatIsTypedIsNoCaption() throws {
    let player = try NetHackRandomPlayer(NetHackInstallation.options("NetHackChallenge"), seed: 11)
    var captions: Set<[UInt8]> = []
    for _ in 0..<60_000 {
      try player.step()
      captions.insert(Array(player.caption.bytes))
    }
    #expect(captions.count > 100)
    // A line can break before a name.
    let texts = captions.map { String(decoding: $0, as: UTF8.self).replacing("\n", with: " ") }
    let prompts = texts.filter { $0.contains("? [") || $0.hasPrefix("#") || $0.contains("want to") }
    #expect(prompts.count * 20 < captions.count, "\(prompts.prefix(10))")
    // The keyboard has keys above 0x7F, and the game's own messages have no such byte.
    let marks = [" named ", " called ", "\""]
    let foreign = texts.filter { text in
      let typed = text.unicodeScalars.firstIndex { $0.value >= 0x7F }
      return typed.map { end in !marks.contains { text[..<end].contains($0) } } ?? false
    }
    #expect(foreign.isEmpty, "\(foreign.prefix(10))")
  }
}
