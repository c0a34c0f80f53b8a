extension ConfigurationField {
  /// The fields of `[language_model]`.
  static let languageModel: [ConfigurationField] = [
    .text(
      "language_model.servers", \.languageModel.servers, .optionalText,
      "Addresses of OpenAI-compatible servers, parted by spaces. All of them are asked, and each may fail. Empty: every "
        + "annotator is told its own, and `scripts/launch.sh` starts one for the annotator of this machine."),
    .text(
      "language_model.model", \.languageModel.model, .optionalText,
      "The model's name at the servers. Empty is whichever they have."),
    .text(
      "language_model.key_file", \.languageModel.keyFile, .optionalText,
      "File on the annotator's machine with the servers' key, readable by its owner alone. Empty is no key."),
    .text(
      "language_model.key_variable", \.languageModel.keyVariable, .optionalText,
      "Environment variable of the annotator with the servers' key, in place of a file."),
    .integer(
      "language_model.requests_per_server", \.languageModel.requestsPerServer, 1...1_024,
      "Requests under way at each server. One slot of llama.cpp is kept busy by 2; vLLM takes hundreds."),
    .real(
      "language_model.request_seconds", \.languageModel.requestSeconds, 0.1...3_600,
      "Seconds one attempt may take. `annotator.deadline_seconds` bounds all attempts at a caption together."),
    .text(
      "language_model.prompt", \.languageModel.prompt, .text,
      "Prompt to ask with: a name of `tengu prompts list`, or a file on the annotator's machine."),
    .text(
      "language_model.pair_prompt", \.languageModel.pairPrompt, .text,
      "Prompt that pairs are asked with, where `annotator.pair_share` is above 0."),
    .text(
      "language_model.goal", \.languageModel.goal, .text,
      "What captions are judged by: a goal of the prompt, such as \"default\", \"combat\", \"gold\", \"stairs\"."),
    .text(
      "language_model.principle", \.languageModel.principle, .optionalText,
      "What captions are judged by in words, in place of the goal. `tengu principle` exchanges it while the run goes on."
    ),
    .choice(
      "language_model.threshold", \.languageModel.threshold,
      "What parts progress from the rest: \"calibrated\" on messages of known label, a \"quantile\" of the latest log-odds, "
        + "a \"fixed\" log-odds, or the \"word\" the model says."),
    .real(
      "language_model.threshold_value", \.languageModel.thresholdValue, -100...100,
      "Nats of a fixed threshold, or the share of a quantile."),
    .choice(
      "language_model.labels", \.languageModel.labels,
      "\"hard\" labels are 0 or 1, \"soft\" ones the model's confidence in progress."),
    .choice(
      "language_model.vote", \.languageModel.vote,
      "How several answers make a label: \"none\" asks once; \"majority\"; \"meta\" weighs answers by a small model; "
        + "\"certainty\" by the model's own; \"agreement\" asks two wordings and labels where they agree."),
    .integer(
      "language_model.samples", \.languageModel.samples, 1...32, "Answers to each prompt, where there is a vote."),
    .real(
      "language_model.temperature", \.languageModel.temperature, 0...2, "Temperature of answers that are voted on."),
    .text(
      "language_model.paraphrase", \.languageModel.paraphrase, .text, "The second wording of a vote by agreement."),
  ]
}
