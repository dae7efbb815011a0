import type { JsonObject } from '@machinepool/contract'
import type { ManualClock } from '@machinepool/contract/testing'

import type { Fetch } from '../compute/project.ts'
import type { InstanceGroupManager, InstanceTemplate, ManagedInstance, Operation } from '../compute/resources.ts'

const host = 'https://compute.googleapis.com/compute/v1/'
const operationMs = 2_000
const bootMs = 8_000
const stopMs = 4_000

interface FakeInstance {
  name: string
  zone: string
  id: string
  template: string
  bornAt: number
  runsAt: number
  goneAt: number | undefined
  errors: { code: string; message: string }[]
}

export interface FakeGroup {
  scope: string
  body: InstanceGroupManager
  fingerprint: number
  instances: FakeInstance[]
  autoscaler?: string
}

export interface FakeCall {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: JsonObject | undefined
  readonly write: boolean
}

/** What to do with a call instead of, or beside, handling it. */
export type Intercept = (call: FakeCall) => Response | 'hang' | 'drop' | 'handle-and-drop' | undefined

/**
 * Compute Engine, as far as a managed instance group needs it: state, operations that take time, and the API's habits
 * that this package depends on. Small on purpose; the simulator is the faithful one.
 */
export class FakeCompute {
  readonly project = 'p1'
  readonly calls: FakeCall[] = []
  readonly templates = new Map<string, InstanceTemplate>()
  readonly groups = new Map<string, FakeGroup>()
  readonly operations = new Map<string, { endsAt: number; error?: { code: string; message: string } }>()
  readonly images = new Map<string, string>()
  readonly intercepts: Intercept[] = []
  /** Launches fail with this code while it is set. */
  launchError: string | undefined
  /** The next operation ends with this code. */
  operationError: string | undefined
  pageSize = 500
  readonly #clock: ManualClock
  readonly #answers = new Map<string, Operation>()
  #serial = 1_000

  constructor(clock: ManualClock) {
    this.#clock = clock
    this.images.set('projects/p1/global/images/family/stable', 'projects/p1/global/images/stable-1')
  }

  readonly fetch: Fetch = async (url, init) => {
    const { pathname, searchParams } = new URL(url)
    const text = typeof init.body === 'string' ? init.body : undefined
    const verb = init.method ?? 'GET'
    const call: FakeCall = {
      method: verb,
      path: pathname.replace(/^\/compute\/v1\/projects\//, ''),
      query: searchParams,
      body: text === undefined ? undefined : (JSON.parse(text) as JsonObject),
      write: verb !== 'GET' && !pathname.endsWith('/listManagedInstances'),
    }
    this.calls.push(call)
    const chosen = this.intercepts.map((intercept) => intercept(call)).find((outcome) => outcome !== undefined)
    if (chosen instanceof Response) return chosen
    if (chosen === 'hang') return hang(init.signal ?? undefined)
    if (chosen === 'drop') throw dropped()
    const answer = this.#handle(call)
    if (chosen === 'handle-and-drop') throw dropped()
    return answer
  }

  /** Moves the state on to the clock's time. */
  settle(): void {
    const now = this.#clock.now()
    for (const group of this.groups.values()) {
      group.instances = group.instances.filter(({ goneAt }) => goneAt === undefined || goneAt > now)
      for (const instance of group.instances) {
        if (instance.runsAt > now || instance.errors.length === 0) continue
        if (this.launchError === undefined) Object.assign(instance, { errors: [], bornAt: now, runsAt: now + bootMs })
      }
      const live = group.instances.filter(({ goneAt }) => goneAt === undefined)
      for (let missing = (group.body.targetSize ?? 0) - live.length; missing > 0; missing--) this.#launch(group)
    }
  }

  /** The instance comes back as another one of the same name. */
  recreate(name: string): void {
    for (const group of this.groups.values()) {
      const found = group.instances.find((instance) => instance.name === name)
      if (found) Object.assign(found, { id: String(this.#serial++), runsAt: this.#clock.now() })
    }
  }

  #launch(group: FakeGroup): void {
    const now = this.#clock.now()
    const zones = group.scope.startsWith('zones/')
      ? [group.scope.slice('zones/'.length)]
      : (group.body.distributionPolicy?.zones ?? []).map(({ zone = '' }) => zone.slice(zone.lastIndexOf('/') + 1))
    const counts = zones.map((zone) => group.instances.filter((instance) => instance.zone === zone).length)
    const zone = zones[counts.indexOf(Math.min(...counts))] ?? ''
    const id = String(this.#serial++)
    group.instances.push({
      name: `${group.body.baseInstanceName}-${id.slice(-4).padStart(4, '0')}`,
      zone,
      id,
      template: group.body.versions?.[0]?.instanceTemplate ?? '',
      bornAt: now + 1_000,
      runsAt: now + bootMs,
      goneAt: undefined,
      errors: this.launchError === undefined ? [] : [{ code: this.launchError, message: `No luck in ${zone}.` }],
    })
  }

  #handle(call: FakeCall): Response {
    this.settle()
    const requestId = call.query.get('requestId')
    const repeated = requestId === null ? undefined : this.#answers.get(requestId)
    if (repeated) return json(repeated)
    const [project = '', ...rest] = call.path.split('/')
    const path = rest.join('/')
    const answer = this.#route(call, project, path)
    if (requestId !== null && answer.status === 200) this.#answers.set(requestId, answer.body as Operation)
    return json(answer.body, answer.status)
  }

  #route(call: FakeCall, project: string, path: string): Answer {
    const family = /^global\/images\/family\/(.+)$/.exec(path)
    if (family) return this.#image(`projects/${project}/${path}`)
    const operation = /operations\/(.+)$/.exec(path)
    if (operation) return this.#operationOf(operation[1]!)
    if (path.startsWith('global/instanceTemplates')) return this.#template(call, path.split('/')[2])
    if (path === 'aggregated/instances') return this.#allInstances()
    if (path === 'aggregated/instanceGroupManagers') return this.#allGroups(call)
    const group = /^((?:zones|regions)\/[^/]+)\/instanceGroupManagers(?:\/([^/]+)(?:\/(.+))?)?$/.exec(path)
    if (group) return this.#group(call, group[1]!, group[2], group[3])
    return failure(404, 'notFound')
  }

  #image(path: string): Answer {
    const image = this.images.get(path)
    return image === undefined ? failure(404, 'notFound') : { status: 200, body: { selfLink: host + image } }
  }

  #operationOf(name: string): Answer {
    const found = this.operations.get(name)
    if (!found) return failure(404, 'notFound')
    const done = found.endsAt <= this.#clock.now()
    return {
      status: 200,
      body: {
        name,
        status: done ? 'DONE' : 'RUNNING',
        progress: done ? 100 : 0,
        ...(done && found.error ? { error: { errors: [found.error] }, httpErrorStatusCode: 400 } : {}),
      },
    }
  }

