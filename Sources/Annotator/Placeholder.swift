enum AnnotatorPlaceholder {}
