// swift-tools-version: 6.2
import PackageDescription

// How wide the vectors of the numeric kernels are: TENGU_VECTOR = avx512 | avx2 | portable, where scripts/lib/common.sh
// chooses avx512 on processors that have it. Without the variable the traits of the package decide, which a package that
// depends on this one names. On arm64 NEON is the baseline and neither changes anything.
// The flags reach Swift code through the clang importer; the defines are what `Lanes` follows. Every Swift target is
// built with the same ones, because cross-module inlining moves kernels into their callers.
func vectorSettings() -> [SwiftSetting] {
  #if arch(x86_64)
    let avx2 = ["-Xcc", "-march=x86-64-v3"]
    // Named one by one: with -march=x86-64-v4 the compiler would cut vectors of 512 bits in two.
    let avx512 = avx2 + ["f", "vl", "bw", "dq", "cd"].flatMap { ["-Xcc", "-mavx512\($0)"] }
    let (narrow, wide) = (avx2 + ["-DVECTOR_AVX2"], avx512 + ["-DVECTOR_AVX512"])
    switch Context.environment["TENGU_VECTOR"] {
    case "avx512": return [.unsafeFlags(wide)]
    case "avx2": return [.unsafeFlags(narrow)]
    case "portable": return []
    case nil:
      return [.unsafeFlags(narrow, .when(traits: ["AVX2"])), .unsafeFlags(wide, .when(traits: ["AVX512"]))]
    case let other?: fatalError("TENGU_VECTOR is avx512, avx2 or portable, not \(other)")
    }
  #else
    return []
  #endif
}
let vectorised: [SwiftSetting] = vectorSettings() + [.unsafeFlags(["-Xcc", "-fno-math-errno"])]
// Kernels without optimisation are 20 to 1500 times slower, so targets with inner loops keep -O in debug builds; as whole
// modules, because a generic kernel is only made for its shapes where the compiler sees who calls it. More than one
// thread makes the compiler write an object file for each source, which the build expects.
let optimised = ["-O", "-whole-module-optimization", "-num-threads", "2", "-disable-batch-mode"]
// TENGU_DRAFT=1 leaves them unoptimised: such a build only shows whether the code compiles, in a fraction of the time.
let isDraft = Context.environment["TENGU_DRAFT"] != nil
let hot: [SwiftSetting] =
  vectorised + (isDraft ? [] : [.unsafeFlags(optimised, .when(configuration: .debug))])
// Modules that wait for people and files compile in less than half the time without optimisation, and nobody notices.
let cold: [SwiftSetting] = vectorised + [.unsafeFlags(["-Onone"], .when(configuration: .release))]
let fastC: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno"])]

