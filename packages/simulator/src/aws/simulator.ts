import { systemClock, type Clock } from '@machinepool/kube'

import { createGuests, type WorkloadLookup } from '../guest/guests.ts'
import { createIds } from '../ids.ts'
import { createScopedClock } from '../scoped-clock.ts'
import { createCallLog, type CallLog } from './call-log.ts'
import { createCredentials, type Credentials } from './credentials.ts'
import { dispatch } from './dispatch.ts'
import { dispatchObject } from './dispatch-objects.ts'
import { createFaults, type Faults } from './faults.ts'
import { listen } from '../listener.ts'
import { attachGuests, resumeGuests } from './machines.ts'
import type { Region } from './region.ts'
import { credentialScope, routeRequest } from './route.ts'
import type { Service } from './service.ts'
import { resumeRegion } from './resume.ts'
import { createAutoScaling, watchInstances } from './services/autoscaling/create.ts'
import { rebalanceRecommended } from './services/autoscaling/health.ts'
import { autoScalingService } from './services/autoscaling/service.ts'
import type { Group } from './services/autoscaling/state.ts'
import type { Capacity } from './services/ec2/capacity.ts'
import { createEc2 } from './services/ec2/create.ts'
import { terminateInstance } from './services/ec2/instances.ts'
import { ec2Service } from './services/ec2/service.ts'
import type { Image, Instance, LaunchTemplate, Subnet } from './services/ec2/state.ts'
import { defaultWorld, type World } from './services/ec2/world.ts'
import { readObjectRequest } from './services/s3/objects.ts'
import { ssmService } from './services/ssm/service.ts'
import { stsService } from './services/sts/service.ts'
import { openStateFile } from '../state-file.ts'
import { createTable, type Table } from '../table.ts'
import { createThrottle, type Rate } from '../throttle.ts'
import { defaultTimings, type Timings } from './timings.ts'

export interface AwsSimulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  readonly clock?: Clock
  /** The same seed gives the same ids for the same calls. */
  readonly seed?: string
  /** Region of requests that do not name one, and of `simulator.region()`. Default us-east-1. */
  readonly region?: string
  readonly account?: string
  readonly timings?: Partial<Timings>
  /** Milliseconds by which listings are behind writes. */
  readonly lag?: number
  /** Limits by `service:Operation` or `service:*`. */
  readonly rates?: Readonly<Record<string, Rate>>
  /** What exists in a region at first. */
  readonly world?: (region: string) => World
  /** Names of the key pairs there are; any name is taken for one when absent. */
  readonly keyPairs?: readonly string[]
  readonly machines?: MachineOptions
  /** File in which the cloud is kept, to go on from there when it is started again; absent: in memory. */
  readonly stateFile?: string
}

/** What runs on the instances. */
export interface MachineOptions {
  /** Where instances join; they only run when absent. */
  readonly workload?: WorkloadLookup
  /** Kubelet version of images that do not say theirs. */
  readonly kubeletVersion?: string
  /** Remove the Nodes of ended instances, as a cloud controller manager does. Default true. */
  readonly removeNodes?: boolean
  /** Start and end pods bound to the Nodes. Default true. */
  readonly kubelets?: boolean
}

/** A region of the default account as tests look at it and disturb it, behind the backs of its callers. */
export interface SimulatedRegion {
  readonly capacity: Capacity
  groups(): readonly Group[]
  instances(): readonly Instance[]
  launchTemplates(): readonly LaunchTemplate[]
  /** Contents of the objects in S3, by `bucket/key`. */
  objects(): ReadonlyMap<string, string>
  addImage(image: Image): void
  addSubnet(subnet: Subnet): void
  setParameter(name: string, value: string): void
  /** A spot instance gets its notice, and is taken back when the notice is over. */
  interruptSpotInstance(id: string): void
  /** EC2 may take the instance soon: a group that rebalances its capacity starts another one before. */
  recommendRebalance(id: string): void
  /** From now on launches take so many milliseconds until they run. */
  setLaunchTime(ms: number): void
  /** Ends an instance as if its hardware had failed. */
  failInstance(id: string): void
  /** What the machine printed while it tried to join. */
  consoleOf(id: string): readonly string[]
}

export interface AwsSimulator {
  /** Endpoint of every service, for `AWS_ENDPOINT_URL`. */
  readonly url: string
  readonly calls: CallLog
  readonly faults: Faults
  readonly credentials: Credentials
  region(name?: string): SimulatedRegion
  /** Changes by how many milliseconds listings are behind from now on. */
  setLag(ms: number): void
  /** Changes the limit of a `service:Operation` or `service:*`; undefined lifts it. */
  setRate(operation: string, rate: Rate | undefined): void
  close(): Promise<void>
}

const services: readonly Service[] = [autoScalingService, ec2Service, ssmService, stsService]

const defaultAccount = '123456789012'

