import Dispatch
import Glibc
import Testing

@testable import Runtime

/// These act on the whole test process and leave it as it was.
@Suite(.serialized) struct ProcessSignalsTests {
  /// The test runner has many threads that block nothing. Without a handler that forwards the signal, it would end one of
  /// these threads, and the process with it.
  @Test(arguments: [(SIGUSR1, "SIGUSR1"), (SIGHUP, "SIGHUP")])
  func aSignalThatAnotherThreadTakesReachesTheDescriptor(number: Int32, expected: String) throws {
    signal(SIGHUP, SIG_DFL)
    let signals = try ProcessSignals()
    defer { restore() }
    kill(getpid(), number)
    var name: String?
    for _ in 0..<1000 where name == nil {
      name = signals.next()
      usleep(10_000)
    }
    #expect(name == expected)
    #expect(signals.next() == nil, "it comes once")
  }

  /// Under nohup a terminal that closes ends nothing.
  @Test func aHangUpThatIsIgnoredStaysIgnored() throws {
    signal(SIGHUP, SIG_IGN)
    let signals = try ProcessSignals()
    defer { restore() }
    kill(getpid(), SIGHUP)
    usleep(50_000)
    #expect(signals.next() == nil)
  }

  @Test func aReaderThatIsGoneIsAnErrorAndNotTheEnd() throws {
    let before = signal(SIGPIPE, SIG_DFL)
    defer {
      restore()
      signal(SIGPIPE, before)
    }
    _ = try ProcessSignals()
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    close(ends[0])
    defer { close(ends[1]) }
    #expect(write(ends[1], "x", 1) == -1)
    #expect(errno == EPIPE)
  }

  private func restore() {
    var handled = sigset_t()
    sigemptyset(&handled)
    for number in [SIGINT, SIGTERM, SIGUSR1, SIGHUP] {
      signal(number, SIG_DFL)
      sigaddset(&handled, number)
    }
    pthread_sigmask(SIG_UNBLOCK, &handled, nil)
  }
}

@Suite struct SignalCounterTests {
  /// `timeout` signals its child and then the child's group: the child receives one request twice.
  @Test func signalsThatArriveTogetherAreOneRequest() {
    let counter = SignalCounter()
    #expect(counter.value == 0)
    for seconds in [100, 100.000_01, 101.9] { counter.count(at: seconds) }
    #expect(counter.value == 1)
    counter.count(at: 102)
    counter.count(at: 103.5)
    #expect(counter.value == 2, "two seconds after the request that counted")
  }

  @Test func theFirstSignalCountsAtAnyTime() {
    let counter = SignalCounter()
    counter.count(at: 0)
    #expect(counter.value == 1)
  }

  @Test func handlersOfSeveralThreadsCountOne() {
    let counter = SignalCounter()
    DispatchQueue.concurrentPerform(iterations: 64) { _ in counter.count(at: 5) }
    #expect(counter.value == 1)
  }
}
