import ActorCritic
import Environments
import Runtime
import Tensor
import TestSupport
import Testing
import Trajectories

@Suite struct PolicyNetworkTests {
  @Test(arguments: RecurrentKind.allCases, [false, true])
  func forwardMatchesFloat64(kind: RecurrentKind, normalises: Bool) throws {
    let problem = try PolicyNetworkProblem(kind, steps: 6, batch: 4) { $0.normalisesObservations = normalises }
    #expect(problem.resets.contains(1))
    let workspace = problem.network.makeWorkspace(maximumSteps: 7, maximumBatch: 5)
    problem.forward(workspace)
    let expected = PolicyNetworkReference(problem: problem).forward(problem.parameters.array.doubles)
    #expect(GradientCheck.largestError(problem.logits(workspace), expected.logits) < 1e-5)
    #expect(GradientCheck.largestError(problem.values(workspace), expected.values) < 1e-5)
  }

  /// Checks every parameter with a gradient. Unused embedding rows and the moments that standardise numbers must have
  /// zero gradients.
  @Test(arguments: RecurrentKind.allCases, [false, true])
  func gradientsMatchCentralDifferences(kind: RecurrentKind, normalises: Bool) throws {
    let problem = try PolicyNetworkProblem(kind, steps: 3, batch: 2) { $0.normalisesObservations = normalises }
    let workspace = problem.network.makeWorkspace(maximumSteps: 3, maximumBatch: 2)
    let buffer = FloatBuffer(count: problem.network.parameters.count)
    problem.forward(workspace)
    problem.backward(workspace, into: buffer)
    let gradients = buffer.array
    let reference = PolicyNetworkReference(problem: problem)
    var generator = RandomGenerator(seed: 5)
    for slice in problem.network.parameters.slices {
      let all = slice.offset..<slice.offset + slice.count
      guard !slice.name.hasPrefix("encoder.numeric.") else {
        #expect(normalises && all.allSatisfy { gradients[$0] == 0 })
        continue
      }
      let named = all.filter { gradients[$0] != 0 }
      let others = (0..<5).map { _ in slice.offset + generator.below(slice.count) }
      let indices = (named.count > 40 ? (0..<40).map { _ in named[generator.below(named.count)] } : named) + others
      let expected = GradientCheck.centralDifferences(
        at: problem.parameters.array.doubles, indices: indices, loss: reference.loss)
      #expect(GradientCheck.relativeError(indices.map { gradients[$0] }, expected) < 1e-4, "\(slice.name)")
    }
  }

  @Test func everyNamedTextRowIsTrained() throws {
    let problem = try PolicyNetworkProblem(.gru, steps: 3, batch: 2)
    let workspace = problem.network.makeWorkspace(maximumSteps: 3, maximumBatch: 2)
    let gradients = FloatBuffer(count: problem.network.parameters.count)
    problem.forward(workspace)
    problem.backward(workspace, into: gradients)
    let offset = try #require(PolicyNetworkProblem.layout.offset(of: "message"))
    let slice = try #require(problem.network.parameters.slices.first { $0.name == "encoder.message.table" })
    var named: Set<Int> = []
    for row in problem.rows {
      let bytes = UnsafeRawBufferPointer(start: row + offset, count: 24).prefix { $0 != 0 }
      named.formUnion(ReferenceLayers.textRows(String(decoding: bytes, as: UTF8.self), tableRows: 4096))
    }
    let size = problem.description.sizes.text
    let trained = (0..<4096).filter { row in
      (0..<size).contains { gradients.pointer[slice.offset + row * size + $0] != 0 }
    }
    #expect(!named.isEmpty)
    #expect(Set(trained) == named)
  }

  @Test(arguments: RecurrentKind.allCases)
  func inferenceEqualsTheUnroll(kind: RecurrentKind) throws {
    let problem = try PolicyNetworkProblem(kind, steps: 8, batch: 4)
    let network = problem.network
    let unroll = network.makeWorkspace(maximumSteps: 8, maximumBatch: 4)
    problem.forward(unroll)
    let single = network.makeWorkspace(maximumSteps: 1, maximumBatch: 4)
    let state = FloatBuffer(problem.initialState.array)
    for step in 0..<8 {
      for row in 0..<4 where problem.resets[step * 4 + row] != 0 {
        (state.pointer + row * network.stateSize).update(repeating: 0, count: network.stateSize)
      }
      network.infer(
        rows: Array(problem.rows[(step * 4)..<(step * 4 + 4)]), batch: 4, state: state.pointer,
        weights: problem.weights, workspace: single)
      for i in 0..<4 * network.actions.parameterCount {
        #expect(abs(single.logits[i] - unroll.logits[step * 4 * network.actions.parameterCount + i]) < 1e-5)
      }
      for i in 0..<4 * network.valueHeads {
        #expect(abs(single.values[i] - unroll.values[step * 4 * network.valueHeads + i]) < 1e-5)
      }
    }
  }

