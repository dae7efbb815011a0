import { matchesFilters, type Filter, type FilterFields } from '../../filters.ts'
import { AwsError } from '../../error.ts'
import { page } from '../../paging.ts'
import type { CallContext } from '../../service.ts'
import type { Instance } from './state.ts'

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-request-status.html */
function statusOf({ state, interrupted }: Instance): string {
  const ended = state === 'shutting-down' || state === 'terminated'
  if (interrupted) return ended ? 'instance-terminated-no-capacity' : 'marked-for-termination'
  return ended ? 'instance-terminated-by-user' : 'fulfilled'
}

function stateOf(instance: Instance): string {
  return instance.state === 'shutting-down' || instance.state === 'terminated' ? 'closed' : 'active'
}

function idOf({ id }: Instance): string {
  return `sir-${id.slice(2, 10)}`
}

const filters: FilterFields<Instance> = {
  'instance-id': ({ id }) => [id],
  'spot-instance-request-id': (instance) => [idOf(instance)],
  state: (instance) => [stateOf(instance)],
  'status-code': (instance) => [statusOf(instance)],
  type: () => ['one-time'],
}

/** Every spot instance has its request. */
export function describeSpotInstanceRequests(
  input: {
    SpotInstanceRequestIds?: readonly string[]
    Filters?: readonly Filter[]
    MaxResults?: number
    NextToken?: string
  },
  { region }: CallContext,
) {
  const found = region.ec2.instances
    .readAll()
    .filter(({ spot }) => spot)
    .filter(
      (instance) => !input.SpotInstanceRequestIds?.length || input.SpotInstanceRequestIds.includes(idOf(instance)),
    )
    .filter((instance) => matchesFilters(instance, input.Filters, filters, instance.tags))
  const { items, nextToken } = page(
    found,
    input.NextToken,
    input.MaxResults ?? 1000,
    new AwsError('InvalidNextToken', 'The token is not valid.'),
  )
  return {
    SpotInstanceRequests: items.map((instance) => ({
      SpotInstanceRequestId: idOf(instance),
      InstanceId: instance.id,
      State: stateOf(instance),
      Status: { Code: statusOf(instance), UpdateTime: region.clock.now() },
      Type: 'one-time',
      CreateTime: instance.launched,
      LaunchedAvailabilityZone: instance.zone,
      InstanceInterruptionBehavior: 'terminate',
    })),
    NextToken: nextToken,
  }
}
