import type { ExternalInfrastructure } from './external-cluster.ts'

export interface AwsNetwork {
  readonly region: string
  readonly vpc?: string
  /** Subnet id and its availability zone. */
  readonly subnets: readonly { readonly id: string; readonly zone: string; readonly public?: boolean }[]
  /** Security group of nodes and, where there is one, of what load balancers may reach. */
  readonly securityGroups: readonly string[]
}

/** The AWSCluster of a cluster whose network exists already: what AWSMachinePools read from it. */
export function awsInfrastructure(network: AwsNetwork): ExternalInfrastructure {
  const { region, vpc, subnets, securityGroups } = network
  const [node, lb] = securityGroups
  const subnetSpecs = subnets.map(({ id, zone, public: isPublic = false }) => ({
    id,
    resourceID: id,
    availabilityZone: zone,
    isPublic,
  }))
  return {
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta2',
    kind: 'AWSCluster',
    spec: { region, network: { ...(vpc !== undefined && { vpc: { id: vpc } }), subnets: subnetSpecs } },
    status: {
      ready: true,
      networkStatus: {
        ...(node !== undefined && {
          securityGroups: { node: { id: node, name: node }, ...(lb !== undefined && { lb: { id: lb, name: lb } }) },
        }),
      },
    },
  }
}

/** Reads `subnet-1=us-east-1a` or `subnet-1=us-east-1a,public`. */
export function parseSubnet(text: string): AwsNetwork['subnets'][number] {
  const [, id, zone, suffix] = /^(subnet-[^=]+)=([a-z0-9-]+)(,public)?$/.exec(text) ?? []
  if (id === undefined || zone === undefined) {
    throw new RangeError(`--subnet takes subnet-ID=ZONE or subnet-ID=ZONE,public, not ${JSON.stringify(text)}`)
  }
  return { id, zone, ...(suffix !== undefined && { public: true }) }
}
