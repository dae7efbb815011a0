import { AwsError } from '../../error.ts'
import { matchesFilters, type Filter, type Tag } from '../../filters.ts'
import type { Region } from '../../region.ts'
import type { CallContext } from '../../service.ts'
import { pageOf } from './describe-network.ts'
import { refuseDryRun } from './launch-templates.ts'
import { withTags } from './tags.ts'

interface Taggable {
  readonly tags: readonly Tag[]
}

interface Kind {
  readonly prefix: string
  readonly resourceType: string
  readonly notFound: string
  get(region: Region, id: string): Taggable | undefined
  setTags(region: Region, id: string, tags: readonly Tag[]): void
}

type TaggableTable = 'instances' | 'launchTemplates' | 'subnets' | 'vpcs' | 'securityGroups' | 'images'

function kind(prefix: string, resourceType: string, table: TaggableTable, notFound: string): Kind {
  return {
    prefix,
    resourceType,
    notFound,
    get: (region, id) => region.ec2[table].get(id),
    setTags(region, id, tags) {
      const records = region.ec2[table] as {
        get(id: string): Taggable | undefined
        put(id: string, record: Taggable): void
      }
      records.put(id, { ...records.get(id), tags })
    },
  }
}

const kinds: readonly Kind[] = [
  kind('i-', 'instance', 'instances', 'InvalidInstanceID.NotFound'),
  kind('lt-', 'launch-template', 'launchTemplates', 'InvalidLaunchTemplateId.NotFound'),
  kind('subnet-', 'subnet', 'subnets', 'InvalidSubnetID.NotFound'),
  kind('vpc-', 'vpc', 'vpcs', 'InvalidVpcID.NotFound'),
  kind('sg-', 'security-group', 'securityGroups', 'InvalidGroup.NotFound'),
  kind('ami-', 'image', 'images', 'InvalidAMIID.NotFound'),
]

/** More tags than this on one resource are refused. */
const tagLimit = 50

function kindOf(region: Region, id: string): { kind: Kind; record: Taggable } {
  const found = kinds.find(({ prefix }) => id.startsWith(prefix))
  if (!found) throw new AwsError('InvalidID', `The ID '${id}' is not valid`)
  const record = found.get(region, id)
  if (!record) throw new AwsError(found.notFound, `The ${found.resourceType} ID '${id}' does not exist`)
  return { kind: found, record }
}

export function createTags(
  input: { Resources: readonly string[]; Tags: readonly Tag[]; DryRun?: boolean },
  { region }: CallContext,
) {
  for (const { Key } of input.Tags) {
    if (Key?.startsWith('aws:')) {
      throw new AwsError(
        'InvalidParameterValue',
        `Value ( ${Key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use`,
      )
    }
  }
  const changes = input.Resources.map((id) => {
    const { kind: resource, record } = kindOf(region, id)
    const tags = withTags(record.tags, input.Tags)
    if (tags.length > tagLimit) {
      throw new AwsError('TagLimitExceeded', `The maximum number of Tags for a resource has been reached.`)
    }
    return () => resource.setTags(region, id, tags)
  })
  refuseDryRun(input)
  for (const change of changes) change()
  return {}
}

export function deleteTags(
  input: { Resources: readonly string[]; Tags?: readonly Partial<Tag>[]; DryRun?: boolean },
  { region }: CallContext,
) {
  const gone = ({ Key, Value }: Tag) =>
    // Without a list all tags go; without a value the tag goes whatever its value.
    !input.Tags?.length || input.Tags.some((tag) => tag.Key === Key && (tag.Value === undefined || tag.Value === Value))
  const changes = input.Resources.map((id) => {
    const { kind: resource, record } = kindOf(region, id)
    return () =>
      resource.setTags(
        region,
        id,
        record.tags.filter((tag) => tag.Key.startsWith('aws:') || !gone(tag)),
      )
  })
  refuseDryRun(input)
  for (const change of changes) change()
  return {}
}

export function describeTags(
  input: { Filters?: readonly Filter[]; MaxResults?: number; NextToken?: string },
  { region }: CallContext,
) {
  const { ec2 } = region
  const tables: [string, readonly (Taggable & { id: string })[]][] = [
    ['instance', ec2.instances.readAll()],
    ['launch-template', ec2.launchTemplates.readAll()],
    ['subnet', ec2.subnets.readAll()],
    ['vpc', ec2.vpcs.readAll()],
    ['security-group', ec2.securityGroups.readAll()],
  ]
  const tags = tables
    .flatMap(([type, records]) => records.flatMap(({ id, tags: all }) => all.map((tag) => ({ type, id, ...tag }))))
    .filter((tag) =>
      matchesFilters(
        tag,
        input.Filters,
        {
          key: ({ Key }) => [Key],
          value: ({ Value }) => [Value],
          'resource-id': ({ id }) => [id],
          'resource-type': ({ type }) => [type],
        },
        [tag],
      ),
    )
  const { items, nextToken } = pageOf(tags, input)
  return {
    Tags: items.map(({ type, id, Key, Value }) => ({ ResourceType: type, ResourceId: id, Key, Value })),
    NextToken: nextToken,
  }
}
