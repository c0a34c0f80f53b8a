enum NeuralNetworkPlaceholder {}
