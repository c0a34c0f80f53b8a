import Runtime
import Testing

@Suite struct TextTableTests {
  private let rows = [["measure", "mean"], ["a", "1"], ["long name", "12.5"]]

  @Test func markdownHasARuleUnderTheHeader() {
    #expect(
      TextTable(rows).markdown == """
        | measure   | mean |
        | --------- | ---: |
        | a         |    1 |
        | long name | 12.5 |
        """)
  }

  @Test func plainTextHasNoSpacesAtTheEndOfALine() {
    #expect(
      TextTable(rows).plain == """
        measure    mean
        a             1
        long name  12.5
        """)
    #expect(TextTable([["1", "note"], ["20", ""]], textColumns: [1]).plain == " 1  note\n20")
  }

  @Test func noRowsAreAnEmptyTable() { #expect(TextTable([]).plain.isEmpty && TextTable([]).markdown.isEmpty) }
}
