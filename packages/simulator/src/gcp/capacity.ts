/** What of the cloud's hardware is free. */
export interface GcpCapacity {
  /** From now on no more than `count` instances of a type may be in a zone; `*` stands for every type. */
  limit(type: string, zone: string, count: number): void
  /** Ends a shortage. */
  unlimit(type: string, zone: string): void
  /** Whether one more may be there, given how many of the type, and of all types, are. */
  allows(type: string, zone: string, ofType: number, ofAll: number): boolean
}

export function createCapacity(): GcpCapacity {
  const limits = new Map<string, number>()
  return {
    limit: (type, zone, count) => void limits.set(`${type}/${zone}`, count),
    unlimit: (type, zone) => void limits.delete(`${type}/${zone}`),
    allows: (type, zone, ofType, ofAll) =>
      ofType < (limits.get(`${type}/${zone}`) ?? Infinity) && ofAll < (limits.get(`*/${zone}`) ?? Infinity),
  }
}
