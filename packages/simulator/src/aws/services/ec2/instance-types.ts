export interface InstanceType {
  readonly name: string
  readonly vcpus: number
  readonly memoryMiB: number
  readonly architecture: 'x86_64' | 'arm64'
  readonly burstable: boolean
  /** On-demand price in arbitrary units; only the order matters, to the lowest-price strategies. */
  readonly price: number
}

/** Sizes with their vCPUs; memory follows from the family's ratio. */
const sizes: Record<string, number> = {
  large: 2,
  xlarge: 4,
  '2xlarge': 8,
  '4xlarge': 16,
  '8xlarge': 32,
  '12xlarge': 48,
  '16xlarge': 64,
  '24xlarge': 96,
}

/** What sizes and families would give together, and AWS does not have. */
const absent = new Set([
  'c5.8xlarge',
  'c5.16xlarge',
  'c6g.24xlarge',
  'c7g.24xlarge',
  'm4.8xlarge',
  'm4.12xlarge',
  'm4.24xlarge',
  'm6g.24xlarge',
  'm7g.24xlarge',
  'r6g.24xlarge',
])

/** GiB a vCPU, and the price of a vCPU, by family. */
const families: Record<string, readonly [ratio: number, price: number]> = {
  c5: [2, 43],
  c5a: [2, 38],
  c6g: [2, 34],
  c6i: [2, 42],
  c7g: [2, 36],
  m4: [4, 50],
  m5: [4, 48],
  m5a: [4, 43],
  m6a: [4, 43],
  m6g: [4, 38],
  m6i: [4, 48],
  m7g: [4, 41],
  m7i: [4, 50],
  r5: [8, 63],
  r6g: [8, 50],
  r6i: [8, 63],
}

/** Burstable families do not follow the rule: [vCPUs, GiB]. */
const burstable: Record<string, readonly [vcpus: number, gib: number]> = {
  nano: [2, 0.5],
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  '2xlarge': [8, 32],
}

/** `g` as the last letter of a family marks AWS's own arm64 processors. */
function architectureOf(family: string): 'x86_64' | 'arm64' {
  return family.endsWith('g') ? 'arm64' : 'x86_64'
}

export function defaultInstanceTypes(): Map<string, InstanceType> {
  const types: InstanceType[] = []
  for (const [family, [ratio, price]] of Object.entries(families)) {
    for (const [size, vcpus] of Object.entries(sizes)) {
      if (absent.has(`${family}.${size}`)) continue
      types.push({
        name: `${family}.${size}`,
        vcpus,
        memoryMiB: vcpus * ratio * 1024,
        architecture: architectureOf(family),
        burstable: false,
        price: vcpus * price,
      })
    }
  }
  for (const family of ['t2', 't3', 't3a', 't4g']) {
    for (const [size, [vcpus, gib]] of Object.entries(burstable)) {
      types.push({
        name: `${family}.${size}`,
        vcpus,
        memoryMiB: gib * 1024,
        architecture: architectureOf(family),
        burstable: true,
        price: gib * 10,
      })
    }
  }
  return new Map(types.map((type) => [type.name, type]))
}
