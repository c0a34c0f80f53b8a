enum AnnotationPlaceholder {}