let package = Package(
  name: "tengu",
  products: [
    .executable(name: "tengu", targets: ["tengu"]),
    .executable(name: "tengu-bench", targets: ["TenguBench"]),
    // What other packages build on; docs/library.md has their surface.
    .library(name: "TenguEnvironments", targets: ["TenguEnvironments"]),
    .library(name: "TenguLearning", targets: ["TenguLearning"]),
  ],
  traits: [
    .trait(name: "AVX2", description: "Kernels for x86-64 processors with AVX2 and FMA"),
    .trait(name: "AVX512", description: "Kernels for x86-64 processors with AVX-512"),
    .default(enabledTraits: ["AVX2"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // System libraries and C.
    .systemLibrary(name: "CZeroMQ"),
    .systemLibrary(name: "COpenBLAS"),
    .systemLibrary(name: "CProtobufC"),
    .systemLibrary(name: "CSodium"),
    .systemLibrary(name: "CZstd"),
    .systemLibrary(name: "CZlib"),
    .systemLibrary(name: "CCurl"),
    .target(name: "CPlatform", cSettings: fastC),
    .target(
      name: "CWire", dependencies: ["CProtobufC"], cSettings: fastC,
      linkerSettings: [.linkedLibrary("protobuf-c")]),
    .target(name: "CNetHack", cSettings: fastC),
    .target(name: "CFiles"),
    .target(name: "CMPI", cSettings: fastC),
    .target(name: "CIntegerProduct", cSettings: fastC),

    // The ground: what every module may use.
    .target(name: "Runtime", dependencies: ["CFiles", "CPlatform", "CSodium"], swiftSettings: hot),
    .target(name: "Statistics", dependencies: ["Runtime"], swiftSettings: hot),
    .target(name: "Ranks", dependencies: ["CMPI"], swiftSettings: vectorised),
    .target(name: "Tensor", dependencies: ["COpenBLAS", "CPlatform"], swiftSettings: hot),
    .target(name: "NeuralNetwork", dependencies: ["Runtime", "Tensor"], swiftSettings: hot),

    // Policies that write text: the transformer, and what is sampled from it and learned by it.
    .target(
      name: "TextPolicy", dependencies: ["Runtime", "Tensor", "NeuralNetwork"], swiftSettings: hot),

    .target(name: "TextTasks", dependencies: ["Runtime"], swiftSettings: vectorised),
    .target(
      name: "TextTraining",
      dependencies: ["Checkpoints", "Runtime", "Statistics", "Tensor", "TextPolicy", "TextTasks"],
      swiftSettings: hot),

    // What a step carries: the layout of observations, the flags, the unroll.
    .target(name: "Trajectories", dependencies: ["Tensor"], swiftSettings: hot),

    // What is played, and how it travels.
    .target(
      name: "Environments", dependencies: ["Trajectories", "Runtime", "Tensor", "CPlatform"], swiftSettings: hot),
    // Does an environment keep the rules, and how fast is it?
    .target(
      name: "EnvironmentChecks", dependencies: ["Trajectories", "Runtime", "Tensor", "Environments"], swiftSettings: hot
    ),
    .target(
      name: "NetHack", dependencies: ["Trajectories", "Runtime", "Tensor", "Environments", "CNetHack", "CPlatform"],
      swiftSettings: hot),
    .target(
      name: "Transport", dependencies: ["Runtime", "CZeroMQ", "CPlatform"], swiftSettings: vectorised),
    .target(
      name: "EnvironmentServers",
      dependencies: ["Trajectories", "Runtime", "Tensor", "Environments", "Transport", "CWire", "CProtobufC"],
      swiftSettings: vectorised),
    .target(
      name: "Wire",
      dependencies: ["Trajectories", "Runtime", "Tensor", "CWire", "CProtobufC", "CZstd", "Transport", "Captions"],
      swiftSettings: vectorised),

    // What is learned.
    .target(
      name: "ActorCritic",
      dependencies: ["Trajectories", "Runtime", "Statistics", "Ranks", "Tensor", "NeuralNetwork"],
      swiftSettings: hot),
    // Which tasks the next episodes play.
    .target(name: "Scheduling", dependencies: ["Runtime"], swiftSettings: hot),
    .target(name: "RewardPrograms", dependencies: ["Trajectories", "Runtime", "Tensor"], swiftSettings: hot),
    .target(
      name: "IntrinsicReward",
      dependencies: [
        "Trajectories", "Runtime", "Statistics", "Tensor", "NeuralNetwork", "Captions", "RewardPrograms",
      ],
      swiftSettings: hot),

    // Labels of captions: which captions are asked about, by whom they are judged, and where the labels are kept.
    .target(name: "Captions", dependencies: ["Runtime", "CPlatform"], swiftSettings: vectorised),
    .target(
      name: "LabelStore",
      dependencies: ["Runtime", "Statistics", "Captions", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: vectorised),
    .target(
      name: "Judging", dependencies: ["Runtime", "Statistics", "Captions"],
      exclude: ["Prompts/Files"], swiftSettings: vectorised),
    .target(name: "GameRules", dependencies: ["Runtime", "Captions"], swiftSettings: vectorised),
    .target(
      name: "CaptionPolicies",
      dependencies: ["Runtime", "Statistics", "Tensor", "Captions", "TextPolicy", "TextTasks", "TextTraining"],
      swiftSettings: vectorised),
    .target(
      name: "LanguageModelClient",
      dependencies: ["Runtime", "Statistics", "Captions", "Judging", "Tensor", "CCurl", "CPlatform"],
      swiftSettings: vectorised),

    .target(
      name: "LocalModel", dependencies: ["Runtime", "Captions", "Judging", "Tensor", "CIntegerProduct"],
      swiftSettings: hot),

    // What is kept and shown.
    .target(name: "Checkpoints", dependencies: ["Runtime"], swiftSettings: vectorised),
    .target(name: "Telemetry", dependencies: ["Runtime", "CCurl"], swiftSettings: vectorised),
    .target(
      name: "Configuration", dependencies: ["Runtime"], swiftSettings: cold),
    // From a configuration to the parts of a run: the only module that knows both.
    .target(
      name: "Assembly",
      dependencies: [
        "GameRules", "Captions", "Wire", "Trajectories", "Runtime", "ActorCritic", "Configuration", "Environments",
        "EnvironmentServers", "IntrinsicReward", "RewardPrograms", "NetHack",
        "NeuralNetwork", "Judging", "LanguageModelClient", "CaptionPolicies", "Scheduling", "TextPolicy", "TextTasks",
        "TextTraining",
      ],
      swiftSettings: vectorised),

    // Rewards written as programs, by people and by language models.
    .target(
      name: "RewardDesign",
      dependencies: [
        "ActorCritic", "IntrinsicReward", "NeuralNetwork", "Tensor",
        "Assembly", "RewardPrograms", "Judging", "Captions", "Environments", "Trajectories", "Runtime",
      ], swiftSettings: cold),

    // Tree search in worlds that can be copied.
    .target(
      name: "Search", dependencies: ["Environments", "Statistics", "Trajectories", "Tensor", "Runtime"],
      swiftSettings: vectorised),

    // Measurements of published claims that need no run.
    .target(
      name: "Studies",
      dependencies: [
        "Captions", "Environments", "IntrinsicReward", "NeuralNetwork", "RewardPrograms", "Runtime", "Scheduling",
        "Search", "Statistics", "Tensor", "TextPolicy", "TextTasks", "Trajectories",
      ],
      swiftSettings: hot),

    // The roles. A learner and a relay have sessions of peers. What uses a run plan names the modules of the values inside
    // it too: SwiftPM compiles a target again only for changes of modules that the target names.
    .target(
      name: "Sessions",
      dependencies: [
        "Trajectories", "Runtime", "Tensor", "Captions", "Configuration", "Telemetry", "Transport", "Wire",
      ], swiftSettings: hot),
    .target(
      name: "Learner",
      dependencies: [
        "Sessions", "Trajectories", "Assembly", "Runtime", "Statistics", "Ranks", "ActorCritic", "IntrinsicReward",
        "Checkpoints",
        "Telemetry", "Configuration", "Transport", "Wire", "Environments", "Tensor", "NeuralNetwork", "CPlatform",
        "Captions", "LabelStore", "Judging", "Scheduling", "TextPolicy", "TextTasks", "TextTraining",
      ], swiftSettings: hot),
    .target(
      name: "Worker",
      dependencies: [
        "Trajectories", "Assembly", "Runtime", "ActorCritic", "Telemetry", "Configuration", "Transport", "Wire",
        "Environments", "Tensor", "NeuralNetwork", "CPlatform", "Captions", "Scheduling", "TextPolicy", "TextTasks",
        "TextTraining",
      ], swiftSettings: hot),
    .target(
      name: "Relay",
      dependencies: [
        "ActorCritic", "IntrinsicReward", "Judging", "NeuralNetwork", "Tensor",
        "Sessions", "Assembly", "Runtime", "Captions", "Configuration", "Environments", "Telemetry", "Trajectories",
        "Transport", "Wire",
      ], swiftSettings: vectorised),
    .target(
      name: "Annotator",
      dependencies: [
        "ActorCritic", "IntrinsicReward", "NeuralNetwork", "Tensor", "Trajectories",
        "Assembly", "Runtime", "LanguageModelClient", "LocalModel", "Environments", "Telemetry", "Configuration",
        "Transport", "Wire", "Captions", "Judging", "GameRules", "LabelStore",
      ],
      swiftSettings: vectorised),
    .target(
      name: "Serial",
      dependencies: [
        "ActorCritic", "Environments", "IntrinsicReward", "Judging", "NeuralNetwork", "Tensor", "Trajectories",
        "Assembly", "Runtime", "Learner", "Worker", "Annotator", "Configuration", "Transport", "Wire",
      ],
      swiftSettings: vectorised),
    // The processes of a run on this machine: started, watched, restarted and ended.
    .target(
      name: "Launcher",
      dependencies: [
        "ActorCritic", "Environments", "IntrinsicReward", "NeuralNetwork", "Tensor", "Trajectories",
        "CPlatform", "Runtime", "Assembly", "Configuration", "Judging", "LanguageModelClient", "Transport",
      ],
      swiftSettings: cold),
    // Episodes, recorded and shown again.
    .target(
      name: "Replays", dependencies: ["Trajectories", "Environments", "Runtime", "CZlib"], swiftSettings: vectorised),
    // What is made of runs: statistics, evaluations, experiments.
    .target(
      name: "Evaluation",
      dependencies: [
        "Trajectories", "Assembly", "Runtime", "Statistics", "ActorCritic", "Checkpoints", "Configuration",
        "Environments",
        "IntrinsicReward", "NeuralNetwork", "Replays", "Tensor", "TextPolicy", "TextTasks", "TextTraining",
      ], swiftSettings: hot),
    .target(
      name: "Experiments",
      dependencies: [
        "ActorCritic", "Environments", "IntrinsicReward", "Judging", "NeuralNetwork", "Tensor", "Trajectories",
        "Assembly", "Runtime", "Statistics", "Evaluation", "Configuration", "Telemetry", "Transport",
      ],
      swiftSettings: cold),
    // A web page of runs.
    .target(
      name: "Dashboard",
      dependencies: [
        "ActorCritic", "IntrinsicReward", "Judging", "NeuralNetwork", "Tensor", "Trajectories",
        "Assembly", "Captions", "Runtime", "Telemetry", "Configuration", "Environments", "LabelStore", "Learner",
        "Replays",
      ],
      exclude: ["Page"], swiftSettings: cold),
    // Policies in the formats of other programs.
    .target(
      name: "Export",
      dependencies: [
        "Trajectories", "Assembly", "Runtime", "ActorCritic", "Checkpoints", "Environments", "Evaluation",
        "NeuralNetwork", "Telemetry", "Tensor", "TextPolicy", "TextTasks", "TextTraining",
      ], swiftSettings: cold),
    // A language-model server without a model, for tests and benchmarks.
    .target(name: "FakeLanguageModel", dependencies: ["CPlatform"], swiftSettings: vectorised),
    // Measuring code, for `tengu-bench` alone.
    .target(
      name: "Benchmarks",
      dependencies: [
        "Trajectories", "Assembly", "Runtime", "Ranks", "ActorCritic", "LanguageModelClient", "FakeLanguageModel",
        "IntrinsicReward", "NetHack", "NeuralNetwork", "Tensor", "Environments", "EnvironmentChecks", "Configuration",
        "Telemetry",
        "Transport",
        "Wire", "Worker", "CPlatform", "Captions", "Judging", "Statistics",
        "GameRules", "Studies", "TextPolicy",
      ], swiftSettings: hot),
    // The command line, with which every program is built that trains.
    .target(
      name: "Commands",
      dependencies: [
        "IntrinsicReward", "NeuralNetwork", "Trajectories",
        "Launcher", "ActorCritic", "EnvironmentChecks", "RewardDesign", "RewardPrograms",
        "Search", "Studies",
        "Assembly", "NetHack", "Runtime", "Statistics", "Ranks", "Learner", "Worker", "Relay", "Annotator",
        "LanguageModelClient",
        "Serial", "Configuration", "Environments", "Telemetry", "Tensor", "Transport", "Wire", "Replays",
        "Evaluation", "Experiments", "Export", "Dashboard", "CPlatform", "Captions", "LabelStore", "Judging",
        "GameRules", "LocalModel", "TextPolicy", "TextTasks", "TextTraining", "CaptionPolicies",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: cold),
    .executableTarget(name: "tengu", dependencies: ["Commands"], swiftSettings: vectorised),
    // The surface for other packages: names of the modules above, and nothing else.
    .target(
      name: "TenguEnvironments",
      dependencies: ["Environments", "EnvironmentChecks", "Runtime", "Tensor", "Trajectories"],
      swiftSettings: vectorised),
    .target(
      name: "TenguLearning", dependencies: ["ActorCritic", "Commands", "TenguEnvironments"], swiftSettings: vectorised),
    .executableTarget(
      name: "TenguBench",
      dependencies: [
        "Assembly", "Runtime", "Ranks", "Benchmarks", "Configuration", "Environments", "Transport", "CPlatform",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: vectorised),

    // Tests.
    .testTarget(name: "RuntimeTests", dependencies: ["Runtime", "TestSupport"], swiftSettings: hot),
    .testTarget(
      name: "RewardProgramsTests", dependencies: ["RewardPrograms", "Trajectories", "Tensor", "Runtime"],
      swiftSettings: hot),
    .testTarget(
      name: "RewardDesignTests",
      dependencies: ["RewardDesign", "RewardPrograms", "Assembly", "Configuration", "Judging"], swiftSettings: hot),
    .testTarget(name: "SchedulingTests", dependencies: ["Scheduling", "Runtime"], swiftSettings: hot),
    .testTarget(
      name: "SearchTests", dependencies: ["Search", "Environments", "Statistics", "Runtime"], swiftSettings: hot),
    .testTarget(
      name: "StudiesTests",
      dependencies: [
        "Studies", "Captions", "Environments", "IntrinsicReward", "Runtime", "Scheduling", "Statistics", "Search",
      ],
      swiftSettings: hot),
    .testTarget(name: "RanksTests", dependencies: ["Ranks"], swiftSettings: vectorised),
    .testTarget(name: "StatisticsTests", dependencies: ["Statistics", "Runtime"], swiftSettings: vectorised),
    .target(
      name: "TestSupport", dependencies: ["Trajectories", "Runtime", "Tensor", "Environments"],
      path: "Tests/TestSupport",
      swiftSettings: hot),
    .testTarget(name: "TensorTests", dependencies: ["Runtime", "Tensor", "TestSupport"], swiftSettings: hot),
    .testTarget(
      name: "TrajectoriesTests", dependencies: ["Trajectories", "Tensor"], swiftSettings: hot),
    .testTarget(
      name: "NeuralNetworkTests", dependencies: ["Runtime", "NeuralNetwork", "TestSupport"], swiftSettings: hot),
    .testTarget(
      name: "TextPolicyTests", dependencies: ["Runtime", "Tensor", "NeuralNetwork", "TextPolicy", "TestSupport"],
      resources: [.copy("Golden")], swiftSettings: hot),
    .testTarget(
      name: "TextTrainingTests",
      dependencies: ["Checkpoints", "Tensor", "TestSupport", "TextPolicy", "TextTasks", "TextTraining"],
      swiftSettings: hot),
    .testTarget(name: "TextTasksTests", dependencies: ["Runtime", "TextTasks"], swiftSettings: vectorised),
    .testTarget(
      name: "CaptionPoliciesTests",
      dependencies: ["CaptionPolicies", "Captions", "TestSupport", "TextPolicy", "TextTasks"],
      swiftSettings: vectorised),
    .testTarget(
      name: "EnvironmentsTests",
      dependencies: ["Trajectories", "Runtime", "Environments", "EnvironmentChecks", "TestSupport"],
      swiftSettings: hot),
    .testTarget(
      name: "NetHackTests",
      dependencies: [
        "Trajectories", "Runtime", "Environments", "EnvironmentChecks", "NetHack", "CNetHack", "TestSupport",
      ],
      exclude: ["Golden"], swiftSettings: hot),
    .testTarget(
      name: "EnvironmentServersTests",
      dependencies: ["Trajectories", "Runtime", "Tensor", "Environments", "EnvironmentServers", "Transport", "CWire"],
      swiftSettings: vectorised),
    .testTarget(
      name: "TransportTests", dependencies: ["Runtime", "Transport", "TestSupport"], swiftSettings: vectorised),
    .testTarget(
      name: "WireTests", dependencies: ["Trajectories", "Runtime", "Wire", "Transport", "Tensor", "Captions"],
      swiftSettings: vectorised),
    .testTarget(
      name: "ActorCriticTests",
      dependencies: ["Trajectories", "NetHack", "Statistics", "Runtime", "Ranks", "ActorCritic", "TestSupport"],
      resources: [.copy("Golden")],
      swiftSettings: hot),
    .testTarget(
      name: "IntrinsicRewardTests",
      dependencies: ["Trajectories", "Statistics", "Runtime", "IntrinsicReward", "TestSupport", "Captions"],
      resources: [.copy("Golden")],
      swiftSettings: hot),
    .testTarget(name: "CaptionsTests", dependencies: ["Runtime", "Captions"], swiftSettings: vectorised),
    .testTarget(
      name: "LabelStoreTests", dependencies: ["Runtime", "LabelStore", "Captions", "TestSupport"],
      swiftSettings: vectorised),
    .testTarget(
      name: "JudgingTests", dependencies: ["Runtime", "Statistics", "Judging", "Captions", "GameRules", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: vectorised),
    .testTarget(
      name: "GameRulesTests", dependencies: ["Runtime", "GameRules", "Captions"], swiftSettings: vectorised),
    .testTarget(
      name: "LanguageModelClientTests",
      dependencies: [
        "Runtime", "LanguageModelClient", "FakeLanguageModel", "TestSupport", "Judging", "Captions",
      ],
      swiftSettings: vectorised),
    .testTarget(
      name: "LocalModelTests",
      dependencies: ["Runtime", "Statistics", "LocalModel", "Judging", "Captions", "Tensor", "TestSupport"],
      resources: [.copy("Golden")], swiftSettings: hot),
    .testTarget(name: "ReplaysTests", dependencies: ["Replays", "CZlib", "TestSupport"], swiftSettings: vectorised),
    .testTarget(
      name: "CheckpointsTests", dependencies: ["Runtime", "Checkpoints", "TestSupport"], swiftSettings: vectorised),
    .testTarget(
      name: "TelemetryTests", dependencies: ["Runtime", "Telemetry", "TestSupport"], swiftSettings: vectorised),
    .testTarget(
      name: "ConfigurationTests", dependencies: ["Runtime", "Configuration", "TestSupport"], swiftSettings: vectorised),
    .testTarget(
      name: "AssemblyTests",
      dependencies: [
        "Trajectories", "Runtime", "Assembly", "Configuration", "IntrinsicReward", "RewardPrograms", "TestSupport",
        "TextTasks",
      ],
      swiftSettings: vectorised),
    .testTarget(
      name: "SessionsTests", dependencies: ["Sessions", "Runtime", "Configuration", "Transport", "Wire"],
      swiftSettings: vectorised),
    .testTarget(
      name: "LearnerTests",
      dependencies: [
        "Sessions",
        "Trajectories", "Assembly", "Runtime", "Ranks", "Learner", "Worker", "TestSupport", "Captions", "LabelStore",
        "Scheduling", "TextPolicy", "TextTasks", "TextTraining",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: hot),
    .testTarget(
      name: "RelayTests",
      dependencies: ["Relay", "Sessions", "Assembly", "Captions", "Runtime", "Trajectories", "Transport", "Wire"],
      swiftSettings: hot),
    .testTarget(
      name: "WorkerTests",
      dependencies: [
        "Trajectories", "Assembly", "Runtime", "Scheduling", "Worker", "TestSupport", "TextPolicy", "TextTasks",
        "TextTraining",
      ],
      swiftSettings: hot),
    .testTarget(
      name: "AnnotatorTests",
      dependencies: [
        "Assembly", "Runtime", "Annotator", "Learner", "TestSupport", "Captions", "Judging", "GameRules", "LabelStore",
      ],
      swiftSettings: vectorised),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "Assembly", "Statistics", "Runtime", "Evaluation", "Replays", "Serial", "Learner", "TestSupport",
        "TextTraining",
      ],
      swiftSettings: hot),
    .testTarget(
      name: "DashboardTests",
      dependencies: ["Dashboard", "Captions", "Configuration", "LabelStore", "Runtime", "Telemetry", "TestSupport"],
      swiftSettings: vectorised),
    .testTarget(
      name: "ExportTests",
      dependencies: [
        "Export", "Runtime", "ActorCritic", "NeuralNetwork", "Trajectories", "Tensor", "TestSupport", "Checkpoints",
        "Configuration", "Learner", "Serial", "TextPolicy",
      ],
      swiftSettings: vectorised),
    .testTarget(
      name: "LauncherTests",
      dependencies: ["Launcher", "Configuration", "Runtime", "LanguageModelClient", "TestSupport"],
      swiftSettings: vectorised),
    .testTarget(
      name: "ExperimentsTests", dependencies: ["Runtime", "Telemetry", "Experiments", "TestSupport"],
      swiftSettings: vectorised),
    .testTarget(
      name: "BenchmarksTests",
      dependencies: [
        "Trajectories", "Assembly", "Runtime", "Benchmarks", "Configuration", "Environments", "EnvironmentChecks",
        "Wire",
        "Captions", "Judging", "Statistics", "TestSupport",
      ],
      swiftSettings: hot),
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "Trajectories", "Assembly", "Runtime", "Serial", "Learner", "Worker", "Relay", "Annotator", "TestSupport",
        "LabelStore", "Checkpoints",
        "Captions",
      ],
      swiftSettings: hot),
  ],
  swiftLanguageModes: [.v6]
)

// TENGU_TARGETS="TensorTests NeuralNetworkTests" reduces the package to these targets and their dependencies, because
// SwiftPM builds all test targets to run one of them.
if let names = Context.environment["TENGU_TARGETS"] {
  let targets = Dictionary(uniqueKeysWithValues: package.targets.map { ($0.name, $0) })
  var kept: Set<String> = []
  var waiting = names.split(separator: " ").map(String.init)
  while let name = waiting.popLast() {
    guard let target = targets[name] else { fatalError("TENGU_TARGETS: there is no target \(name)") }
    guard kept.insert(name).inserted else { continue }
    for case .byNameItem(let dependency, _) in target.dependencies where targets[dependency] != nil {
      waiting.append(dependency)
    }
  }
  package.targets.removeAll { !kept.contains($0.name) }
  package.products.removeAll()
}
