import { nameOf, regionOf } from './reference.ts'

export interface MachineType {
  readonly name: string
  readonly vcpus: number
  readonly memoryMiB: number
  readonly architecture: 'X86_64' | 'ARM64'
}

export interface GcpImage {
  /** `projects/p/global/images/name`. */
  readonly path: string
  readonly family?: string
  readonly architecture: 'X86_64' | 'ARM64'
  readonly diskSizeGb: number
  readonly created: number
  /** Version of the kubelet on it, such as `v1.31.0`. */
  readonly kubernetesVersion?: string
}

export interface GcpSubnetwork {
  readonly name: string
  readonly region: string
  readonly network: string
  readonly cidr: string
}

/** What is there before anybody has made anything. */
export interface GcpWorld {
  /** All zones, such as `us-central1-a`; regions follow from them. */
  readonly zones: readonly string[]
  readonly images: readonly GcpImage[]
  readonly networks: readonly string[]
  readonly subnetworks: readonly GcpSubnetwork[]
}

/** A world that tests may add to. */
export interface LiveWorld {
  readonly zones: readonly string[]
  readonly images: GcpImage[]
  readonly networks: string[]
  readonly subnetworks: GcpSubnetwork[]
}

export function toLiveWorld({ zones, images, networks, subnetworks }: GcpWorld): LiveWorld {
  return { zones, images: [...images], networks: [...networks], subnetworks: [...subnetworks] }
}

/** https://cloud.google.com/compute/docs/regions-zones */
const zoneLetters: Readonly<Record<string, readonly string[]>> = {
  'us-central1': ['a', 'b', 'c', 'f'],
  'us-east1': ['b', 'c', 'd'],
  'us-west1': ['a', 'b', 'c'],
  'europe-west1': ['b', 'c', 'd'],
  'europe-west4': ['a', 'b', 'c'],
  'asia-east1': ['a', 'b', 'c'],
}

const minors = { first: 18, last: 36 }

/** The public images that examples name, by project and family. */
const publicFamilies: Readonly<Record<string, readonly (readonly [family: string, arm: boolean])[]>> = {
  'ubuntu-os-cloud': [
    ['ubuntu-2204-lts', false],
    ['ubuntu-2404-lts-amd64', false],
    ['ubuntu-2404-lts-arm64', true],
  ],
  'debian-cloud': [
    ['debian-12', false],
    ['debian-12-arm64', true],
  ],
  'cos-cloud': [['cos-stable', false]],
}

export function defaultGcpWorld(project: string): GcpWorld {
  const regions = Object.keys(zoneLetters)
  return {
    zones: regions.flatMap((region) => zoneLetters[region]!.map((letter) => `${region}-${letter}`)),
    images: [...kubernetesImages(project), ...publicImages(project)],
    networks: ['default'],
    subnetworks: regions.map((region, index) => ({
      name: 'default',
      region,
      network: 'default',
      cidr: `10.${128 + index * 2}.0.0/20`,
    })),
  }
}

/** Images in the families that Cluster API's GCP provider looks for in its own project. */
function kubernetesImages(project: string): GcpImage[] {
  if (project in publicFamilies) return []
  const images: GcpImage[] = []
  for (let minor = minors.first; minor <= minors.last; minor++) {
    for (const patch of [0, 1]) {
      images.push({
        path: `projects/${project}/global/images/cluster-api-ubuntu-1804-v1-${minor}-${patch}`,
        family: `capi-ubuntu-1804-k8s-v1-${minor}`,
        architecture: 'X86_64',
        diskSizeGb: 20,
        created: Date.UTC(2020, (minor - minors.first) * 4 + patch),
        kubernetesVersion: `v1.${minor}.${patch}`,
      })
    }
  }
  return [...images, ...images.map((image) => ({ ...image, ...underOldName(image) }))]
}

/** Both spellings of the family are in use: with the `v` of the version, and without. */
function underOldName({ path, family = '' }: GcpImage): { path: string; family: string } {
  return { path: path.replace('-v1-', '-1-'), family: family.replace('-v1-', '-1-') }
}

