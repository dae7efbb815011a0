/** Names the infrastructure kind that a provider implements, for whoever stores its objects. */
export interface InfraMachinePoolKind {
  readonly group: string
  /** The version that is stored and reconciled. */
  readonly version: string
  readonly kind: string
  readonly plural: string
  /** Persisted before the first cloud write (R1). Upstream's string, so that either side can finish a deletion. */
  readonly finalizer: string
  /**
   * Kind of the per-instance object, in the same group and version; absent when there is none. Its `finalizer` is kept until
   * the instance is gone.
   */
  readonly machineKind?: { readonly kind: string; readonly plural: string; readonly finalizer: string }
  /** Infrastructure cluster kinds this pool can live in, each with its plural; changes to them wake the pool. */
  readonly clusterKinds: readonly {
    readonly group: string
    readonly version: string
    readonly kind: string
    readonly plural: string
  }[]
  /**
   * Shape of `status.conditions`, because upstream's core reads it (R22). `v1beta1`: severity, and metav1 conditions
   * under `status.v1beta2.conditions` when the CRD has them. `metav1`: metav1 conditions in `status.conditions`.
   */
  readonly conditions: { readonly shape: 'v1beta1' | 'metav1'; readonly v1beta2: boolean }
  /** Annotations the provider wants to see in `PoolRef.annotations`. */
  readonly annotations: readonly string[]
  /** Annotations the provider writes through `Report.annotations`; a change of them wakes no pool. */
  readonly writtenAnnotations?: readonly string[]
}
