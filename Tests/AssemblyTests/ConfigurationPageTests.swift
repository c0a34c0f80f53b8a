import Assembly
import Configuration
import Foundation
import TestSupport
import Testing

/// The pages and files about the configuration, with the fields of the tasks that come with this package.
@Suite struct ConfigurationPageTests {
  @Test func theReferencePageIsUpToDate() throws {
    let page = Repository.file("docs/configuration.md")
    if Repository.rewritesReference {
      try Data(ConfigurationReference.markdown(Registries.standard.additions).utf8).write(to: page)
    }
    #expect(
      try String(contentsOf: page, encoding: .utf8) == ConfigurationReference.markdown(Registries.standard.additions),
      "run: TENGU_WRITE_REFERENCE=1 swift test --filter AssemblyTests")
  }

  /// Tasks of the shipped configurations that do not play NetHack.
  private static let worlds = [
    "captiongrid": "CaptionGrid", "cartpole": "CartPole", "cartpole-quick": "CartPole",
    "pendulum": "Pendulum", "crafter": "python:",
    "gymnasium-acrobot": "gymnasium:", "gymnasium-cartpole": "gymnasium:", "gymnasium-pendulum": "gymnasium:",
    "minigrid-doorkey": "minigrid:",
    "minihack-keyroom": "minihack:", "minihack-room": "minihack:", "text-chain": "text:",
  ]

  @Test(arguments: [
    "nethack-score", "nethack-oracle", "nethack-oni", "nethack-wide", "nethack-staircase3", "nethack-staircase4",
    "nethack-reward-free", "nethack-full", "captiongrid", "crafter", "cartpole", "cartpole-quick", "pendulum",
    "gymnasium-acrobot", "gymnasium-cartpole", "gymnasium-pendulum", "minigrid-doorkey", "minihack-keyroom",
    "minihack-room", "text-chain",
  ])
  func shippedConfigurationsLoad(name: String) throws {
    let file = Repository.file("cluster/configs/\(name).toml").path
    let configuration = try Registries.standard.configuration(file: file)
    #expect(configuration.environment.task.hasPrefix(Self.worlds[name] ?? "NetHack"))
    if name == "nethack-score" { #expect(configuration == RunConfiguration(Registries.standard.additions)) }
    if name == "nethack-reward-free" { #expect(configuration.reward.extrinsicCoefficient == 0) }
  }

  @Test func theDefaultFileExplainsEveryField() throws {
    let file = Repository.file("cluster/configs/nethack-score.toml")
    let text = try String(contentsOf: file, encoding: .utf8)
    let preface = text.prefix { $0 != "[" }
    let expected = preface + RunConfiguration(Registries.standard.additions).tomlText()
    if Repository.rewritesReference { try Data(expected.utf8).write(to: file) }
    #expect(text == expected, "run: TENGU_WRITE_REFERENCE=1 swift test --filter AssemblyTests")
  }

  @Test func everyShippedConfigurationIsTested() throws {
    let folder = Repository.file("cluster/configs").path
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".toml") }
    #expect(names.count == 20)
  }
}