  #start(effect: () => void): Answer {
    const name = `operation-${this.#serial++}`
    const code = this.operationError
    this.operationError = undefined
    const error = code === undefined ? {} : { error: { code, message: 'It did not work.' } }
    this.operations.set(name, { endsAt: this.#clock.now() + operationMs, ...error })
    if (code === undefined) effect()
    this.settle()
    return { status: 200, body: { name, status: 'RUNNING', progress: 0 } }
  }

  #template(call: FakeCall, name: string | undefined): Answer {
    if (call.method === 'GET' && name === undefined) {
      const pattern = /^name eq "(.*)"$/.exec(call.query.get('filter') ?? '')?.[1] ?? '.*'
      const items = [...this.templates.values()].filter((one) => new RegExp(`^(?:${pattern})$`).test(one.name ?? ''))
      return { status: 200, body: { items: items.map(({ properties: _secret, ...listed }) => listed) } }
    }
    if (call.method === 'POST') {
      const template = call.body as InstanceTemplate
      if (this.templates.has(template.name ?? '')) return failure(409, 'alreadyExists')
      const creationTimestamp = new Date(this.#clock.now()).toISOString()
      return this.#start(() => this.templates.set(template.name ?? '', { ...template, creationTimestamp }))
    }
    const found = this.templates.get(name ?? '')
    if (!found) return failure(404, 'notFound')
    if (call.method === 'GET') return { status: 200, body: found }
    const users = [...this.groups.values()].some(
      ({ body, instances }) =>
        body.versions?.some(({ instanceTemplate = '' }) => instanceTemplate.endsWith(`/${name}`)) === true ||
        instances.some(({ template }) => template.endsWith(`/${name}`)),
    )
    if (users) return failure(400, 'resourceInUseByAnotherResource')
    return this.#start(() => void this.templates.delete(name ?? ''))
  }

  #allGroups(call: FakeCall): Answer {
    const pattern = new RegExp(`^(?:${/^name eq "(.*)"$/.exec(call.query.get('filter') ?? '')?.[1] ?? '.*'})$`)
    const items: Record<string, { instanceGroupManagers: unknown[] }> = {}
    for (const group of this.groups.values()) {
      if (pattern.test(group.body.name ?? '')) {
        ;(items[group.scope] ??= { instanceGroupManagers: [] }).instanceGroupManagers.push(this.#view(group))
      }
    }
    return { status: 200, body: { items } }
  }

  #allInstances(): Answer {
    const now = this.#clock.now()
    const items: Record<string, { instances: unknown[] }> = {}
    for (const instance of [...this.groups.values()].flatMap(({ instances }) => instances)) {
      if (instance.bornAt > now) continue
      ;(items[`zones/${instance.zone}`] ??= { instances: [] }).instances.push({
        id: instance.id,
        creationTimestamp: new Date(instance.bornAt).toISOString(),
        networkInterfaces: [{ networkIP: '10.0.0.2' }],
      })
    }
    return { status: 200, body: { items } }
  }

