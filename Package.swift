// swift-tools-version: 6.2
import PackageDescription

// Imports point one way only; docs/architecture.md draws the picture. Every system library has exactly one Swift
// importer, so that nobody else sees a C pointer.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let log = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "caid",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "caid", targets: ["CAIDaemon"]),
        .executable(name: "caid-simulator", targets: ["CAISimulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
        .target(name: "CLinux", cSettings: [.unsafeFlags(["-Wall", "-Werror"])]),

        .target(name: "CAISystem", dependencies: ["CLinux", "CCrypto", systemPackage], swiftSettings: strict),
        .target(name: "CAIYAML", dependencies: ["CYAML"], swiftSettings: strict),
        .target(
            name: "CAIJournal",
            dependencies: ["CAISystem", .product(name: "GRDB", package: "GRDB.swift")], swiftSettings: strict),
        .target(
            name: "CAIGPU",
            dependencies: [
                "CAISystem", "CCurl", "CSSH2", systemPackage, log,
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "CAISimulator",
            dependencies: [
                "CAISystem", systemPackage, .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "FlyingFox", package: "FlyingFox"), .product(name: "FlyingSocks", package: "FlyingFox"),
            ],
            swiftSettings: strict),
        .target(name: "CAIWorkflow", dependencies: ["CAISystem", "CAIYAML", systemPackage], swiftSettings: strict),
        .target(
            name: "CAIPipeline", dependencies: ["CAISystem", "CAIYAML", systemPackage], exclude: ["Resources"],
            swiftSettings: strict),
        .executableTarget(
            name: "CAIDaemon",
            dependencies: [
                "CAISystem", "CAIYAML", "CAIJournal", "CAIGPU", "CAIWorkflow", "CAIPipeline", systemPackage, log,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        // Bulk transfers from a shell, for `bench/transfer.sh`.
        .executableTarget(
            name: "caid-transfer-bench",
            dependencies: [
                "CAISystem", "CAIGPU", systemPackage,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "bench/TransferBench", swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["CAISystem", systemPackage], path: "Tests/TestSupport",
            swiftSettings: strict),
        .testTarget(
            name: "CAISystemTests", dependencies: ["CAISystem", "TestSupport", systemPackage], swiftSettings: strict),
        .testTarget(name: "CAIYAMLTests", dependencies: ["CAIYAML"], swiftSettings: strict),
        .testTarget(
            name: "CAIJournalTests",
            dependencies: [
                "CAIJournal", "CAISystem", "TestSupport", systemPackage, .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: strict),
        .testTarget(
            name: "CAIGPUTests",
            dependencies: ["CAIGPU", "CAISimulator", "CAISystem", "TestSupport", systemPackage, log],
            swiftSettings: strict),
        .testTarget(
            name: "SimulatorTests", dependencies: ["CAISimulator", "CAISystem", "TestSupport", systemPackage],
            swiftSettings: strict),
        .testTarget(
            name: "CAIWorkflowTests",
            dependencies: ["CAIWorkflow", "CAISystem", "CAIYAML", "TestSupport", systemPackage],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "CAIPipelineTests", dependencies: ["CAIPipeline", "CAISystem", "CAIYAML", systemPackage],
            swiftSettings: strict),
        .testTarget(
            name: "CAIDaemonTests",
            dependencies: [
                "CAIDaemon", "CAIGPU", "CAIJournal", "CAIWorkflow", "CAIPipeline", "CAIYAML", "CAISystem",
                "TestSupport", "CAISimulator", log,
                systemPackage,
            ], swiftSettings: strict),
        .testTarget(
            name: "ConformanceTests",
            dependencies: ["CAIDaemon", "CAIGPU", "CAISimulator", "CAISystem", "TestSupport", systemPackage, log],
            swiftSettings: strict),
        // Drives the executable itself; the dependency only makes sure that it is built.
        .testTarget(name: "EndToEndTests", dependencies: ["CAIDaemon"], swiftSettings: strict),
        .testTarget(name: "CrashTests", dependencies: ["CAIDaemon"], swiftSettings: strict),
    ]
)
