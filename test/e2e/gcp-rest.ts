import { request } from 'undici'

export interface GcpAnswer {
  readonly status: number
  /** The parsed answer: tests say what they expect in it. */
  readonly body: Json
}

/** A tree of JSON that tests walk without ceremony. */
export interface Json {
  readonly [name: string]: Json & string & number & boolean & Json[]
}

/** Sees each call with its answer. */
export type Witness = (verb: string, path: string, body: unknown, answer: GcpAnswer) => void

export interface GcpRest {
  /** `path` below the project; answers of any status come back. */
  call(verb: string, path: string, body?: unknown): Promise<GcpAnswer>
  /** Like `call`, but an error status fails the test. */
  ok(verb: string, path: string, body?: unknown): Promise<Json>
}

/** Speaks to a simulated Compute Engine API without a client library, to see what goes over the wire. */
export function createGcpRest(url: string, project: string, witness: Witness = () => {}): GcpRest {
  const call = async (verb: string, path: string, body?: unknown): Promise<GcpAnswer> => {
    const response = await request(`${url}/compute/v1/projects/${project}/${path}`, {
      method: verb as 'GET',
      headers: { authorization: 'Bearer test-token', 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer = { status: response.statusCode, body: (await response.body.json()) as Json }
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
