/** Behaviours without a test under their number here, with the reason. */
export const untestedBehaviours: readonly { readonly id: string; readonly reason: string }[] = [
  {
    id: 'CAPG-056',
    reason: 'how often a pool is looked at is the engine’s and the same for all clouds: tested in core',
  },
]
