import { request } from 'undici'

export interface GcpAnswer {
  readonly status: number
  readonly body: GcpBody
}

/** What tests read of answers by name; the rest they compare. Whatever an answer is, the others are absent. */
export interface GcpBody {
  readonly name: string
  readonly id: string
  readonly fingerprint: string
  /** Link to a managed instance. */
  readonly instance: string
  readonly instanceStatus?: string
  readonly currentAction?: string
  readonly version: { readonly instanceTemplate: string }
  readonly lastAttempt?: object
  readonly machineType?: string
  readonly autoHealingPolicies?: readonly object[]
  readonly managedInstances?: readonly GcpBody[]
  readonly items?: readonly GcpBody[]
  readonly nextPageToken?: string
  readonly error: { readonly message: string; readonly errors: readonly { readonly reason: string }[] }
}

/** Sees each call with its answer. */
export type Witness = (verb: string, path: string, body: unknown, answer: GcpAnswer) => void

export interface GcpRest {
  /** `path` below the project, empty for itself; answers of any status come back. */
  call(verb: string, path: string, body?: unknown): Promise<GcpAnswer>
  /** Like `call`, but an error status fails the test. */
  ok(verb: string, path: string, body?: unknown): Promise<GcpBody>
}

/** Speaks to a simulated Compute Engine API without a client library, to see what goes over the wire. */
export function createGcpRest(url: string, project: string, witness: Witness = () => {}): GcpRest {
  const call = async (verb: string, path: string, body?: unknown): Promise<GcpAnswer> => {
    const response = await request(`${url}/compute/v1/projects/${project}${path === '' ? '' : '/'}${path}`, {
      method: verb as 'GET',
      headers: { authorization: 'Bearer test-token', 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer = { status: response.statusCode, body: (await response.body.json()) as GcpBody }
    witness(verb, path, body, answer)
    return answer
  }
  return {
    call,
    async ok(verb, path, body) {
      const answer = await call(verb, path, body)
      if (answer.status !== 200) throw new Error(`${verb} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body
    },
  }
}

/** A template that boots; `properties` replace its own. */
export function templateBody(name: string, properties: object = {}): object {
  return {
    name,
    properties: {
      machineType: 'e2-medium',
      disks: [
        {
          boot: true,
          autoDelete: true,
          initializeParams: { sourceImage: 'projects/debian-cloud/global/images/family/debian-12' },
        },
      ],
      networkInterfaces: [{ network: 'global/networks/default' }],
      ...properties,
    },
  }
}
