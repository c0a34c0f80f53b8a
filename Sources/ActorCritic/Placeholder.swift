enum ActorCriticPlaceholder {}
