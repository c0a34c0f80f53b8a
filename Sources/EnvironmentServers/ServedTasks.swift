import Environments
import Runtime
import Synchronization

/// The families of tasks that environment servers play.
public enum ServedTasks {
  /// Memory that an environment takes in the worker itself; its world is in the server's process.
  private static let instanceBytes = 16 << 10

  /// The families, in the order of listings.
  public static let families: [EnvironmentFamily] = [
    family("gymnasium", "gymnasium:CartPole-v1", "a task of Gymnasium, in Python"),
    family(
      "gymnasium-vector", "gymnasium-vector:CartPole-v1", "a task of which Gymnasium has a vectorised class, in Python"),
    family("minigrid", "minigrid:MiniGrid-DoorKey-8x8-v0", "a task of MiniGrid, in Python"),
    family("openenv", "openenv:ws://127.0.0.1:8000", "a text environment of an OpenEnv server, through Python"),
    family("python", "python:my_module:make", "an environment that a function makes, in Python"),
    family(
      "python-vector", "python-vector:my_module:make", "a vectorised environment that a function makes, in Python"),
  ]

  private static func family(_ prefix: String, _ example: String, _ summary: String) -> EnvironmentFamily {
    EnvironmentFamily(prefix: prefix, example: example, summary: summary, ownFields: ServerOptions.fields) { name in
      EnvironmentEntry(
        name: name, summary: summary, ownFields: ServerOptions.fields, instanceBytes: instanceBytes,
        specification: { try specification($0) },
        make: { try ServedEnvironment($0, specification: specification($0)) },
        makeHosts: { try hosts($0, threads: $1) })
    }
  }

  /// Descriptions by task and place: a process asks once.
  private static let descriptions = Mutex<[[String]: EnvironmentSpecification]>([:])

  /// What a server says that it plays.
  private static func specification(_ options: EnvironmentOptions) throws -> EnvironmentSpecification {
    let servers = try ServerOptions(options)
    return try descriptions.withLock { known in
      if let specification = known[servers.descriptionKey] { return specification }
      do {
        let specification = try ServerLink(servers, address: servers.addresses.first).describe().specification
        known[servers.descriptionKey] = specification
        return specification
      } catch let problem as ServerProblem {
        throw EnvironmentError("the environment server \(problem)")
      }
    }
  }

  /// The servers of a worker: for each thread its own, one or more.
  private static func hosts(_ options: EnvironmentOptions, threads: Int) throws -> [[any EnvironmentHost]] {
    let servers = try ServerOptions(options)
    let specification = try specification(options)
    let count = max(threads, servers.servers, servers.addresses.count)
    let all = try (0..<count).map { index in
      let address = servers.addresses.isEmpty ? nil : servers.addresses[index % servers.addresses.count]
      return try ServerHost(servers, address: address, expected: specification)
    }
    return (0..<threads).map { thread in all.indices.filter { $0 % threads == thread }.map { all[$0] } }
  }
}
