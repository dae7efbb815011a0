import type { Image, Subnet } from '@aws-sdk/client-ec2'
import { ProviderError, type Clock } from '@machinepool/contract'
import { createLookupCache } from '@machinepool/provider-kit'

import type { AwsSession } from '../aws/session.ts'

/** An EC2 filter as the spec writes it. */
export interface Filter {
  readonly name: string
  readonly values: readonly string[]
}

export interface ImageQuery {
  readonly owner: string
  readonly name: string
  readonly architecture: string
}

/** Questions whose answers rarely change, shared by all pools of one identity and region (R21). */
export interface Lookups {
  /** Available images that fit, newest first. */
  images(session: AwsSession, query: ImageQuery, signal: AbortSignal): Promise<readonly Image[]>
  image(session: AwsSession, id: string, signal: AbortSignal): Promise<Image | undefined>
  /** `x86_64` or `arm64`. */
  architecture(session: AwsSession, instanceType: string, signal: AbortSignal): Promise<string>
  subnets(session: AwsSession, filters: readonly Filter[], signal: AbortSignal): Promise<readonly Subnet[]>
  securityGroups(session: AwsSession, filters: readonly Filter[], signal: AbortSignal): Promise<readonly string[]>
  /** Value of an SSM parameter; `undefined` when there is none. */
  parameter(session: AwsSession, name: string, signal: AbortSignal): Promise<string | undefined>
}

const minutes = 60_000
const hours = 60 * minutes
const negativeTtlMs = 30_000

export function createLookups(clock: Clock): Lookups {
  const cache = <Value>(ttlMs: number) => createLookupCache<Value>({ clock, ttlMs, negativeTtlMs })
  const images = cache<readonly Image[]>(hours)
  const imagesById = cache<Image | undefined>(24 * hours)
  const architectures = cache<string>(24 * hours)
  const subnets = cache<readonly Subnet[]>(10 * minutes)
  const securityGroups = cache<readonly string[]>(10 * minutes)
  const parameters = cache<string | undefined>(hours)

  return {
    images: (session, query, signal) =>
      images.get(keyOf(session, query), (shared) => readImages(session, query, shared), { signal }),
    image: (session, id, signal) =>
      imagesById.get(keyOf(session, id), (shared) => readImage(session, id, shared), { signal }),
    architecture: (session, type, signal) =>
      architectures.get(keyOf(session, type), (shared) => readArchitecture(session, type, shared), { signal }),
    subnets: (session, filters, signal) =>
      subnets.get(keyOf(session, filters), (shared) => readSubnets(session, filters, shared), { signal }),
    securityGroups: (session, filters, signal) =>
      securityGroups.get(keyOf(session, filters), (shared) => readSecurityGroups(session, filters, shared), { signal }),
    parameter: (session, name, signal) =>
      parameters.get(keyOf(session, name), (shared) => readParameter(session, name, shared), { signal }),
  }
}

function keyOf({ identity, region }: AwsSession, question: unknown): string {
  return JSON.stringify([identity, region, question])
}

async function readImages(session: AwsSession, query: ImageQuery, signal: AbortSignal): Promise<readonly Image[]> {
  const { Images } = await session.call(
    'ec2',
    'DescribeImages',
    {
      Owners: [query.owner],
      Filters: [
        { Name: 'name', Values: [query.name] },
        { Name: 'architecture', Values: [query.architecture] },
        { Name: 'state', Values: ['available'] },
        { Name: 'virtualization-type', Values: ['hvm'] },
      ],
    },
    signal,
  )
  return (Images ?? []).toSorted(newestFirst)
}

/** RFC 3339 in UTC sorts as text. Of images of the same moment the greater id wins, in whatever order they come. */
function newestFirst(a: Image, b: Image): number {
  return compareText(b.CreationDate ?? '', a.CreationDate ?? '') || compareText(b.ImageId ?? '', a.ImageId ?? '')
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

async function readImage(session: AwsSession, id: string, signal: AbortSignal): Promise<Image | undefined> {
  const { Images } = await session.call('ec2', 'DescribeImages', { ImageIds: [id] }, signal)
  return Images?.[0]
}

async function readArchitecture(session: AwsSession, type: string, signal: AbortSignal): Promise<string> {
  try {
    const input = { InstanceTypes: [type as 'm5.large'] }
    const { InstanceTypes } = await session.call('ec2', 'DescribeInstanceTypes', input, signal)
    const supported = InstanceTypes?.[0]?.ProcessorInfo?.SupportedArchitectures ?? []
    return supported.includes('arm64') ? 'arm64' : 'x86_64'
  } catch (error) {
    // Identities made for upstream may not ask; it assumes the same then.
    if (ProviderError.is(error) && error.code === 'PermissionDenied') return 'x86_64'
    throw error
  }
}

async function readSubnets(
  session: AwsSession,
  filters: readonly Filter[],
  signal: AbortSignal,
): Promise<readonly Subnet[]> {
  const subnets: Subnet[] = []
  let NextToken: string | undefined
  do {
    const page = await session.call(
      'ec2',
      'DescribeSubnets',
      { Filters: sdkFilters(filters), ...(NextToken === undefined ? {} : { NextToken }) },
      signal,
    )
    subnets.push(...(page.Subnets ?? []))
    NextToken = page.NextToken
  } while (NextToken !== undefined && NextToken !== '')
  return subnets
}

async function readSecurityGroups(
  session: AwsSession,
  filters: readonly Filter[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ids: string[] = []
  let NextToken: string | undefined
  do {
    const page = await session.call(
      'ec2',
      'DescribeSecurityGroups',
      { Filters: sdkFilters(filters), ...(NextToken === undefined ? {} : { NextToken }) },
      signal,
    )
    ids.push(...(page.SecurityGroups ?? []).map(({ GroupId }) => GroupId ?? ''))
    NextToken = page.NextToken
  } while (NextToken !== undefined && NextToken !== '')
  return ids
}

async function readParameter(session: AwsSession, name: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { Parameter } = await session.call('ssm', 'GetParameter', { Name: name }, signal)
    return Parameter?.Value
  } catch (error) {
    if (ProviderError.is(error) && error.code === 'NotFound') return undefined
    throw error
  }
}

function sdkFilters(filters: readonly Filter[]): { Name: string; Values: string[] }[] {
  return filters.map(({ name, values }) => ({ Name: name, Values: [...values] }))
}
