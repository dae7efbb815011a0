import { createHash } from 'node:crypto'

import type { Tag } from '../../filters.ts'
import type { Image, SecurityGroup, Subnet, Vpc } from './state.ts'

/** What an account has in a region before anybody asks for anything. */
export interface World {
  readonly vpcs: readonly Vpc[]
  readonly subnets: readonly Subnet[]
  readonly securityGroups: readonly SecurityGroup[]
  readonly images: readonly Image[]
}

/** The account that publishes Cluster API's images, https://cluster-api-aws.sigs.k8s.io/topics/images/built-amis */
const imageOwner = '819546954734'

/** Minor versions with images, each with this many patch releases. */
const minors = { first: 16, last: 37 }
const patches = 20

/** Operating systems with the oldest and newest minor version that got images, newest family first. */
const imageSystems: readonly (readonly [os: string, first: number, last: number])[] = [
  ['ubuntu-24.04', 16, 37],
  ['ubuntu-22.04', 16, 37],
  ['ubuntu-20.04', 16, 34],
  ['ubuntu-18.04', 16, 28],
  ['amazon-2', 16, 32],
  ['flatcar-stable', 16, 37],
]

export function defaultWorld(region: string, cluster?: string): World {
  const vpcId = 'vpc-123'
  const zones = ['a', 'b', 'c'].map((letter) => region + letter)
  const clusterTags: Tag[] = cluster
    ? [
        { Key: `kubernetes.io/cluster/${cluster}`, Value: 'shared' },
        { Key: `sigs.k8s.io/cluster-api-provider-aws/cluster/${cluster}`, Value: 'owned' },
      ]
    : []

  const subnet = (id: string, zone: string, index: number, isPublic: boolean): Subnet => ({
    id,
    vpcId,
    zone,
    cidr: `10.0.${index * 32}.0/19`,
    public: isPublic,
    tags: [
      { Key: 'Name', Value: `simulated-${isPublic ? 'public' : 'private'}-${zone}` },
      { Key: 'sigs.k8s.io/cluster-api-provider-aws/role', Value: isPublic ? 'public' : 'private' },
      { Key: isPublic ? 'kubernetes.io/role/elb' : 'kubernetes.io/role/internal-elb', Value: '1' },
      ...clusterTags,
    ],
  })
  const group = (id: string, name: string): SecurityGroup => ({
    id,
    name,
    description: `simulated ${name}`,
    vpcId,
    tags: [{ Key: 'Name', Value: name }, ...clusterTags],
  })
  return {
    vpcs: [
      { id: vpcId, cidr: '10.0.0.0/16', isDefault: true, tags: [{ Key: 'Name', Value: 'simulated' }, ...clusterTags] },
    ],
    subnets: [
      subnet('subnet-123', zones[0]!, 0, false),
      subnet('subnet-456', zones[1]!, 1, false),
      subnet('subnet-789', zones[2]!, 2, false),
      subnet('subnet-123public', zones[0]!, 3, true),
      subnet('subnet-456public', zones[1]!, 4, true),
      subnet('subnet-789public', zones[2]!, 5, true),
    ],
    securityGroups: [group('sg-123', 'default'), group('sg-node', 'simulated-node'), group('sg-lb', 'simulated-lb')],
    images: defaultImages(region),
  }
}

/** Images under the names the provider's lookup expects: `capa-ami-<os>-v<version>-<time>`. */
function defaultImages(region: string): Image[] {
  const images: Image[] = []
  for (let minor = minors.first; minor <= minors.last; minor++) {
    for (let patch = 0; patch < patches; patch++) {
      for (const [os, first, last] of imageSystems) {
        if (minor < first || minor > last) continue
        for (const architecture of ['x86_64', 'arm64'] as const) {
          images.push(image(region, os, minor, patch, architecture))
        }
      }
    }
  }
  return images
}

function image(region: string, os: string, minor: number, patch: number, architecture: Image['architecture']): Image {
  const kubernetesVersion = `v1.${minor}.${patch}`
  // Three minor releases a year, two patch releases a month.
  const created = Date.UTC(2019, 8 + (minor - 16) * 4 + Math.floor(patch / 2), 1 + (patch % 2) * 14)
  const arm = architecture === 'arm64' ? '-arm64' : ''
  const name = `capa-ami-${os}-${kubernetesVersion}-${created / 1000}${arm}`
  return {
    id: `ami-${createHash('sha256').update(`${region}/${name}`).digest('hex').slice(0, 17)}`,
    name,
    owner: imageOwner,
    architecture,
    created,
    rootDevice: '/dev/sda1',
    rootSize: 8,
    kubernetesVersion,
    tags: [
      { Key: 'kubernetes_version', Value: kubernetesVersion },
      { Key: 'distribution', Value: os },
    ],
  }
}
