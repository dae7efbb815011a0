/** What of the cloud's hardware is free, and what the account may use of it. */
export interface Capacity {
  /** Limits how many instances of a type can still be launched in a zone; `*` stands for every zone. */
  limit(type: string, zone: string, available: number): void
  /** Ends a shortage. */
  unlimit(type: string, zone: string): void
  /** Limits the vCPUs of all running instances together; undefined lifts it. */
  setVcpuQuota(vcpus: number | undefined): void
  readonly vcpuQuota: number | undefined
  available(type: string, zone: string): number
  /** Takes one instance's worth; `release` gives it back. */
  take(type: string, zone: string): void
  release(type: string, zone: string): void
}

export function createCapacity(): Capacity {
  const limits = new Map<string, number>()
  let quota: number | undefined

  const keys = (type: string, zone: string) => [`${type}/${zone}`, `${type}/*`].filter((key) => limits.has(key))
  const add = (type: string, zone: string, amount: number) => {
    for (const key of keys(type, zone)) limits.set(key, limits.get(key)! + amount)
  }
  return {
    limit: (type, zone, available) => void limits.set(`${type}/${zone}`, available),
    unlimit: (type, zone) => void limits.delete(`${type}/${zone}`),
    setVcpuQuota: (vcpus) => void (quota = vcpus),
    get vcpuQuota() {
      return quota
    },
    available: (type, zone) => Math.min(Infinity, ...keys(type, zone).map((key) => limits.get(key)!)),
    take: (type, zone) => add(type, zone, -1),
    release: (type, zone) => add(type, zone, 1),
  }
}
