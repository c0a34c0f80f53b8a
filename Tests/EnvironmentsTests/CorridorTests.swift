import Environments
import Testing

@Suite struct CorridorTests {
  @Test func walkingEastReachesTheLight() throws {
    let environment = try Corridor.entry.make(EnvironmentOptions(task: "Corridor"))
    let (row, captions) = (UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8), CaptionBuffer())
    defer { row.deallocate() }
    let output = StepOutput(row: row, caption: captions)
    try environment.reset(seed: 5, into: output)
    var position = row.load(as: UInt8.self)
    #expect(position < 8)
    var (transition, heard) = (Transition(reward: 0), [String]())
    while !transition.done {
      transition = try environment.step(1, into: output)
      position += 1
      #expect(row.load(as: UInt8.self) == position)
      heard.append(String(decoding: captions.bytes, as: UTF8.self))
    }
    #expect(transition == Transition(reward: 1, terminated: true, succeeded: true))
    #expect(heard.filter { !$0.isEmpty } == ["You see a light ahead.", "You step into the light."])
  }

  @Test func waitingInTheWestIsTruncated() throws {
    let environment = try Corridor.entry.make(EnvironmentOptions(task: "Corridor", maximumEpisodeSteps: 30))
    let (row, captions) = (UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8), CaptionBuffer())
    defer { row.deallocate() }
    let output = StepOutput(row: row, caption: captions)
    try environment.reset(seed: 5, into: output)
    for step in 1...30 {
      let transition = try environment.step(0, into: output)
      #expect(transition == Transition(reward: 0, truncated: step == 30))
    }
    #expect(row.load(as: UInt8.self) == 0)
    #expect(String(decoding: captions.bytes, as: UTF8.self) == "It's a wall.")
  }

  @Test func wrongOptionsAndActionsAreNamed() throws {
    #expect(throws: EnvironmentError.self) {
      try Corridor.entry.make(EnvironmentOptions(task: "Corridor", maximumEpisodeSteps: 0))
    }
    let environment = try Corridor.entry.make(EnvironmentOptions(task: "Corridor"))
    let row = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)
    defer { row.deallocate() }
    let output = StepOutput(row: row, caption: CaptionBuffer())
    try environment.reset(seed: 0, into: output)
    #expect(throws: EnvironmentError.self) { try environment.step(2, into: output) }
  }
}
