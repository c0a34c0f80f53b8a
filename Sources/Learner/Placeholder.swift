enum LearnerPlaceholder {}
