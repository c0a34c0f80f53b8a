/// The version that `tengu --version` prints and that runs record.
let tenguVersion = "0.1.0"
