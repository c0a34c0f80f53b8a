import Foundation
import Testing

@testable import IntrinsicReward

struct CaptionBeliefTests {
  private static let ignorance = Float(log(2.0))

  @Test func oneHeadIsAsUncertainAsItsCoin() {
    let coin = CaptionBelief(margins: [0])
    #expect(coin.mean == 0.5 && coin.deviation == 0.5 && abs(coin.information - Self.ignorance) < 1e-6)
    let sure = CaptionBelief(margins: [8])
    #expect(sure.information < 0.01 && sure.deviation < 0.02)
  }

  @Test func headsThatAgreeTeachNothing() {
    // All heads take it for a coin: the label is noise, and asking for it is no use.
    #expect(CaptionBelief(margins: [0, 0, 0]).information < 1e-6)
    let divided = CaptionBelief(margins: [9, -9])
    #expect(divided.information > 0.68 && abs(divided.mean - 0.5) < 1e-6 && divided.deviation > 0.49)
    #expect(CaptionBelief(margins: [9, 9, -9]).information < divided.information)
  }

  @Test func optimismPrefersWhatMayPay() {
    let (low, high) = (CaptionBelief(margins: [-2]), CaptionBelief(margins: [2]))
    #expect(abs(low.uncertainty(optimism: 0) - high.uncertainty(optimism: 0)) < 1e-6)
    #expect(low.uncertainty(optimism: 1) < high.uncertainty(optimism: 1))
    for kappa in [0, 0.5, 1, 4] as [Float] {
      #expect(abs(CaptionBelief(margins: [0]).uncertainty(optimism: kappa) - Self.ignorance) < 1e-6)
    }
  }
}
