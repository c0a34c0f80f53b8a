import Runtime
import Testing

@Suite struct PrintableTextTests {
  @Test func ordinaryTextStays() {
    for text in ["", "You hit the newt!", "naïve 冒険 🐉"] { #expect(text.printable == text) }
  }

  @Test func whatDrivesATerminalOrDeceivesAReaderIsEscaped() {
    #expect("a\nb\r\tc".printable == "a\\nb\\r\\tc")
    #expect("\u{1B}[2J\u{9B}1m\u{7F}".printable == "\\u{1b}[2J\\u{9b}1m\\u{7f}")
    #expect("safe\u{202E}gpj.exe".printable == "safe\\u{202e}gpj.exe")
    #expect("\u{2066}\u{200F}\u{061C}\u{2028}\u{FEFF}".printable == "\\u{2066}\\u{200f}\\u{61c}\\u{2028}\\u{feff}")
  }
}