function publicImages(project: string): GcpImage[] {
  return (publicFamilies[project] ?? []).map(([family, arm]) => ({
    path: `projects/${project}/global/images/${family}-v20260901`,
    family,
    architecture: arm ? 'ARM64' : 'X86_64',
    diskSizeGb: 10,
    created: Date.UTC(2026, 8, 1),
  }))
}

/** The newest image of a family. */
export function newestOf(images: readonly GcpImage[], family: string): GcpImage | undefined {
  return images.filter((image) => image.family === family).toSorted((a, b) => b.created - a.created)[0]
}

export function findImage(images: readonly GcpImage[], path: string): GcpImage | undefined {
  const family = /^global\/images\/family\/(.+)$/.exec(path)?.[1]
  if (family !== undefined) return newestOf(images, family)
  return images.find((image) => nameOf(image.path) === nameOf(path))
}

export function regionsOf(world: Pick<GcpWorld, 'zones'>): string[] {
  return [...new Set(world.zones.map(regionOf))]
}

/** vCPUs and MiB a vCPU, by family and kind. https://cloud.google.com/compute/docs/machine-resource */
const families: Readonly<Record<string, { readonly sizes: readonly number[]; readonly arm?: boolean }>> = {
  n1: { sizes: [1, 2, 4, 8, 16, 32, 64, 96] },
  n2: { sizes: [2, 4, 8, 16, 32, 48, 64, 80, 96, 128] },
  n2d: { sizes: [2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224] },
  n4: { sizes: [2, 4, 8, 16, 32, 48, 64, 80] },
  e2: { sizes: [2, 4, 8, 16, 32] },
  c2: { sizes: [4, 8, 16, 30, 60] },
  c2d: { sizes: [2, 4, 8, 16, 32, 56, 112] },
  c3: { sizes: [4, 8, 22, 44, 88, 176] },
  c3d: { sizes: [4, 8, 16, 30, 60, 90, 180, 360] },
  c4: { sizes: [2, 4, 8, 16, 24, 32, 48, 96, 144, 192] },
  t2d: { sizes: [1, 2, 4, 8, 16, 32, 48, 60] },
  t2a: { sizes: [1, 2, 4, 8, 16, 32, 48], arm: true },
  c4a: { sizes: [1, 2, 4, 8, 16, 32, 48, 64, 72], arm: true },
}

const gibPerVcpu: Readonly<Record<string, number>> = { standard: 4, highmem: 8, highcpu: 2 }

const sharedCore: readonly MachineType[] = [
  { name: 'f1-micro', vcpus: 1, memoryMiB: 614, architecture: 'X86_64' },
  { name: 'g1-small', vcpus: 1, memoryMiB: 1740, architecture: 'X86_64' },
  { name: 'e2-micro', vcpus: 2, memoryMiB: 1024, architecture: 'X86_64' },
  { name: 'e2-small', vcpus: 2, memoryMiB: 2048, architecture: 'X86_64' },
  { name: 'e2-medium', vcpus: 2, memoryMiB: 4096, architecture: 'X86_64' },
]

export function machineTypes(): Map<string, MachineType> {
  const types = [...sharedCore]
  for (const [family, { sizes, arm = false }] of Object.entries(families)) {
    for (const [kind, gib] of Object.entries(gibPerVcpu)) {
      for (const vcpus of sizes) {
        types.push({
          name: `${family}-${kind}-${vcpus}`,
          vcpus,
          memoryMiB: vcpus * (family === 'n1' && kind === 'standard' ? 3.75 : gib) * 1024,
          architecture: arm ? 'ARM64' : 'X86_64',
        })
      }
    }
  }
  return new Map(types.map((type) => [type.name, type]))
}

/** Looks a type up; custom ones are made as they are asked for: `n2-custom-4-8192`, `custom-2-4096`. */
export function findMachineType(types: ReadonlyMap<string, MachineType>, name: string): MachineType | undefined {
  const known = types.get(name)
  if (known) return known
  const custom = /^(?:[a-z]\d[a-z]?-)?custom-(\d+)-(\d+)(?:-ext)?$/.exec(name)
  if (!custom) return undefined
  return { name, vcpus: Number(custom[1]), memoryMiB: Number(custom[2]), architecture: 'X86_64' }
}
