import Foundation

/// The path of this program, which experiments start again for their runs.
let ownProgram = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "tengu"