  @Test(arguments: RecurrentKind.allCases)
  func theSameInputGivesTheSameBits(kind: RecurrentKind) throws {
    let problem = try PolicyNetworkProblem(kind, steps: 5, batch: 3)
    let used = problem.network.makeWorkspace(maximumSteps: 5, maximumBatch: 3)
    let results = [used, used, problem.network.makeWorkspace(maximumSteps: 9, maximumBatch: 8)].map { workspace in
      let gradients = FloatBuffer(count: problem.network.parameters.count)
      problem.forward(workspace)
      problem.backward(workspace, into: gradients)
      return (problem.logits(workspace) + problem.values(workspace) + gradients.array).map(\.bitPattern)
    }
    // Neither earlier use nor the size of a workspace changes a bit.
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  @Test func gradientsAreAdded() throws {
    let problem = try PolicyNetworkProblem(.gru, steps: 3, batch: 2)
    let workspace = problem.network.makeWorkspace(maximumSteps: 3, maximumBatch: 2)
    let gradients = FloatBuffer(count: problem.network.parameters.count)
    problem.forward(workspace)
    problem.backward(workspace, into: gradients)
    let once = gradients.array.doubles
    problem.forward(workspace)
    problem.backward(workspace, into: gradients)
    #expect(GradientCheck.relativeError(gradients.array, once.map { 2 * $0 }) < 1e-6)
  }

  @Test func hiddenFieldsAreNotRead() throws {
    let problem = try PolicyNetworkProblem(.gru, steps: 1, batch: 2)
    let workspace = problem.network.makeWorkspace(maximumSteps: 1, maximumBatch: 2)
    problem.forward(workspace)
    let before = problem.logits(workspace)
    let offset = try #require(PolicyNetworkProblem.layout.offset(of: "secret"))
    for row in problem.rows {
      UnsafeMutableRawPointer(mutating: row + offset).storeBytes(of: Int64(-77), as: Int64.self)
    }
    problem.forward(workspace)
    #expect(problem.logits(workspace) == before)
    let visible = try #require(PolicyNetworkProblem.layout.offset(of: "position"))
    UnsafeMutableRawPointer(mutating: problem.rows[0] + visible).storeBytes(of: Float(2), as: Float.self)
    problem.forward(workspace)
    #expect(problem.logits(workspace) != before)
  }

  @Test(arguments: RecurrentKind.allCases)
  func initialPolicyIsNearlyUniformAndReproducible(kind: RecurrentKind) throws {
    let problem = try PolicyNetworkProblem(kind, steps: 4, batch: 4)
    let workspace = problem.network.makeWorkspace(maximumSteps: 4, maximumBatch: 4)
    var generator = RandomGenerator(seed: 9)
    problem.network.initialise(problem.parameters, generator: &generator)
    problem.forward(workspace)
    #expect(problem.logits(workspace).allSatisfy { abs($0) < 0.05 && $0 != 0 })
    let again = FloatBuffer(count: problem.parameters.count)
    generator = RandomGenerator(seed: 9)
    problem.network.initialise(again, generator: &generator)
    #expect(again.array == problem.parameters.array)
  }

  @Test func aNewNetworkIsOneEntry() throws {
    let entry = NetworkEntry(
      name: "narrow", explanation: "one layer over the numbers", sizes: NetworkSizes(hidden: 4, recurrent: 3)
    ) { builder, sizes in
      guard let numbers = try builder.numbers() else { throw PolicyNetworkError("there are no numbers") }
      var stack = LayerStack("numbers", on: numbers)
      stack.dense(sizes.hidden, in: &builder)
      return stack.encoder
    }
    let network = try PolicyNetwork(
      NetworkDescription(entry), observation: PolicyNetworkProblem.layout, actions: .discrete(2), valueHeads: 1)
    #expect(network.parameters.slices.first?.shape == [6, 4])
    #expect(network.stateSize == 3)
    #expect(NetworkEntry.all.map(\.name) == ["compact", "mlp", "wide", "impala", "oni"])
    #expect(NetworkEntry.entry(named: "narrow") == nil && NetworkEntry.entry(named: "mlp") == .mlp)
  }

  @Test func layoutsThatCannotBeReadAreRefusedByName() {
    func error(_ field: ObservationField) -> String? {
      do {
        _ = try PolicyNetwork(
          NetworkDescription(), observation: ObservationLayout([field]), actions: .discrete(2), valueHeads: 1)
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(error(ObservationField("a", .float32, [2], .categorical(cardinality: 3)))?.contains("a: ") == true)
    #expect(error(ObservationField("b", .uint8, [2], .categorical(cardinality: 0)))?.contains("b: ") == true)
    #expect(error(ObservationField("c", .int32, [3], .numeric(scale: [1, 2])))?.contains("c: ") == true)
    #expect(error(ObservationField("d", .int32, [3], .text))?.contains("d: ") == true)
    #expect(error(ObservationField("e", .int32, [3], .hidden))?.contains("e:") == true)
    #expect(error(ObservationField("f", .int32, [3], .numeric(scale: [1]))) == nil)
  }

  @Test func sizesThatMakeNoSenseAreRefused() {
    let layout = PolicyNetworkProblem.layout
    #expect(throws: PolicyNetworkError.self) {
      try PolicyNetwork(NetworkDescription(), observation: layout, actions: .discrete(0), valueHeads: 1)
    }
    #expect(throws: PolicyNetworkError.self) {
      try PolicyNetwork(
        NetworkDescription(sizes: NetworkSizes(recurrent: 0)), observation: layout, actions: .discrete(2), valueHeads: 1
      )
    }
  }
}
