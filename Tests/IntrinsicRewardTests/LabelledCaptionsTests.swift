import Captions
import IntrinsicReward
import Testing

@testable import IntrinsicReward

@Suite struct LabelledCaptionsTests {
  private func captions(_ count: Int) -> [NewCaption] {
    (0..<count).map { NewCaption(id: UInt32($0 + 1), bytes: Array("caption \($0)".utf8)) }
  }

  private func learn(_ update: RewardUpdate, _ store: inout LabelledCaptions) -> Bool { store.learn(update) }

  @Test func textsAndLabelsComeBack() {
    var store = LabelledCaptions()
    #expect(!learn(RewardUpdate(captions: captions(5)), &store))
    #expect(store.count == 5 && Array(store.text(3)) == Array("caption 2".utf8))
    let labels = [CaptionLabel(caption: 3, value: 2), CaptionLabel(caption: 1, value: 0.25)]
    #expect(learn(RewardUpdate(labels: labels), &store))
    #expect(store.label(3) == 1 && store.label(1) == 0.25 && store.label(2) == nil && store.label(9) == nil)
    #expect(store.training == [3, 1])
    // A later label replaces an earlier one; an equal label is not new.
    #expect(!learn(RewardUpdate(labels: [CaptionLabel(caption: 3, value: 1)]), &store))
    #expect(learn(RewardUpdate(labels: [CaptionLabel(caption: 3, value: 0)]), &store))
    #expect(store.label(3) == 0 && store.training == [3, 1])
  }

  @Test func whatCannotBeUsedIsRefusedAndCounted() {
    var store = LabelledCaptions()
    var update = RewardUpdate(captions: captions(2) + captions(1), labels: [CaptionLabel(caption: 1, value: .infinity)])
    update.labels += [CaptionLabel(caption: 0, value: 1), CaptionLabel(caption: 3, value: 1)]
    update.preferences = [
      CaptionPreference(first: 1, second: 9, target: 1), CaptionPreference(first: 1, second: 2, target: .nan),
    ]
    #expect(!learn(update, &store))
    #expect(store.refusedCount == 6 && store.count == 2 && store.labelledCount == 0 && store.preferences.isEmpty)
  }

  @Test func nanTakesALabelBack() {
    var store = LabelledCaptions()
    let labels = (1...3).map { CaptionLabel(caption: $0, value: 1) }
    #expect(learn(RewardUpdate(captions: captions(3), labels: labels), &store))
    let back = [CaptionLabel(caption: 2, value: .nan)]
    #expect(learn(RewardUpdate(labels: back), &store))
    #expect(store.label(2) == nil && store.training == [1, 3] && store.refusedCount == 0)
    #expect(!learn(RewardUpdate(labels: back), &store))
    #expect(learn(RewardUpdate(labels: [CaptionLabel(caption: 2, value: 0)]), &store))
    #expect(store.training == [1, 3, 2] && store.label(2) == 0)
  }

  @Test func aTenthIsHeldOutByTheTextAlone() {
    let all = captions(4000)
    func store(_ order: [NewCaption]) -> LabelledCaptions {
      var store = LabelledCaptions()
      _ = store.learn(RewardUpdate(captions: all, labels: order.map { CaptionLabel(caption: $0.id, value: 1) }))
      return store
    }
    let first = store(all)
    #expect(first.labelledCount == 4000)
    #expect((300...450).contains(first.heldOut.count))
    #expect(Set(first.heldOut).isDisjoint(with: first.training))
    #expect(first.training.prefix(LabelledCaptions.trainedFirst) == ArraySlice((1...256).map { UInt32($0) }))
    let (late, early) = (first.heldOut.filter { $0 > 2000 }, store(all.reversed()).heldOut.filter { $0 < 3000 })
    #expect(Set(early).intersection(2001..<3000) == Set(late).intersection(2001..<3000))
  }

  @Test func updatesAddUp() {
    var update = RewardUpdate()
    update.append(RewardUpdate(captions: captions(1), isEarlier: true))
    #expect(update.isEarlier)
    update.append(RewardUpdate(labels: [CaptionLabel(caption: 1, value: 1)]))
    #expect(!update.isEarlier && update.captions.count == 1 && update.labels.count == 1)
    update.append(RewardUpdate(labels: [CaptionLabel(caption: 1, value: 0)], isEarlier: true))
    #expect(!update.isEarlier && update.labels.map(\.value) == [1, 0])
  }
}
