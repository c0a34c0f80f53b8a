// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "garden",
  dependencies: [
    // In a package of your own: .package(url: "https://github.com/OWNER/tengu", from: "0.1.0")
    .package(name: "tengu", path: "../..")
  ],
  targets: [
    // The world and its network; nothing that trains.
    .target(
      name: "GardenWorld",
      dependencies: [
        .product(name: "TenguEnvironments", package: "tengu"), .product(name: "TenguLearning", package: "tengu"),
      ]),
    .executableTarget(
      name: "train-garden", dependencies: ["GardenWorld", .product(name: "TenguLearning", package: "tengu")]),
    .testTarget(
      name: "GardenWorldTests", dependencies: ["GardenWorld", .product(name: "TenguEnvironments", package: "tengu")]),
  ],
  swiftLanguageModes: [.v6]
)