/** Starts a simulated AWS that listens on the loopback interface. */
export async function createAwsSimulator(options: AwsSimulatorOptions = {}): Promise<AwsSimulator> {
  const clock = createScopedClock(options.clock ?? systemClock)
  const seed = options.seed ?? 'simulator'
  const ids = createIds(seed)
  const account = options.account ?? defaultAccount
  const defaultRegion = options.region ?? 'us-east-1'
  const timings = { ...defaultTimings, ...options.timings }
  const calls = createCallLog()
  const faults = createFaults(clock)
  const credentials = createCredentials(clock, ids, account)
  const rates = new Map(Object.entries(options.rates ?? {}))
  const { machines = {} } = options
  const guests = createGuests({
    clock,
    workload: machines.workload ?? (() => undefined),
    nodeRemoval: machines.removeNodes === false ? false : timings.nodeRemoval,
    kubelets: machines.kubelets ?? true,
  })
  let lag = options.lag ?? 0
  const stateFile = options.stateFile === undefined ? undefined : openStateFile(options.stateFile)

  const regions = new Map<string, Region>()
  function regionOf(name: string, owner: string): Region {
    const key = `${owner}/${name}`
    let region = regions.get(key)
    if (!region) {
      region = createRegion(name, owner)
      regions.set(key, region)
      watchInstances(region)
      const { workload, kubeletVersion = 'v1.34.0' } = machines
      if (workload) attachGuests(region, guests, kubeletVersion)
      resumeRegion(region)
      if (workload) resumeGuests(region, guests, kubeletVersion)
    }
    return region
  }

  function createRegion(name: string, owner: string): Region {
    // What exists from the beginning has been there for long.
    let settled = false
    const key = `${owner}/${name}`
    const saved = new Map((stateFile?.load(key, 'ids') ?? []) as Iterable<[string, number]>)
    const regionIds = createIds(`${seed}/${owner}/${name}`, saved.get('count'))
    const tables = new Map<string, Pick<Table<unknown>, 'restore'>>()
    const table = <T>(tableName: string): Table<T> => {
      const made = createTable<T>(
        clock,
        () => (settled ? lag : 0),
        (record, value) => {
          if (!settled) return
          stateFile?.note(key, tableName, record, value)
          stateFile?.note(key, 'ids', 'count', regionIds.count)
        },
      )
      tables.set(tableName, made)
      return made
    }
    const world = (options.world ?? defaultWorld)(name)
    const region: Region = {
      name,
      account: owner,
      clock,
      ids: regionIds,
      timings: { ...timings },
      ec2: createEc2({ world, keyPairs: options.keyPairs ?? 'any', createTable: table }),
      autoscaling: createAutoScaling(() => region, table),
      ssm: table('ssm'),
      s3: table('s3'),
    }
    if (stateFile) for (const [tableName, made] of tables) made.restore(stateFile.load(key, tableName))
    settled = true
    return region
  }

  const throttle = createThrottle(clock)
  const context = {
    clock,
    calls,
    faults,
    credentials,
    throttle,
    rateOf: (service: string, operation: string) => rates.get(`${service}:${operation}`) ?? rates.get(`${service}:*`),
    regionOf,
    saved: () => stateFile?.flush(),
  }
  for (const key of stateFile?.regions() ?? []) {
    const [owner = '', name = ''] = key.split('/')
    regionOf(name, owner)
  }
  const listener = await listen(options.port ?? 0, options.host ?? '127.0.0.1', (request, body) => {
    const requestId = ids.uuid()
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams
    const form = new URLSearchParams(body)
    const parameters = form.has('Action') ? form : query
    const scope = credentialScope(request.headers, query)
    if (scope.service === 's3') {
      const asked = readObjectRequest(request.method ?? 'GET', request.url ?? '/', body)
      return dispatchObject(context, scope.region ?? defaultRegion, scope.accessKeyId, asked)
    }
    const route = routeRequest(services, request.headers, query, form, defaultRegion)
    if (!route) {
      return { status: 404, contentType: 'text/plain', body: 'No simulated AWS service answers this request.\n' }
    }
    const answer = dispatch(context, route, body, parameters, requestId)
    return answer && { ...answer, headers: { 'x-amzn-requestid': requestId } }
  })

  return {
    url: listener.url,
    calls,
    faults,
    credentials,
    region: (name = defaultRegion) => toSimulatedRegion(regionOf(name, account), guests.console),
    setLag: (ms) => void (lag = ms),
    setRate(operation, rate) {
      if (rate) rates.set(operation, rate)
      else rates.delete(operation)
    },
    async close() {
      await listener.close()
      guests.close()
      clock.close()
      stateFile?.close()
    },
  }
}

function toSimulatedRegion(region: Region, console: (providerID: string) => readonly string[]): SimulatedRegion {
  const { ec2, autoscaling, ssm, s3, clock, timings } = region
  const zoneOf = (id: string) => ec2.instances.get(id)?.zone ?? ''
  return {
    capacity: ec2.capacity,
    groups: () => autoscaling.groups.values(),
    instances: () => ec2.instances.values(),
    launchTemplates: () => ec2.launchTemplates.values(),
    objects: () => new Map(s3.values().map(({ name, body }) => [name, body])),
    addImage: (image) => ec2.images.put(image.id, image),
    addSubnet: (subnet) => ec2.subnets.put(subnet.id, subnet),
    setParameter: (name, value) => ssm.put(name, { value, modified: clock.now() }),
    interruptSpotInstance(id) {
      const instance = ec2.instances.get(id)
      if (instance) ec2.instances.put(id, { ...instance, interrupted: true })
      rebalanceRecommended(region, id)
      const reason = {
        Code: 'Server.SpotInstanceTermination',
        Message: 'Server.SpotInstanceTermination: Spot instance termination',
      }
      clock.after(timings.spotNotice, () => terminateInstance(region, id, reason))
    },
    recommendRebalance: (id) => rebalanceRecommended(region, id),
    setLaunchTime: (ms) => void (timings.launch = ms),
    failInstance: (id) =>
      terminateInstance(region, id, {
        Code: 'Server.InternalError',
        Message: 'Server.InternalError: Internal error on launch',
      }),
    consoleOf: (id) => console(`aws:///${zoneOf(id)}/${id}`),
  }
}