  #view({ scope, body, fingerprint, autoscaler, instances }: FakeGroup): InstanceGroupManager {
    const template = body.versions?.[0]?.instanceTemplate
    return {
      ...body,
      selfLink: `${host}projects/${this.project}/${scope}/instanceGroupManagers/${body.name}`,
      // Google answers with full links.
      versions: (body.versions ?? []).map((version) => ({ instanceTemplate: host + version.instanceTemplate })),
      fingerprint: String(fingerprint),
      status: {
        isStable: true,
        versionTarget: { isReached: instances.every((instance) => instance.template === template) },
        ...(autoscaler === undefined ? {} : { autoscaler }),
      },
    }
  }

  #group(call: FakeCall, scope: string, name: string | undefined, verb: string | undefined): Answer {
    if (name === undefined) return this.#insertGroup(call, scope)
    const key = `${scope}/${name}`
    const group = this.groups.get(key)
    if (!group) return failure(404, 'notFound')
    if (call.method === 'GET') return { status: 200, body: this.#view(group) }
    if (call.method === 'DELETE') return this.#start(() => void this.groups.delete(key))
    if (call.method === 'PATCH') return this.#patch(call, group)
    if (verb === 'listManagedInstances') return this.#list(call, group)
    if (verb === 'resize') {
      const targetSize = Number(call.query.get('size'))
      return this.#start(() => Object.assign(group.body, { targetSize }))
    }
    return this.#start(() => this.#remove(call, group))
  }

  #insertGroup(call: FakeCall, scope: string): Answer {
    const body = call.body as InstanceGroupManager
    const key = `${scope}/${body.name}`
    if (this.groups.has(key)) return failure(409, 'alreadyExists')
    const link = body.versions?.[0]?.instanceTemplate ?? ''
    if (!this.templates.has(link.slice(link.lastIndexOf('/') + 1))) return failure(400, 'resourceNotReady')
    return this.#start(() => this.groups.set(key, { scope, body: { ...body }, fingerprint: 1, instances: [] }))
  }

  #patch(call: FakeCall, group: FakeGroup): Answer {
    const { fingerprint, ...patch } = call.body ?? {}
    if (fingerprint !== undefined && fingerprint !== String(group.fingerprint)) return failure(412, 'conditionNotMet')
    return this.#start(() => {
      group.body = merge(group.body as JsonObject, patch) as InstanceGroupManager
      group.fingerprint++
    })
  }

  #remove(call: FakeCall, group: FakeGroup): void {
    const paths = new Set(call.body?.['instances'] as string[])
    const chosen = group.instances.filter(
      (instance) =>
        instance.goneAt === undefined &&
        paths.has(`projects/${this.project}/zones/${instance.zone}/instances/${instance.name}`),
    )
    for (const instance of chosen) instance.goneAt = this.#clock.now() + stopMs
    group.body = { ...group.body, targetSize: (group.body.targetSize ?? 0) - chosen.length }
  }

  #list(call: FakeCall, group: FakeGroup): Answer {
    const from = Number(call.query.get('pageToken') ?? '0')
    const page = group.instances.slice(from, from + this.pageSize)
    const next = from + this.pageSize
    return {
      status: 200,
      body: {
        managedInstances: page.map((instance) => this.#managed(instance)),
        ...(next < group.instances.length ? { nextPageToken: String(next) } : {}),
      },
    }
  }

  #managed(instance: FakeInstance): ManagedInstance {
    const now = this.#clock.now()
    const base = {
      instance: `${host}projects/${this.project}/zones/${instance.zone}/instances/${instance.name}`,
      name: instance.name,
      version: { instanceTemplate: host + instance.template },
    }
    if (instance.errors.length > 0) {
      return { ...base, currentAction: 'CREATING', lastAttempt: { errors: { errors: instance.errors } } }
    }
    if (instance.bornAt > now) return { ...base, currentAction: 'CREATING' }
    const born = { ...base, id: instance.id }
    if (instance.goneAt !== undefined) return { ...born, currentAction: 'DELETING', instanceStatus: 'STOPPING' }
    if (instance.runsAt > now) return { ...born, currentAction: 'CREATING', instanceStatus: 'STAGING' }
    return { ...born, currentAction: 'NONE', instanceStatus: 'RUNNING' }
  }
}

interface Answer {
  readonly status: number
  readonly body: object
}

/** An answer with an error, for intercepts. */
export function refusal(status: number, reason: string, headers: Record<string, string> = {}): Response {
  return json(failure(status, reason).body, status, headers)
}

/** An error as Google words it. */
function failure(status: number, reason: string, message = reason): Answer {
  return { status, body: { error: { code: status, message, errors: [{ reason, domain: 'global', message }] } } }
}

function json(body: object, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
}

function dropped(): Error {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  return new TypeError('fetch failed', { cause })
}

function hang(signal: AbortSignal | undefined): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

/** JSON merge patch (RFC 7396). */
function merge(target: JsonObject, patch: JsonObject): JsonObject {
  const result: JsonObject = { ...target }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete result[key]
    else if (typeof value === 'object' && !Array.isArray(value)) {
      const before = result[key]
      result[key] = merge(typeof before === 'object' && before !== null && !Array.isArray(before) ? before : {}, value)
    } else result[key] = value
  }
  return result
}
