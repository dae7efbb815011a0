import type { EndpointAnswer, EndpointHandler } from './http-endpoint.ts'

export type ProbeKind = 'healthz' | 'readyz'
export type Check = () => void | Promise<void>

/** Named checks behind `/healthz` and `/readyz`, answered as Kubernetes components do. */
export class Probes {
  readonly #checks: Record<ProbeKind, Map<string, Check>> = { healthz: new Map(), readyz: new Map() }

  add(kind: ProbeKind, name: string, check: Check): void {
    this.#checks[kind].set(name, check)
  }

  /** `/healthz`, `/healthz?verbose`, `/healthz/<name>`, `?exclude=<name>`; 200 when all pass, 500 otherwise. */
  readonly handler: EndpointHandler = async (url) => {
    const [, kind, name] = url.pathname.split('/')
    if (kind !== 'healthz' && kind !== 'readyz') {
      return undefined
    }
    const checks = this.#checks[kind]
    if (name !== undefined && name !== '') {
      const check = checks.get(name)
      return check === undefined ? undefined : summarize(kind, [await run(name, check)], false)
    }
    const excluded = new Set(url.searchParams.getAll('exclude'))
    const wanted = [...checks].filter(([checkName]) => !excluded.has(checkName))
    const outcomes = await Promise.all(wanted.map(([checkName, check]) => run(checkName, check)))
    return summarize(kind, outcomes, url.searchParams.has('verbose'))
  }
}

interface Outcome {
  readonly name: string
  readonly ok: boolean
}

async function run(name: string, check: Check): Promise<Outcome> {
  try {
    await check()
    return { name, ok: true }
  } catch {
    // The reason may hold addresses or credentials; it is not for whoever can reach the port.
    return { name, ok: false }
  }
}

function summarize(kind: ProbeKind, outcomes: readonly Outcome[], verbose: boolean): EndpointAnswer {
  const ok = outcomes.every((outcome) => outcome.ok)
  if (ok && !verbose) {
    return { code: 200, body: 'ok' }
  }
  const lines = outcomes.map((outcome) =>
    outcome.ok ? `[+]${outcome.name} ok` : `[-]${outcome.name} failed: reason withheld`,
  )
  return { code: ok ? 200 : 500, body: [...lines, `${kind} check ${ok ? 'passed' : 'failed'}`, ''].join('\n') }
}
