enum IntrinsicRewardPlaceholder {}
