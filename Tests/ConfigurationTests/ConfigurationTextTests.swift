import Foundation
import Runtime
import TestSupport
import Testing

@testable import Configuration

@Suite struct ConfigurationTextTests {
  /// Fields of tasks: one of each kind.
  static let additions = SchemaAdditions(taskFields: [
    TaskField("colour", .text, default: .text("green"), "A text."),
    TaskField("doors", .integer(1...9), default: .integer(2), "A number."),
  ])

  /// A configuration that differs from the defaults in every field.
  static func changedEverywhere() throws -> RunConfiguration {
    var configuration = RunConfiguration(additions)
    for field in configuration.fields {
      let value: ConfigurationValue =
        switch (field.range, field.defaultValue) {
        case (.integer, .integer(let number)): .integer(number + 1)
        case (.real(let range), .real(let number)): .real(number == range.upperBound ? 0.3 : number * 0.75 + 0.01)
        case (.boolean, .boolean(let flag)): .boolean(!flag)
        case (.choice(let names), .text(let name)): .text(try #require(names.first { $0 != name }))
        case (.address, _), (.optionalAddress, _): .text("[::1]:7")
        default: .text("quote \" backslash \\ snow ☃")
        }
      try #require(field.range.contains(value), "\(field.path)")
      field.assign(&configuration, value)
    }
    return configuration
  }

  @Test func everyFieldOfTheTableIsReadAndWritten() throws {
    let changed = try Self.changedEverywhere()
    #expect(changed.differences(from: RunConfiguration()).map(\.path) == changed.fields.map(\.path))
  }

  @Test func everyPropertyHasARow() {
    var properties: [String] = []
    for section in Mirror(reflecting: RunConfiguration()).children {
      for property in Mirror(reflecting: section.value).children where property.label != "taskFields" {
        properties.append("\(snakeCase(section.label ?? "")).\(snakeCase(property.label ?? ""))")
      }
    }
    #expect(properties.sorted() == ConfigurationField.all.map(\.path).sorted())
  }

  private func snakeCase(_ name: String) -> String {
    name.map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
  }

  @Test func theResolvedTextReadsBackToTheSameValue() throws {
    var configuration = RunConfiguration()
    #expect(try RunConfiguration(toml: configuration.tomlText(), fileName: "config.toml") == configuration)
    let changed = try Self.changedEverywhere()
    configuration = RunConfiguration(Self.additions)
    try configuration.apply(toml: changed.tomlText(), fileName: "config.toml")
    #expect(configuration == changed)
  }

  @Test func theResolvedTextExplainsItself() {
    let text = RunConfiguration().tomlText()
    #expect(text.hasPrefix("[run]\n# Seed of every random stream of the run: network, episodes, actions.\nseed = 1\n"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
  }

  @Test func controlCharactersAreEscaped() throws {
    #expect(ConfigurationValue.text("a\"b\\c\nd\u{7F}").toml == "\"a\\\"b\\\\c\\u000Ad\\u007F\"")
  }

  @Test func theHashFollowsTheFieldsThatShapeUnrolls() throws {
    let base = RunConfiguration(Self.additions)
    #expect(base.hash.count == 64)
    for field in base.fields {
      var changed = base
      field.assign(&changed, field.value(try Self.changedEverywhere()))
      #expect((changed.hash != base.hash) == field.shapesUnrolls, "\(field.path)")
    }
    // Known answer, so that the digest is SHA-256 and not merely some function.
    #expect(
      SHA256.hexadecimal(of: "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
