import Foundation
import Runtime
import Testing

@Suite struct MailboxTests {
  @Test func itemsLeaveInOrderOfArrivalAndOnce() {
    let mailbox = Mailbox<Int>(capacity: nil)
    #expect(mailbox.takeAll().isEmpty)
    for item in 0..<5 { #expect(mailbox.put(item)) }
    #expect(mailbox.takeAll() == [0, 1, 2, 3, 4])
    #expect(mailbox.takeAll().isEmpty)
  }

  @Test func aFullMailboxRefusesItemsUntilItIsEmptied() {
    let mailbox = Mailbox<Int>(capacity: 2)
    #expect(mailbox.put(1) && mailbox.put(2))
    #expect(!mailbox.put(3))
    #expect(mailbox.takeAll() == [1, 2])
    #expect(mailbox.put(4))
    #expect(mailbox.takeAll() == [4])
  }

  @Test func noItemIsLostBetweenThreads() {
    let mailbox = Mailbox<Int>(capacity: nil)
    let (threads, items) = (4, 10_000)
    for thread in 0..<threads {
      Thread.detachNewThread { for item in 0..<items { mailbox.put(thread * items + item) } }
    }
    var taken: [Int] = []
    while taken.count < threads * items { taken += mailbox.takeAll() }
    #expect(Set(taken).count == threads * items)
    for thread in 0..<threads {
      let own = taken.filter { $0 / items == thread }
      #expect(own == own.sorted())
    }
  }

  @Test func aSharedValueIsChangedByOneThreadAtATime() async {
    let sum = SharedValue(0)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { for _ in 0..<1000 { sum.update { $0 += 1 } } } }
    }
    #expect(sum.current == 8000)
    #expect(sum.exchange(3) == 8000)
    #expect(sum.current == 3)
  }
}
