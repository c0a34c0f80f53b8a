import ArgumentParser
import Foundation
import Launcher
import Tensor

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Say what is missing, slow or wrong on this machine, and what to do about it.",
    discussion: "Starts and changes nothing. Exit status 1: something is wrong, so that runs fail.")

  @Flag(help: "Print the findings as JSON.")
  var json = false

  func run() throws {
    try reportingFailure {
      var facts = MachineFacts(Installation())
      facts.buildVectors = Self.buildVectors
      facts.blasKernels = BLAS.kernelName
      let doctor = Doctor(facts)
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(doctor.findings), as: UTF8.self))
      } else {
        print(doctor.text)
      }
      if doctor.isSick { throw ExitCode(1) }
    }
  }

  private static var buildVectors: MachineFacts.Vectors? {
    #if !arch(x86_64)
      nil
    #elseif VECTOR_AVX512
      .avx512
    #elseif VECTOR_AVX2
      .avx2
    #else
      .portable
    #endif
  }
}
