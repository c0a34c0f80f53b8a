import Testing

@testable import Tensor

@Suite struct BLASKernelsTests {
  @Test func kernelsWithoutAVXGiveWayToTheBestThatTheProcessorHas() {
    #expect(BLASKernels.better(than: "Prescott", hasAVX2: true, hasAVX512: true) == "SkylakeX")
    #expect(BLASKernels.better(than: "Prescott", hasAVX2: true, hasAVX512: false) == "Haswell")
    #expect(BLASKernels.better(than: "Nehalem", hasAVX2: true, hasAVX512: false) == "Haswell")
    #expect(BLASKernels.better(than: "PRESCOTT", hasAVX2: true, hasAVX512: false) == "Haswell")
    #expect(BLASKernels.better(than: "Prescott", hasAVX2: false, hasAVX512: false) == nil)
  }

  @Test(arguments: ["Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids", "neoversen1", "unknown"])
  func kernelsOfThisCenturyStay(name: String) {
    #expect(BLASKernels.better(than: name, hasAVX2: true, hasAVX512: true) == nil)
  }
}
