import Environments
import Testing

@testable import Assembly

/// A program adds tasks of its own to those that come with the package.
@Suite struct AddedTaskTests {
  private func task(_ name: String, _ fields: [EnvironmentField] = []) -> EnvironmentEntry {
    EnvironmentEntry(
      name: name, summary: "a task", ownFields: fields, specification: Corridor.entry.specification,
      make: Corridor.entry.make)
  }

  @Test func tasksFollowThoseOfThePackage() throws {
    let field = EnvironmentField("own_size", default: 3, in: 1...9, "Own: size.")
    let registry = try Registries.builtIn.environments.adding([task("Own", [field]), task("Other", [field])])
    #expect(registry.entries.suffix(2).map(\.name) == ["Own", "Other"])
    #expect(registry.families.map(\.prefix) == Registries.builtIn.environments.families.map(\.prefix))
    #expect(registry.fields.filter { $0 == field }.count == 1)
  }

  @Test func aNameOfTheirsIsRefused() {
    for tasks in [[task("Corridor")], [task("Own"), task("Own")]] {
      #expect {
        try Registries.builtIn.environments.adding(tasks)
      } throws: { "\($0)".contains("there are two tasks") }
    }
  }

  @Test func aFieldIsDeclaredInOneWay() {
    let fields = [3, 4].map { EnvironmentField("own_size", default: $0, in: 1...9, "Own: size.") }
    #expect {
      try Registries.builtIn.environments.adding([task("Own", [fields[0]]), task("Other", [fields[1]])])
    } throws: { "\($0)".contains("Other declares environment.own_size, which another task declares differently") }
  }
}
