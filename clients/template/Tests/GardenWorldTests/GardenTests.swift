import GardenWorld
import TenguEnvironments
import Testing

@Suite struct GardenTests {
  @Test(arguments: [2, 5, 7]) func keepsTheRules(size: Int) throws {
    let options = EnvironmentOptions(task: "Garden", settings: ["garden_size": .integer(size)])
    #expect(try EnvironmentConformance(entry: Garden.entry, options: options).violations() == [])
  }

  @Test func aSizeOutOfRangeIsNamed() {
    let options = EnvironmentOptions(task: "Garden", settings: ["garden_size": .integer(9)])
    #expect(throws: EnvironmentError.self) { try Garden.entry.make(options) }
  }
}
